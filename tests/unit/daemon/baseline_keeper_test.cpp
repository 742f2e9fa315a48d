// SPDX-License-Identifier: MIT
// What is usual outlives the agent, and the setting of the clock.
#include "base/clock.h"
#include "daemon/baseline_keeper.h"
#include "temporary_directory.h"

#include "model/histogram.h"

#include <gtest/gtest.h>

namespace slotscope::daemon {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::system_clock::time_point;

const Time kNoon{1'769'860'800s};

// A backend that does the same all the time.
class Busy {
  public:
    Busy()
    {
        backend_.name = "app";
        backend_.counters.index = 3;
        backend_.counters.created_ns = 1;
        backend_.counters.hold.counts.resize(kHistogramBuckets);
        backend_.counters.calls.durations.counts.resize(kHistogramBuckets);
    }

    // So many minutes, learned minute by minute; the wall clock says `begin` when it begins.
    void learn(BaselineKeeper& keeper, int minutes, Time begin)
    {
        const std::uint64_t begin_ns = now_ns_;
        const auto read = [this](std::uint32_t) { return std::optional(backend_.counters); };
        for (int second = 1; second <= 60 * minutes; ++second) {
            now_ns_ += kSecond_ns;
            backend_.counters.calls.outcomes[0] += 10;
            backend_.counters.calls.durations.counts[70] += 10;
            backend_.counters.calls.durations.sum_ns += kSecond_ns;
            backend_.counters.calls.slot_ns += kSecond_ns;
            recorder_.observe(std::vector{backend_.counters}, now_ns_, begin, read);
            if (second % 60 == 0)
                keeper.learn(std::vector{backend_}, recorder_, {},
                             begin + std::chrono::nanoseconds(now_ns_ - begin_ns), now_ns_);
        }
    }
    std::uint64_t now_ns() const { return now_ns_; }
    const Backend& backend() const { return backend_; }

  private:
    Backend backend_;
    Recorder recorder_;
    std::uint64_t now_ns_ = 1000 * kSecond_ns;
};

TEST(BaselineKeeper, StepsOfTheClockMakeNothingOlder)
{
    const TemporaryDirectory directory;
    const auto history = store::History::open(directory / "", {}, kNoon);
    BaselineKeeper keeper(*history);
    Busy busy;
    busy.learn(keeper, 10, kNoon);
    for (const auto step : {0h, 24h, -1h, 24h * 365, -24h * 365}) {
        const auto usual = keeper.usual(busy.backend(), kNoon + 10min + step, busy.now_ns());
        ASSERT_TRUE(usual) << step.count() << " h";
        EXPECT_NEAR(usual->arrivals_per_second, 10, 0.5);
    }
    EXPECT_FALSE(keeper.usual(busy.backend(), kNoon, busy.now_ns() + 8 * 24 * 3600 * kSecond_ns))
        << "by the time that has passed it is too old";
}

TEST(BaselineKeeper, WhatIsSavedAfterAStepIsFromNow)
{
    const TemporaryDirectory directory;
    const auto history = store::History::open(directory / "", {}, kNoon);
    BaselineKeeper keeper(*history);
    Busy busy;
    busy.learn(keeper, 10, kNoon + 24h * 365);
    keeper.save(kNoon, busy.now_ns() + kSecond_ns); // the clock was put right
    const auto saved = history->baselines();
    ASSERT_TRUE(saved.ok());
    ASSERT_EQ(saved->size(), 1U);
    EXPECT_EQ((*saved)[0].updated, kNoon - 1s);
}

TEST(BaselineKeeper, ClockThatIsAheadHidesWhatFormerAgentsLearnedOnlyWhileItIs)
{
    const TemporaryDirectory directory;
    const auto history = store::History::open(directory / "", {}, kNoon);
    Busy busy;
    {
        BaselineKeeper former(*history);
        busy.learn(former, 10, kNoon);
        former.save(kNoon + 10min, busy.now_ns());
    }
    BaselineKeeper keeper(*history);
    EXPECT_FALSE(keeper.usual(busy.backend(), kNoon + 24h * 30, 1));
    EXPECT_TRUE(keeper.usual(busy.backend(), kNoon + 1h, 2));
}

} // namespace
} // namespace slotscope::daemon
