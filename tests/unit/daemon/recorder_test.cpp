// SPDX-License-Identifier: MIT
#include "daemon/recorder.h"

#include "model/histogram.h"

#include <gtest/gtest.h>

namespace slotscope::daemon {
namespace {

constexpr std::uint64_t kSecond_ns = 1'000'000'000;
constexpr std::uint32_t kMany = Recorder::kMostTracks;

// Backends that each open a connection a second.
class Busy {
  public:
    explicit Busy(std::uint32_t count)
    {
        for (std::uint32_t i = 0; i < count; ++i)
            add(0);
    }
    std::uint32_t add(std::uint64_t limit)
    {
        BackendCounters& one = all_.emplace_back();
        one.index = static_cast<std::uint32_t>(all_.size() - 1);
        one.created_ns = 1;
        one.limit = limit;
        one.in_use = 1;
        one.hold.counts.resize(kHistogramBuckets);
        one.calls.durations.counts.resize(kHistogramBuckets);
        return one.index;
    }
    void second()
    {
        for (BackendCounters& each : all_)
            each.opened += each.in_use;
        now_ns_ += kSecond_ns;
        recorder_.observe(all_, now_ns_, std::chrono::system_clock::time_point(),
                          [this](std::uint32_t index) { return std::optional(all_[index]); });
    }
    void seconds(int count)
    {
        for (int i = 0; i < count; ++i)
            second();
    }
    // From now on, a second: so many are held for so long, and given back.
    void gives_back(std::uint32_t index, std::uint64_t each_second, std::size_t bucket)
    {
        for (BackendCounters& one : all_)
            if (one.index == index)
                one.hold.counts[bucket] += each_second, one.closed += each_second;
    }
    std::optional<RecentHolds> recent(std::uint32_t index) const
    {
        return recorder_.recent_holds(all_[index], now_ns_);
    }
    void rests(std::uint32_t index) { all_[index].in_use = 0; }
    std::size_t recorded(std::uint32_t index) const { return recorder_.seconds(index).size(); }
    std::size_t tracks() const { return recorder_.size(); }
    void keep(std::uint32_t index) { recorder_.keep(index, true); }

  private:
    std::vector<BackendCounters> all_;
    Recorder recorder_;
    std::uint64_t now_ns_ = 100 * kSecond_ns;
};

TEST(Recorder, OfMoreThanItHasRoomForKeepsThoseThatWereThere)
{
    Busy host(kMany + 300);
    host.seconds(20);
    EXPECT_EQ(host.tracks(), kMany);
    std::size_t whole = 0;
    for (std::uint32_t i = 0; i < kMany + 300; ++i)
        whole += host.recorded(i) >= 18 ? 1 : 0;
    EXPECT_EQ(whole, kMany) << "none is begun again and again";
}

TEST(Recorder, HasRoomForThoseWithALimitFirst)
{
    Busy host(kMany + 300);
    host.seconds(3);
    const std::uint32_t limited = host.add(8);
    host.seconds(20);
    EXPECT_GE(host.recorded(limited), 18U);
    EXPECT_EQ(host.tracks(), kMany);
}

TEST(Recorder, GivesThePlaceOfOneThatRestsAfterAMinute)
{
    Busy host(kMany);
    host.seconds(3);
    const std::uint32_t newcomer = host.add(0);
    host.rests(7);
    host.seconds(50);
    EXPECT_EQ(host.recorded(newcomer), 0U);
    EXPECT_GE(host.recorded(7), 50U);
    host.seconds(20);
    EXPECT_NE(host.recorded(newcomer), 0U);
    EXPECT_EQ(host.recorded(7), 0U);
}

TEST(Recorder, DropsNoneThatIsKept)
{
    Busy host(kMany);
    host.seconds(3);
    for (std::uint32_t i = 0; i < kMany; ++i)
        host.keep(i);
    const std::uint32_t limited = host.add(8);
    host.seconds(3);
    EXPECT_EQ(host.recorded(limited), 0U);
}

// What is slow now is not to be lost among what was quick for days.
TEST(Recorder, TellsTheHoldsOfTheLastMinuteOrTwo)
{
    constexpr std::size_t kQuick = 20;
    constexpr std::size_t kSlow = 80;
    Busy host(1);
    const auto runs = [&](int seconds, std::uint64_t each_second, std::size_t bucket) {
        for (int second = 0; second < seconds; ++second) {
            host.gives_back(0, each_second, bucket);
            host.second();
        }
    };
    runs(1000, 50, kQuick);
    ASSERT_TRUE(host.recent(0));
    EXPECT_GE(host.recent(0)->seconds, 60);
    EXPECT_LE(host.recent(0)->seconds, 121);
    EXPECT_LT(host.recent(0)->p99, 0.001);
    runs(125, 1, kSlow);
    EXPECT_GT(host.recent(0)->p50, 1);
    EXPECT_LE(host.recent(0)->count, 121U);
    host.seconds(125);
    EXPECT_EQ(host.recent(0)->count, 0U);
    EXPECT_EQ(host.recent(0)->p99, 0);
}

} // namespace
} // namespace slotscope::daemon
