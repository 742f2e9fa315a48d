// SPDX-License-Identifier: MIT
// When episodes begin and end, and what is kept of them.
#include "episode_host.h"

#include <gtest/gtest.h>

namespace slotscope::daemon {
namespace {

using namespace std::chrono_literals;

using test::Host;

TEST(EpisodeWatch, ALimitThatStaysReachedIsAnEpisodeWithinTwoSeconds)
{
    Host host;
    host.seconds(20, 2);
    EXPECT_TRUE(host.episodes().empty());
    host.seconds(2, 8);
    ASSERT_EQ(host.episodes().size(), 1U);
    EXPECT_FALSE(host.episodes()[0].ended);
    EXPECT_EQ(host.episodes()[0].limit, 8U);
    EXPECT_EQ(host.events("episode_began"), 1U);
    EXPECT_GE(host.events("verdict"), 1U);
    EXPECT_FALSE(host.episodes()[0].verdict.sentence.empty());
    EXPECT_EQ(host.episodes()[0].holders.size(), 8U);
}

TEST(EpisodeWatch, ATouchIsNone)
{
    Host host;
    host.seconds(20, 2);
    host.quarter(8, 5);
    host.quarter(8, 5);
    host.seconds(30, 2);
    EXPECT_TRUE(host.episodes().empty());
    EXPECT_EQ(host.events("episode_began"), 0U);
}

TEST(EpisodeWatch, ASaturatedLimitThatFlickersIsOneEpisode)
{
    Host host;
    host.seconds(20, 2);
    for (int i = 0; i < 60; ++i) {
        host.quarter(8, 5);
        host.quarter(7, 5);
    }
    ASSERT_EQ(host.episodes().size(), 1U);
    EXPECT_FALSE(host.episodes()[0].ended);
    EXPECT_GT(host.episodes()[0].limit_hits, 10U);
}

// A short call takes the last slot now and then; the others are held by what does not end.
TEST(EpisodeWatch, ALastSlotThatIsGivenAwayAgainAndAgainIsOne)
{
    Host host;
    host.seconds(20, 2);
    for (int i = 0; i < 60; ++i)
        host.touched(30, 1, 7);
    ASSERT_EQ(host.episodes().size(), 1U);
    EXPECT_FALSE(host.episodes()[0].ended);
}

TEST(EpisodeWatch, TouchesWithTwoSlotsToSpareBetweenThemAreNone)
{
    Host host;
    host.seconds(20, 2);
    for (int i = 0; i < 60; ++i)
        host.touched(30, 5, 6);
    EXPECT_TRUE(host.episodes().empty());
}

TEST(EpisodeWatch, FlappingWithinSecondsIsOneEpisodeAndLaterIsAnother)
{
    Host host;
    host.seconds(20, 2);
    for (int i = 0; i < 4; ++i) {
        host.seconds(3, 8);
        host.seconds(6, 2);
    }
    EXPECT_EQ(host.episodes().size(), 1U);
    host.seconds(15, 2);
    ASSERT_TRUE(host.episodes()[0].ended);
    host.seconds(3, 8);
    EXPECT_EQ(host.episodes().size(), 2U);
}

TEST(EpisodeWatch, EndsAtTheLastMomentOfItAndKeepsWhatWasSeen)
{
    Host host;
    host.seconds(20, 2);
    host.seconds(5, 8);
    const SystemTime over = host.at();
    host.seconds(9, 2);
    EXPECT_FALSE(host.episodes()[0].ended) << "it may come again";
    host.seconds(3, 2);
    const Episode episode = host.episodes()[0];
    ASSERT_TRUE(episode.ended);
    EXPECT_LE(*episode.ended - over, 500ms);
    EXPECT_LE(over - *episode.ended, 500ms);
    EXPECT_EQ(host.events("episode_ended"), 1U);
    EXPECT_EQ(episode.holders.size(), 8U);
    EXPECT_FALSE(episode.timeline.empty());
    EXPECT_NEAR(episode.at_limit_seconds, 5, 0.3);
    EXPECT_EQ(episode.peak, 8U);
    EXPECT_NE(episode.verdict.sentence.find("were held"), std::string::npos) << episode.verdict.sentence;
}

TEST(EpisodeWatch, ComparesWithWhatWasBeforeAndNotWithTheEpisodeBefore)
{
    Host host;
    host.seconds(30, 2, 5); // 20 a second, 100 ms each
    host.seconds(6, 8, 1);  // 4 a second, 2 s each
    const Episode first = host.episodes()[0];
    EXPECT_NEAR(first.verdict.evidence.at("arrivals_per_second_before"), 20, 2) << first.verdict.sentence;
    EXPECT_NEAR(first.verdict.evidence.at("in_use_before"), 2, 0.3);
    EXPECT_GT(first.verdict.evidence.at("hold_ratio"), 5);
    host.seconds(30, 2, 5);
    host.seconds(6, 8, 1);
    const Episode second = host.episodes()[0];
    ASSERT_NE(second.id, first.id);
    EXPECT_NEAR(second.verdict.evidence.at("in_use_before"), 2, 0.3);
}

TEST(EpisodeWatch, KnowsThatTheHostStoodStill)
{
    Host host;
    host.seconds(20, 2);
    host.stands_still(3);
    host.seconds(3, 8, 1);
    ASSERT_EQ(host.episodes().size(), 1U);
    // A second without a look is usual.
    EXPECT_NEAR(host.episodes()[0].verdict.evidence.at("stalled_seconds"), 2.25, 0.1);
}

TEST(EpisodeWatch, AHundredDeadAddressesHideNoLimitThatIsFull)
{
    Host host;
    host.dead_addresses(100);
    host.seconds(8, 2);
    const std::size_t dead = host.episodes().size();
    EXPECT_EQ(dead, EpisodeWatch::kMostWithoutLimit);
    EXPECT_EQ(host.watch().not_watched(), 100 - dead) << "each of the others is counted, once";
    host.seconds(4, 8, 0);
    const auto episodes = host.episodes();
    EXPECT_EQ(std::count_if(episodes.begin(), episodes.end(),
                            [](const Episode& each) { return each.backend == "app"; }),
              1);
}

const Episode& episode_of(const std::vector<Episode>& episodes, const std::string& backend)
{
    return *std::find_if(episodes.begin(), episodes.end(),
                         [&](const Episode& each) { return each.backend == backend; });
}

// Its server retries what is refused: nobody is seen to wait for anybody.
std::vector<Episode> served_by_who_is_refused(bool has_asked)
{
    Host host;
    host.is_served_by_a_client_of_the_dead(has_asked);
    host.seconds(10, 2);
    host.is_served_by_a_client_of_the_dead(false);
    host.dead_addresses(1);
    host.takes(2000);
    host.seconds(8, 8, 1);
    return host.episodes();
}

TEST(EpisodeWatch, AServerThatIsRefusedElsewhereIsSlowForThatReason)
{
    const std::vector<Episode> episodes = served_by_who_is_refused(true);
    ASSERT_EQ(episodes.size(), 2U);
    EXPECT_EQ(episode_of(episodes, "dead").verdict.cause, Cause::connect_trouble);
    EXPECT_EQ(episode_of(episodes, "app").linked_to, episode_of(episodes, "dead").id);
}

TEST(EpisodeWatch, ADeadAddressThatItsServerHasNeverAskedIsNoReason)
{
    const std::vector<Episode> episodes = served_by_who_is_refused(false);
    ASSERT_EQ(episodes.size(), 2U);
    EXPECT_EQ(episode_of(episodes, "app").verdict.cause, Cause::slow_backend);
    EXPECT_EQ(episode_of(episodes, "app").linked_to, 0U);
}

TEST(EpisodeWatch, IsCutOffAtTheEndOfTheAgent)
{
    Host host;
    host.seconds(20, 2);
    host.seconds(3, 8);
    host.watch().cut_off(host.now_ns(), host.at());
    ASSERT_TRUE(host.episodes()[0].ended);
    EXPECT_TRUE(host.episodes()[0].cut_off);
}

TEST(EpisodeShelf, ForgetsTheOldestThatAreOver)
{
    EpisodeShelf shelf;
    for (int i = 0; i < 200; ++i) {
        Episode episode;
        episode.id = shelf.next_id();
        episode.backend = "app";
        episode.began = SystemTime() + std::chrono::hours(i);
        if (i != 0)
            episode.ended = episode.began + 1min;
        shelf.show(episode);
    }
    EXPECT_EQ(shelf.list({}).size(), EpisodeShelf::kMost);
    EXPECT_TRUE(shelf.find(1)) << "it lasts";
    EpisodeQuery lasting;
    lasting.active = true;
    lasting.count = 1;
    ASSERT_EQ(shelf.list(lasting).size(), 1U);
    EXPECT_EQ(shelf.list(lasting).front().id, 1U);
    EXPECT_EQ(shelf.list({}).front().id, 200U);
    EpisodeQuery query;
    query.since = SystemTime() + std::chrono::hours(198);
    EXPECT_EQ(shelf.list(query).size(), 3U) << "two and the one that lasts";
    query.backend = "db";
    EXPECT_TRUE(shelf.list(query).empty());
}

} // namespace
} // namespace slotscope::daemon
