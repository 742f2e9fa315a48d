// SPDX-License-Identifier: MIT
// A history does not grow without end, and a save is short.
#include "sample.h"

#include <ctime>
#include <iostream>

namespace slotscope::store {
namespace {

constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20U;

std::uint64_t size_of(const std::string& path)
{
    std::error_code ignored;
    const auto size = std::filesystem::file_size(path, ignored);
    return ignored ? 0 : size;
}

TEST(HistoryBounds, OldestAreDeletedWhereThereIsNoRoom)
{
    const TemporaryDirectory directory;
    Bounds bounds;
    bounds.most_bytes = 2 * kMegabyte;
    const auto history = opened(directory, bounds);
    std::uint64_t last = 0;
    for (int count = 0; count < 200; ++count) {
        Episode episode = large_episode(history->next_id(), 200, 50);
        episode.began = kNoon + std::chrono::seconds(count);
        episode.ended = episode.began + 1s;
        expect_ok(history->save(episode, *episode.ended));
        last = episode.id;
        EXPECT_LE(history->size_bytes(), bounds.most_bytes);
    }
    const auto kept = value_of(history->list({.backend = "", .since = {}, .until = {}, .count = 1000}));
    ASSERT_GT(kept.size(), 10U);
    ASSERT_LT(kept.size(), 200U);
    for (std::size_t index = 0; index < kept.size(); ++index)
        EXPECT_EQ(kept[index].id, last - index); // the newest, without a gap
    EXPECT_EQ(value_of(history->find(last))->timeline.size(), 200U);
}

TEST(HistoryBounds, FileStaysWithinWhatIsSaidAndTheLogIsGoneAfterwards)
{
    const TemporaryDirectory directory;
    Bounds bounds;
    bounds.most_bytes = 4 * kMegabyte;
    {
        const auto history = opened(directory, bounds);
        for (int count = 0; count < 2000; ++count) {
            Episode episode = large_episode(history->next_id(), 300, 100);
            episode.ended = kNoon;
            expect_ok(history->save(episode, kNoon));
        }
        EXPECT_LE(size_of(directory / "history.sqlite"), bounds.most_bytes);
        // Not the log: another thread moves it, and how far it gets while saves come as fast as they can is
        // chance.
    }
    EXPECT_EQ(size_of(directory / "history.sqlite-wal"), 0U);
    bounds.most_bytes = kMegabyte;
    const auto smaller = opened(directory, bounds);
    EXPECT_LE(smaller->size_bytes(), kMegabyte);
    EXPECT_LE(size_of(directory / "history.sqlite"), kMegabyte);
    EXPECT_FALSE(value_of(smaller->list({})).empty());
}

TEST(HistoryBounds, WhatIsTooOldIsDeletedButNotWhatLasts)
{
    const TemporaryDirectory directory;
    Bounds bounds;
    bounds.longest = std::chrono::hours(24);
    const auto history = opened(directory, bounds);
    expect_ok(history->save(sample_episode(history->next_id()), kNoon));
    expect_ok(history->save(large_episode(history->next_id(), 1, 1), kNoon));
    constexpr std::uint64_t kHour_ns = 3'600'000'000'000;
    expect_ok(history->trim(kNoon, 1));
    expect_ok(history->trim(kNoon + 24h, 1 + 24 * kHour_ns));
    EXPECT_EQ(value_of(history->list({})).size(), 2U);
    expect_ok(history->trim(kNoon + 25h, 1 + 25 * kHour_ns));
    const auto left = value_of(history->list({}));
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].id, 2U);
    EXPECT_TRUE(value_of(history->find(2))->timeline.size() == 1);
}

TEST(HistoryBounds, EpisodeThatDoesNotFitIsKeptWithoutItsLargeParts)
{
    const TemporaryDirectory directory;
    Bounds bounds;
    bounds.most_bytes = kMegabyte;
    const auto history = opened(directory, bounds);
    const Episode episode = large_episode(history->next_id(), 100, 10'000);
    expect_ok(history->save(episode, kNoon));
    const auto found = value_of(history->find(episode.id)).value();
    EXPECT_EQ(found.verdict, episode.verdict);
    EXPECT_TRUE(found.holders.empty());
    EXPECT_EQ(found.holders_total, 12'000U);
    EXPECT_LE(history->size_bytes(), bounds.most_bytes);
}

TEST(HistoryBounds, OnlyTheNewestBaselinesAreKept)
{
    const TemporaryDirectory directory;
    const auto history = opened(directory);
    std::vector<BackendBaseline> many(kMostBaselines + 50);
    for (std::size_t index = 0; index < many.size(); ++index) {
        many[index].backend = "b" + std::to_string(index);
        many[index].updated = kNoon + std::chrono::seconds(index);
    }
    expect_ok(history->save_baselines(many, kNoon));
    const auto kept = value_of(history->baselines());
    EXPECT_EQ(kept.size(), kMostBaselines);
    for (const BackendBaseline& each : kept)
        EXPECT_GE(each.updated, kNoon + 50s) << each.backend;
}

// The processor time of this thread: others may be busy.
double processor_milliseconds()
{
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

struct Size {
    const char* name;
    std::size_t windows;
    std::size_t holders;
};

// The bound is far above what it takes, for builds with sanitizers; the figures are printed.
TEST(HistoryBounds, SaveIsShort)
{
    const TemporaryDirectory directory;
    const auto history = opened(directory);
    for (const Size& each :
         {Size{"10 minutes, 100 holders", 600, 100}, Size{"10 minutes, 1000 holders", 600, 1000}}) {
        Episode episode = large_episode(history->next_id(), each.windows, each.holders);
        std::vector<double> took;
        for (int count = 0; count < 21; ++count) {
            episode.peak = static_cast<std::uint64_t>(count);
            const double begin = processor_milliseconds();
            expect_ok(history->save(episode, kNoon));
            took.push_back(processor_milliseconds() - begin);
        }
        const double first = took.front();
        std::sort(took.begin(), took.end());
        std::cout << each.name << ": the first save " << first << " ms of processor, later ones " << took[10]
                  << " ms\n";
        EXPECT_LT(took[10], 200);
    }
}

} // namespace
} // namespace slotscope::store
