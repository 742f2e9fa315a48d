// SPDX-License-Identifier: MIT
// The wall clock is set while an episode lasts, and around it.
#include "episode_host.h"

#include <gtest/gtest.h>

namespace slotscope::daemon {
namespace {

using namespace std::chrono_literals;
using test::Host;

constexpr std::chrono::seconds kSteps[] = {24h, -1h};

// One episode of ten seconds, and its end. `before`, `within`: the wall clock is set by so much at these
// moments.
Episode course(Host& host, std::chrono::seconds before, std::chrono::seconds within)
{
    host.seconds(20, 2);
    host.set_clock(before);
    host.seconds(2, 2);
    host.seconds(5, 8, 1);
    host.set_clock(within);
    host.seconds(5, 8, 1);
    host.seconds(12, 2);
    EXPECT_EQ(host.episodes().size(), 1U) << "one, not two, and neither none";
    return host.episodes().empty() ? Episode() : host.episodes()[0];
}

double length(const Episode& episode)
{
    return episode.ended ? std::chrono::duration<double>(*episode.ended - episode.began).count() : -1;
}

TEST(EpisodeClock, StepsChangeNeitherLengthNorVerdictNorTimeline)
{
    Host steady;
    const Episode as_it_is = course(steady, 0s, 0s);
    ASSERT_TRUE(as_it_is.verdict.evidence.contains("baseline_seconds")) << as_it_is.verdict.sentence;
    for (const auto before : {0s, kSteps[0], kSteps[1]})
        for (const auto within : {0s, kSteps[0], kSteps[1]}) {
            SCOPED_TRACE(std::to_string(before.count()) + " s before, " + std::to_string(within.count()) +
                         " s within");
            Host host;
            const Episode episode = course(host, before, within);
            EXPECT_NEAR(length(episode), length(as_it_is), 0.001);
            EXPECT_EQ(episode.verdict, as_it_is.verdict);
            EXPECT_EQ(episode.peak, as_it_is.peak);
            ASSERT_EQ(episode.timeline.size(), as_it_is.timeline.size());
            for (std::size_t i = 0; i < episode.timeline.size(); ++i)
                EXPECT_EQ(episode.timeline[i].begin - episode.began,
                          as_it_is.timeline[i].begin - as_it_is.began);
            EXPECT_EQ(host.events("episode_ended"), 1U);
        }
}

TEST(EpisodeClock, TimesAreShownAsTheClockIsSetNow)
{
    for (const auto step : kSteps) {
        Host host;
        host.seconds(20, 2);
        host.seconds(5, 8);
        const SystemTime began = host.episodes()[0].began;
        host.set_clock(step);
        host.seconds(6, 8);
        EXPECT_EQ(host.episodes()[0].began, began + step);
        host.seconds(12, 2);
        ASSERT_TRUE(host.episodes()[0].ended);
        EXPECT_LE(std::chrono::abs(host.at() - 12s - *host.episodes()[0].ended), 500ms);
    }
}

// What was usual is known over the step, and it is no gap.
TEST(EpisodeClock, EpisodeAfterAStepHasTheSameBaseline)
{
    for (const auto step : kSteps) {
        Host host;
        course(host, 0s, step);
        host.seconds(60, 2);
        host.seconds(4, 8);
        ASSERT_EQ(host.episodes().size(), 2U);
        const Episode second = host.episodes()[0];
        EXPECT_EQ(second.id, 2U) << "the newest first";
        ASSERT_TRUE(second.verdict.evidence.contains("baseline_seconds")) << second.verdict.sentence;
        EXPECT_NEAR(second.verdict.evidence.at("baseline_seconds"), 70, 5);
    }
}

TEST(EpisodeClock, CutOffIsAfterTheBegin)
{
    Host host;
    host.seconds(20, 2);
    host.seconds(4, 8);
    host.set_clock(-1h);
    host.watch().cut_off(host.now_ns(), host.at());
    EXPECT_NEAR(length(host.episodes()[0]), 4, 0.3);
    EXPECT_EQ(host.episodes()[0].ended, host.at());
}

TEST(SteadyTime, DifferenceOfAMomentIsNoStep)
{
    SteadyTime time;
    const SystemTime noon{1'769'860'800s};
    EXPECT_EQ(time.note(1'000, noon), noon);
    EXPECT_EQ(time.note(1'000 + kSecond_ns, noon + 1'200ms), noon + 1s) << "read some time later";
    EXPECT_FALSE(time.is_ahead());
    EXPECT_EQ(time.note(1'000 + 2 * kSecond_ns, noon + 1h), noon + 2s);
    EXPECT_EQ(time.shown(noon + 2s), noon + 1h);
    EXPECT_EQ(time.note(1'000 + 3 * kSecond_ns, noon + 3s), noon + 3s);
    EXPECT_EQ(time.shown(noon + 2s), noon + 2s);
}

} // namespace
} // namespace slotscope::daemon
