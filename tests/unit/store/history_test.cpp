// SPDX-License-Identifier: MIT
#include "sample.h"

#include <sys/stat.h>

namespace slotscope::store {
namespace {

// So many that last an hour each, one an hour, of "a" and "b" in turns.
void save_hourly(History& history, int count)
{
    for (int hour = 0; hour < count; ++hour) {
        Episode episode = sample_episode(history.next_id());
        episode.backend = hour % 2 == 0 ? "a" : "b";
        episode.began = kNoon + std::chrono::hours(hour);
        episode.ended = kNoon + std::chrono::hours(hour + 1);
        expect_ok(history.save(episode, *episode.ended));
    }
}

std::vector<std::uint64_t> ids(const std::vector<Episode>& episodes)
{
    std::vector<std::uint64_t> ids;
    for (const Episode& each : episodes)
        ids.push_back(each.id);
    return ids;
}

using Ids = std::vector<std::uint64_t>;

TEST(History, WholeEpisodeComesBackAfterARestart)
{
    const TemporaryDirectory directory;
    const Episode episode = sample_episode(opened(directory)->next_id());
    expect_ok(opened(directory)->save(episode, kNoon));
    const auto found = value_of(opened(directory)->find(episode.id));
    ASSERT_TRUE(found);
    expect_same(*found, episode);
    EXPECT_TRUE(opened(directory)->warnings().empty());
}

TEST(History, WhatIsNotThereIsNotFound)
{
    const TemporaryDirectory directory;
    const auto history = opened(directory);
    EXPECT_FALSE(value_of(history->find(1)));
    EXPECT_FALSE(value_of(history->find(~std::uint64_t{0})));
    EXPECT_TRUE(value_of(history->list({})).empty());
    EXPECT_TRUE(value_of(history->baselines()).empty());
}

TEST(History, LaterSaveReplacesAllOfTheEarlier)
{
    const TemporaryDirectory directory;
    const auto history = opened(directory);
    Episode episode = large_episode(history->next_id(), 10, 10);
    expect_ok(history->save(episode, kNoon));
    episode = large_episode(episode.id, 20, 5);
    episode.backend = "renamed";
    episode.verdict.cause = Cause::demand_surge;
    episode.verdict.culprits.clear();
    expect_ok(history->save(episode, kNoon));
    expect_same(value_of(history->find(episode.id)).value(), episode);
    episode.holders = {};
    episode.ended = kNoon + 1s;
    expect_ok(history->save(episode, kNoon));
    expect_same(value_of(history->find(episode.id)).value(), episode);
    EXPECT_EQ(value_of(history->list({})).size(), 1U);
}

TEST(History, ListIsNewestFirstAndWithoutTheLargeParts)
{
    const TemporaryDirectory directory;
    const auto history = opened(directory);
    save_hourly(*history, 5);
    const auto all = value_of(history->list({}));
    EXPECT_EQ(ids(all), (Ids{5, 4, 3, 2, 1}));
    EXPECT_TRUE(all[0].timeline.empty());
    EXPECT_TRUE(all[0].holders.empty());
    EXPECT_EQ(all[0].holders_total, 12'000U);
    EXPECT_EQ(all[0].verdict, sample_verdict());
}

TEST(History, ListTakesWhatIsPartlyInTheTimeThatIsAskedFor)
{
    const TemporaryDirectory directory;
    const auto history = opened(directory);
    save_hourly(*history, 6);
    const auto listed = [&](const EpisodeQuery& query) { return ids(value_of(history->list(query))); };
    EXPECT_EQ(listed({.backend = "a", .since = {}, .until = {}}), (Ids{5, 3, 1}));
    EXPECT_EQ(listed({.backend = "c", .since = {}, .until = {}}), Ids{});
    EXPECT_EQ(listed({.backend = "", .since = {}, .until = {}, .count = 2}), (Ids{6, 5}));
    EXPECT_EQ(listed({.backend = "", .since = kNoon + 150min, .until = {}}), (Ids{6, 5, 4, 3}));
    EXPECT_EQ(listed({.backend = "", .since = {}, .until = kNoon + 90min}), (Ids{2, 1}));
    EXPECT_EQ(listed({.backend = "", .since = kNoon + 150min, .until = kNoon + 170min}), (Ids{3}));
}

TEST(History, EpisodeThatLastsIsInEveryTimeAfterItsBegin)
{
    const TemporaryDirectory directory;
    const auto history = opened(directory);
    expect_ok(history->save(large_episode(history->next_id(), 1, 1), kNoon));
    EXPECT_EQ(value_of(history->list({.backend = "", .since = kNoon + 24h, .until = {}})).size(), 1U);
    EXPECT_EQ(value_of(history->list({.backend = "", .since = {}, .until = kNoon - 1h})).size(), 0U);
}

TEST(History, NumbersAreNeverUsedTwice)
{
    const TemporaryDirectory directory;
    {
        const auto history = opened(directory);
        EXPECT_EQ(history->next_id(), 1U);
        EXPECT_EQ(history->next_id(), 2U);
    }
    EXPECT_EQ(opened(directory)->next_id(), 3U); // none of them was ever saved
    expect_ok(opened(directory)->save(sample_episode(3), kNoon));
    {
        const auto history = opened(directory, {}, kNoon + 365 * 24h);
        expect_ok(history->trim(kNoon + 365 * 24h, 1));
        expect_ok(history->trim(kNoon + 730 * 24h, 1 + std::uint64_t{365} * 24 * 3'600'000'000'000));
        EXPECT_FALSE(value_of(history->find(3))); // too old
        EXPECT_EQ(history->next_id(), 4U);
    }
    EXPECT_EQ(opened(directory)->next_id(), 5U);
}

TEST(History, EpisodeThatLastedWhenTheAgentEndedIsCutOffAtTheLastMomentItWasSeen)
{
    const TemporaryDirectory directory;
    {
        const auto history = opened(directory);
        for (int count = 0; count < 2; ++count)
            expect_ok(history->save(large_episode(history->next_id(), 1, 1), kNoon));
        expect_ok(history->save(large_episode(2, 1, 1), kNoon + 5s));
        EXPECT_FALSE(value_of(history->find(2))->ended);
    }
    const auto history = opened(directory, {}, kNoon + 1h);
    const auto first = value_of(history->find(1)).value();
    const auto second = value_of(history->find(2)).value();
    EXPECT_TRUE(first.cut_off);
    EXPECT_EQ(first.ended, kNoon);
    EXPECT_TRUE(second.cut_off);
    EXPECT_EQ(second.ended, kNoon + 5s);
    Episode whole = sample_episode(history->next_id());
    expect_ok(history->save(whole, kNoon));
    EXPECT_FALSE(value_of(history->find(whole.id))->cut_off);
}

TEST(History, BaselinesComeBackAndTheLaterOneReplacesTheEarlier)
{
    const TemporaryDirectory directory;
    const BackendBaseline full{
        "a", Direction::inbound, SlotKind::calls, kNoon, 3600, 12.5, 12.25, 3.25, 3, 0.25, 1.5, 0.01};
    const BackendBaseline bare{"a", Direction::outbound, SlotKind::connections, kNoon, 60, 0, 0, 0, 0, {}, {},
                               {}};
    BackendBaseline later = full;
    later.arrivals_per_second = 13;
    expect_ok(opened(directory)->save_baselines(std::vector{full, bare}, kNoon));
    expect_ok(opened(directory)->save_baselines(std::vector{later}, kNoon));
    EXPECT_EQ(value_of(opened(directory)->baselines()), (std::vector{later, bare}));
}

TEST(History, OnlyTheOwnerAndTheGroupReadTheFile)
{
    const TemporaryDirectory directory;
    const auto history = opened(directory);
    expect_ok(history->save(sample_episode(1), kNoon));
    for (const char* name : {"history.sqlite", "history.sqlite-wal", "history.sqlite-shm"}) {
        struct stat status {};
        ASSERT_EQ(::stat((directory / name).c_str(), &status), 0) << name;
        EXPECT_EQ(status.st_mode & 0777U, 0640U) << name;
    }
}

TEST(History, QuotesAndOddNamesAreOnlyText)
{
    const TemporaryDirectory directory;
    const auto history = opened(directory);
    Episode episode = sample_episode(history->next_id());
    episode.backend = "'; DROP TABLE episodes; --";
    expect_ok(history->save(episode, kNoon));
    EXPECT_EQ(value_of(history->list({.backend = episode.backend, .since = {}, .until = {}})).size(), 1U);
}

} // namespace
} // namespace slotscope::store
