// SPDX-License-Identifier: MIT
// The wall clock is set at any time: a history neither loses what it has nor keeps it for ever.
#include "sample.h"
#include "store/database.h"
#include "store/set_aside.h"

namespace slotscope::store {
namespace {

constexpr auto kYears = std::chrono::hours(24 * 365 * 10);
constexpr std::uint64_t kHour_ns = 3'600'000'000'000;

void save_one(History& history, Clock::time_point ended)
{
    Episode episode = sample_episode(history.next_id());
    episode.began = ended - 1min;
    episode.ended = ended;
    expect_ok(history.save(episode, ended));
}

std::vector<std::uint64_t> ids(const History& history)
{
    std::vector<std::uint64_t> ids;
    for (const Episode& each : value_of(history.list({})))
        ids.push_back(each.id);
    return ids;
}

using Ids = std::vector<std::uint64_t>;

TEST(HistoryClock, OneThatIsFarAheadForOnceDeletesNothing)
{
    const TemporaryDirectory directory;
    save_one(*opened(directory), kNoon);
    for (int restart = 0; restart < 20; ++restart) { // as of an agent that cannot start
        const auto history = opened(directory, {}, kNoon + kYears);
        EXPECT_EQ(ids(*history), Ids{1});
    }
    {
        const auto history = opened(directory, {}, kNoon + kYears);
        for (std::uint64_t minutes = 0; minutes <= 120; minutes += 5) // and is put right after two hours
            expect_ok(history->trim(kNoon + kYears, 1 + minutes * kHour_ns / 60));
        save_one(*history, kNoon + kYears);
        EXPECT_EQ(ids(*history), (Ids{2, 1}));
    }
    const auto history = opened(directory, {}, kNoon + 3h);
    expect_ok(history->trim(kNoon + 3h, 5));
    save_one(*history, kNoon + 3h);
    expect_ok(history->trim(kNoon + 4h, 5 + kHour_ns));
    EXPECT_EQ(ids(*history), (Ids{3, 2, 1})) << "the newest first, whatever the clock said";
}

TEST(HistoryClock, StepsWhileTheAgentRunsDeleteNothing)
{
    const TemporaryDirectory directory;
    const auto history = opened(directory);
    save_one(*history, kNoon);
    expect_ok(history->trim(kNoon, 1));
    for (const auto step : {std::chrono::hours(24), std::chrono::hours(-1), kYears, -kYears}) {
        expect_ok(history->trim(kNoon + step, 1 + kHour_ns / 12));
        EXPECT_EQ(ids(*history), Ids{1}) << step.count() << " h";
    }
}

TEST(HistoryClock, OneThatIsBehindDeletesNothingAndWhatIsSavedThenStays)
{
    const TemporaryDirectory directory;
    save_one(*opened(directory), kNoon);
    const auto history = opened(directory, {}, Clock::time_point());
    save_one(*history, Clock::time_point() + 1h);
    expect_ok(history->trim(Clock::time_point() + 2h, 1));
    EXPECT_EQ(ids(*history), (Ids{2, 1}));
    expect_ok(history->trim(kNoon + 2h, 2)); // put right
    EXPECT_EQ(ids(*history), (Ids{2, 1})) << "1970 is what the clock said, not when it was";
    expect_ok(history->trim(kNoon + 24h * 90, 2 + 24 * 90 * kHour_ns));
    EXPECT_EQ(ids(*history), (Ids{2, 1}));
    expect_ok(history->trim(kNoon + 24h * 91, 2 + 24 * 91 * kHour_ns));
    EXPECT_EQ(ids(*history), Ids{});
}

TEST(HistoryClock, FirstOneOfAnEmptyHistoryIsBelievedAsItIs)
{
    const TemporaryDirectory directory;
    Bounds bounds;
    bounds.longest = 24h;
    const auto history = opened(directory, bounds, Clock::time_point()); // a board without a battery
    expect_ok(history->trim(kNoon, 1));
    save_one(*history, kNoon);
    expect_ok(history->trim(kNoon + 25h, 1 + 25 * kHour_ns));
    EXPECT_EQ(ids(*history), Ids{});
}

TEST(HistoryClock, IsBelievedAgainWhereTheHostWasOffForLong)
{
    const TemporaryDirectory directory;
    save_one(*opened(directory), kNoon);
    const auto now = kNoon + 24h * 100; // 10 days more than is kept
    const auto history = opened(directory, {}, now);
    expect_ok(history->trim(now, 1));
    EXPECT_EQ(ids(*history), Ids{1}) << "perhaps it is wrong";
    expect_ok(history->trim(now + 24h * 5, 1 + 24 * 5 * kHour_ns));
    EXPECT_EQ(ids(*history), Ids{1});
    expect_ok(history->trim(now + 24h * 10, 1 + 24 * 10 * kHour_ns));
    EXPECT_EQ(ids(*history), Ids{});
}

TEST(HistoryClock, OfAHistoryThatKnowsNothingOfItTheNewestRowCounts)
{
    const TemporaryDirectory directory;
    {
        const auto history = opened(directory);
        save_one(*history, kNoon - 24h * 100);
        save_one(*history, kNoon);
    }
    {
        auto database = Database::open(directory / "history.sqlite");
        ASSERT_TRUE(database.ok());
        expect_ok(database->run("DELETE FROM numbers WHERE name = 'believed_ns'"));
    }
    EXPECT_EQ(ids(*opened(directory, {}, kNoon + kYears)), Ids{2});
}

TEST(HistoryClock, ForRoomThoseWithTheLowestNumbersAreDeletedWhateverTheClockSaid)
{
    const TemporaryDirectory directory;
    Bounds bounds;
    bounds.most_bytes = std::uint64_t{2} << 20U;
    const auto history = opened(directory, bounds);
    std::uint64_t last = 0;
    for (int count = 0; count < 200; ++count) {
        Episode episode = large_episode(history->next_id(), 200, 50);
        episode.began = count < 100 ? kNoon + kYears : kNoon;
        episode.ended = episode.began + 1s;
        expect_ok(history->save(episode, *episode.ended));
        last = episode.id;
    }
    const Ids kept = ids(*history);
    ASSERT_GT(kept.size(), 10U);
    EXPECT_EQ(kept.front(), last);
    EXPECT_EQ(kept.back(), last + 1 - kept.size());
}

TEST(SetAside, WhatWasSetAsideLastStaysWhereTheClockIsBehind)
{
    const TemporaryDirectory directory;
    for (std::size_t count = 0; count < kMostSetAside; ++count)
        ASSERT_TRUE(
            set_aside(directory.write("history.sqlite", "x"), kNoon + std::chrono::hours(count)).ok());
    const auto newest = set_aside(directory.write("history.sqlite", "y"), Clock::time_point());
    EXPECT_TRUE(std::filesystem::exists(value_of(newest)));
}

} // namespace
} // namespace slotscope::store
