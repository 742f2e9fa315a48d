// SPDX-License-Identifier: MIT
// Whether a touch of the limit is an episode, and from when on.
#include "episode_host.h"

#include <gtest/gtest.h>

namespace slotscope::daemon {
namespace {

using test::Host;

// A server with few workers: each call touches its limit for a moment.
TEST(EpisodeCourse, TouchesBeforeItArePartOfWhatIsUsual)
{
    Host host;
    for (int i = 0; i < 40; ++i)
        host.touched(25);
    EXPECT_TRUE(host.episodes().empty());
    const SystemTime hit = host.at();
    host.seconds(3, 8, 0);
    ASSERT_EQ(host.episodes().size(), 1U);
    const Episode episode = host.episodes()[0];
    EXPECT_GE(episode.began, hit - std::chrono::milliseconds(600));
    EXPECT_LE(episode.began, hit + std::chrono::milliseconds(100));
    ASSERT_TRUE(episode.verdict.evidence.contains("baseline_seconds")) << episode.verdict.sentence;
    EXPECT_GT(episode.verdict.evidence.at("baseline_seconds"), 5);
}

TEST(EpisodeCourse, WhatIsSeenInATouchThatPassedIsNotOfWhatComesThen)
{
    Host host;
    host.seconds(10, 2);
    host.quarter(8, 5); // 8 holders, and free again
    for (int i = 0; i < 3; ++i)
        host.quarter(0, 5);
    host.seconds(3, 8, 0);
    ASSERT_EQ(host.episodes().size(), 1U);
    EXPECT_LE(host.episodes()[0].verdict.evidence.at("samples"), 7)
        << "of three seconds, two a second and a bit";
}

TEST(EpisodeCourse, TouchesOfAFifthOfTheTimeAreNone)
{
    Host host;
    host.seconds(10, 2);
    for (int i = 0; i < 60; ++i)
        host.touched(55);
    EXPECT_TRUE(host.episodes().empty());
}

// By timing a call gives its slot back early: a fifth is what a saturated limit looks like.
TEST(EpisodeCourse, TouchesOfAFifthOfTheTimeAreOneWhereCallsAreToldByTiming)
{
    Host host;
    host.by_timing();
    host.seconds(10, 2);
    for (int i = 0; i < 60; ++i)
        host.touched(55);
    EXPECT_EQ(host.episodes().size(), 1U);
}

TEST(EpisodeCourse, RefusalsMakeATouchAnEpisode)
{
    Host host;
    host.seconds(10, 2);
    host.quarter(8, 5);
    host.refuse(3);
    host.quarter(8, 5);
    EXPECT_EQ(host.episodes().size(), 1U);
}

TEST(EpisodeCourse, APoolThatHasGrownToItsSizeIsNone)
{
    Host host;
    host.seconds(5, 2);
    host.becomes_a_pool(8);
    host.seconds(20, 1);
    EXPECT_TRUE(host.episodes().empty()) << host.episodes()[0].verdict.sentence;
}

TEST(EpisodeCourse, APoolForWhichSomebodyWaitsIsOne)
{
    Host host;
    host.seconds(5, 2);
    host.becomes_a_pool(8);
    host.seconds(20, 1);
    host.wanted(6);
    host.seconds(4, 0, 0);
    ASSERT_EQ(host.episodes().size(), 1U);
    EXPECT_EQ(host.episodes()[0].verdict.cause, Cause::idle_holders) << host.episodes()[0].verdict.sentence;
}

} // namespace
} // namespace slotscope::daemon
