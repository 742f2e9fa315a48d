// SPDX-License-Identifier: MIT
// A limit that begins to count something else, and pools at a limit that was learned.
#include "episode_host.h"

#include <gmock/gmock.h>

namespace slotscope::daemon {
namespace {

using test::Host;
using testing::Contains;
using testing::HasSubstr;

TEST(EpisodeSlots, EpisodeGoesOnByWhatTheLimitCountsNow)
{
    Host host;
    host.seconds(20, 2);
    host.seconds(4, 8);
    ASSERT_EQ(host.episodes().size(), 1U);
    EXPECT_EQ(host.episodes()[0].kind, SlotKind::calls);
    host.counts_connections(20, 20);
    host.seconds(3, 8);
    ASSERT_EQ(host.episodes().size(), 1U);
    const Episode episode = host.episodes()[0];
    EXPECT_EQ(episode.kind, SlotKind::connections);
    EXPECT_EQ(episode.limit, 20U);
    EXPECT_EQ(episode.peak, 20U) << "of connections, not the eight calls";
    EXPECT_NEAR(episode.slot_seconds, 1000, 0.01) << "of connections alone";
    for (const Window& window : episode.timeline)
        EXPECT_NE(window.limit, 8U) << "it was of calls";
    EXPECT_THAT(episode.verdict.missing, Contains(HasSubstr("its limit counted calls until ")));
}

TEST(EpisodeSlots, EpisodeEndsWhereItsLimitIsNoMore)
{
    Host host;
    host.seconds(20, 2);
    host.seconds(4, 8);
    const Episode before = host.episodes()[0];
    host.counts_connections(0, 50);
    host.seconds(2, 2);
    ASSERT_EQ(host.episodes().size(), 1U);
    const Episode episode = host.episodes()[0];
    ASSERT_TRUE(episode.ended);
    EXPECT_EQ(episode.kind, SlotKind::calls);
    EXPECT_EQ(episode.limit, 8U);
    EXPECT_EQ(episode.peak, before.peak) << "not the 50 connections";
    EXPECT_LT(episode.slot_seconds, 60);
    EXPECT_THAT(episode.verdict.missing, Contains(HasSubstr("is not known any more")));
    EXPECT_EQ(host.events("episode_ended"), 1U);
}

TEST(EpisodeSlots, IdlePoolAtALearnedLimitIsNone)
{
    Host host;
    host.seconds(5, 2);
    host.limit_is_learned();
    host.becomes_a_pool(8);
    host.wanted(8); // whatever the clients of its owner do
    host.seconds(20, 1);
    EXPECT_TRUE(host.episodes().empty()) << host.episodes()[0].verdict.sentence;
}

TEST(EpisodeSlots, PoolAtALearnedLimitIsOneWhileSomethingIsRefusedAndEndsAfterwards)
{
    Host host;
    host.seconds(5, 2);
    host.limit_is_learned();
    host.becomes_a_pool(8);
    for (int i = 0; i < 16; ++i) {
        host.refuse(1);
        host.quarter(1, 1);
    }
    ASSERT_EQ(host.episodes().size(), 1U);
    EXPECT_GT(host.episodes()[0].refusals, 0U);
    host.seconds(40, 1);
    EXPECT_TRUE(host.episodes()[0].ended) << "it stays at its size, and nobody is refused";
    EXPECT_EQ(host.episodes().size(), 1U);
}

} // namespace
} // namespace slotscope::daemon
