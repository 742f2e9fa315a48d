// SPDX-License-Identifier: MIT
// Files that are damaged, of somebody else, of a newer version, or not to be had: a warning, and it goes on.
#include "sample.h"
#include "store/set_aside.h"

#include <fcntl.h>
#include <fstream>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace slotscope::store {
namespace {

using testing::HasSubstr;

std::vector<std::string> files_set_aside(const TemporaryDirectory& directory)
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory / ""))
        if (entry.path().filename().string().find(".damaged-") != std::string::npos &&
            entry.path().filename().string().ends_with("Z")) // not the logs beside them
            names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::string only_warning(const History& history)
{
    EXPECT_EQ(history.warnings().size(), 1U);
    return history.warnings().empty() ? "" : history.warnings().front();
}

void expect_works(History& history)
{
    const std::uint64_t id = history.next_id();
    const Episode episode = sample_episode(id);
    expect_ok(history.save(episode, kNoon));
    const auto found = value_of(history.find(id));
    ASSERT_TRUE(found);
    expect_same(*found, episode);
    expect_ok(history.save_baselines(std::vector{BackendBaseline{}}, kNoon));
}

void run_sql(const std::string& path, const std::string& sql)
{
    sqlite3* connection = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &connection), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(connection);
    sqlite3_close(connection);
}

void fill(const TemporaryDirectory& directory, int episodes)
{
    const auto history = opened(directory);
    for (int count = 0; count < episodes; ++count)
        expect_ok(history->save(sample_episode(history->next_id()), kNoon));
}

void overwrite(const std::string& path, std::streamoff at, const std::string& bytes)
{
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file << bytes;
}

TEST(HistoryDamage, FileThatIsNoDatabaseIsSetAside)
{
    const TemporaryDirectory directory;
    directory.write("history.sqlite", std::string(10'000, 'x'));
    const auto history = opened(directory);
    EXPECT_THAT(only_warning(*history), HasSubstr("is set aside as "));
    EXPECT_THAT(only_warning(*history), HasSubstr("from 1 again"));
    EXPECT_FALSE(history->in_memory());
    EXPECT_EQ(files_set_aside(directory),
              std::vector<std::string>{"history.sqlite.damaged-20260131T120000Z"});
    expect_works(*history);
}

TEST(HistoryDamage, DamagedPagesAreNoticedAndNumbersGoOn)
{
    const TemporaryDirectory directory;
    fill(directory, 20);
    const auto size = std::filesystem::file_size(directory / "history.sqlite");
    for (std::streamoff at = 3 * 4096; at < static_cast<std::streamoff>(size); at += 4096)
        if (at / 4096 % 3 == 0)
            overwrite(directory / "history.sqlite", at, std::string(4096, '\xa5'));
    const auto history = opened(directory);
    EXPECT_EQ(files_set_aside(directory).size(), 1U) << testing::PrintToString(history->warnings());
    EXPECT_FALSE(history->in_memory());
    expect_works(*history);
}

TEST(HistoryDamage, NumbersGoOnWhereTheyCanStillBeRead)
{
    const TemporaryDirectory directory;
    fill(directory, 20);
    run_sql(directory / "history.sqlite", "DROP TABLE timelines");
    const auto history = opened(directory);
    EXPECT_THAT(only_warning(*history), HasSubstr("numbers of episodes go on from 21"));
    EXPECT_EQ(history->next_id(), 21U);
    expect_works(*history);
}

TEST(HistoryDamage, EveryTruncationOpensSomehow)
{
    const TemporaryDirectory directory;
    fill(directory, 5);
    std::ifstream whole(directory / "history.sqlite", std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(whole)), {});
    for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{99}, std::size_t{100},
                             std::size_t{4095}, std::size_t{4096}, bytes.size() / 2, bytes.size() - 1}) {
        const TemporaryDirectory other;
        other.write("history.sqlite", bytes.substr(0, size));
        const auto history = opened(other);
        EXPECT_FALSE(history->in_memory()) << size;
        // Less than a head is an empty file to SQLite, and what is missing of the last page may be of no use.
        if (size >= 100 && size <= bytes.size() / 2) {
            EXPECT_EQ(files_set_aside(other).size(), 1U) << size;
        }
        expect_works(*history);
    }
}

TEST(HistoryDamage, FlippedBytesNeverStopTheAgent)
{
    const TemporaryDirectory directory;
    fill(directory, 5);
    std::ifstream whole(directory / "history.sqlite", std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(whole)), {});
    unsigned seed = 7;
    for (int round = 0; round < 60; ++round) {
        const TemporaryDirectory other;
        std::string damaged = bytes;
        for (int flip = 0; flip < 20; ++flip) {
            seed = seed * 1'103'515'245U + 12'345U;
            damaged[seed % damaged.size()] = static_cast<char>(seed >> 24U);
        }
        other.write("history.sqlite", damaged);
        const auto history = opened(other);
        (void)history->list({});
        for (std::uint64_t id = 1; id <= 5; ++id)
            (void)history->find(id);
        const Episode episode = sample_episode(history->next_id());
        if (!history->save(episode,
                           kNoon)) // damage that is noticed only now: it is set aside, and the next one works
            expect_ok(history->save(episode, kNoon));
        EXPECT_TRUE(value_of(history->find(episode.id))) << round;
    }
}

// The oldest are deleted to make room, and what they are made of is no longer what it was.
TEST(HistoryDamage, DamageThatIsNoticedInUseIsSetAsideAndTheNextSaveWorks)
{
    const TemporaryDirectory directory;
    Bounds bounds;
    bounds.most_bytes = std::uint64_t{6} << 20U;
    const auto save_one = [](History& history) {
        Episode episode = large_episode(history.next_id(), 300, 200);
        episode.ended = kNoon;
        return history.save(episode, kNoon).ok();
    };
    {
        const auto history = opened(directory, bounds);
        while (history->size_bytes() < bounds.most_bytes - (std::uint64_t{1} << 18U))
            ASSERT_TRUE(save_one(*history));
    }
    const auto history = opened(directory, bounds);
    const auto size = std::filesystem::file_size(directory / "history.sqlite");
    overwrite(directory / "history.sqlite", 8 * 4096, std::string(size - 16 * 4096, '\xa5'));
    bool failed = false;
    for (int count = 0; count < 40 && !failed; ++count)
        failed = !save_one(*history);
    EXPECT_TRUE(failed);
    EXPECT_EQ(files_set_aside(directory).size(), 1U);
    EXPECT_THAT(only_warning(*history), HasSubstr("is set aside"));
    expect_works(*history);
}

TEST(HistoryDamage, OnlySoManySetAsideFilesAreKept)
{
    const TemporaryDirectory directory;
    for (int count = 0; count < 6; ++count) {
        directory.write("history.sqlite", std::string(100, 'x'));
        opened(directory, {}, kNoon + count * 1s);
    }
    const auto left = files_set_aside(directory);
    ASSERT_EQ(left.size(), kMostSetAside);
    EXPECT_EQ(left.back(), "history.sqlite.damaged-20260131T120005Z");
}

TEST(HistoryDamage, DatabaseOfSomebodyElseIsSetAside)
{
    const TemporaryDirectory directory;
    run_sql(directory / "history.sqlite", "CREATE TABLE theirs(x); INSERT INTO theirs VALUES(1)");
    const auto history = opened(directory);
    EXPECT_THAT(only_warning(*history), HasSubstr("no history of slotscope's"));
    ASSERT_EQ(files_set_aside(directory).size(), 1U);
    run_sql(directory / files_set_aside(directory)[0], "SELECT x FROM theirs"); // whole still
    expect_works(*history);
}

TEST(HistoryDamage, NewerSchemaIsLeftAsItIs)
{
    const TemporaryDirectory directory;
    fill(directory, 2);
    run_sql(directory / "history.sqlite", "PRAGMA user_version=2; CREATE TABLE of_tomorrow(x)");
    {
        const auto history = opened(directory);
        EXPECT_TRUE(history->in_memory());
        EXPECT_THAT(only_warning(*history), HasSubstr("its schema is 2, this slotscope knows 1"));
        EXPECT_THAT(only_warning(*history), HasSubstr("in memory only"));
        expect_works(*history);
    }
    EXPECT_TRUE(files_set_aside(directory).empty());
    run_sql(directory / "history.sqlite", "PRAGMA user_version=1");
    EXPECT_EQ(value_of(opened(directory)->list({})).size(), 2U);
}

TEST(HistoryDamage, WhatIsNoFileIsSetAside)
{
    const TemporaryDirectory directory;
    ASSERT_EQ(::mkfifo((directory / "history.sqlite").c_str(), 0600), 0);
    auto history = opened(directory);
    EXPECT_THAT(only_warning(*history), HasSubstr("not a regular file"));
    expect_works(*history);
}

TEST(HistoryDamage, DirectoryThatIsNotThereMeansMemory)
{
    const TemporaryDirectory directory;
    const auto history = History::open(directory / "none", {}, kNoon);
    EXPECT_TRUE(history->in_memory());
    EXPECT_THAT(only_warning(*history), HasSubstr("in memory only"));
    EXPECT_THAT(only_warning(*history), HasSubstr("No such file or directory"));
    expect_works(*history);
}

TEST(HistoryDamage, DirectoryThatCannotBeWrittenMeansMemory)
{
    const TemporaryDirectory directory;
    // Root may write everywhere, but not into this.
    const auto history = History::open(::geteuid() == 0 ? "/proc/self" : "/", {}, kNoon);
    EXPECT_TRUE(history->in_memory());
    EXPECT_THAT(only_warning(*history), HasSubstr("make it writable"));
    expect_works(*history);
}

TEST(HistoryDamage, SecondAgentGoesOnInMemory)
{
    const TemporaryDirectory directory;
    const auto first = opened(directory);
    Episode lasts = large_episode(first->next_id(), 1, 1);
    expect_ok(first->save(lasts, kNoon));
    const auto second = opened(directory);
    EXPECT_TRUE(second->in_memory());
    EXPECT_THAT(only_warning(*second), HasSubstr("another slotscoped uses"));
    EXPECT_FALSE(value_of(first->find(lasts.id))->cut_off);
    expect_works(*second);
}

TEST(Damage, OfOneEpisodeDoesNotHideTheOthers)
{
    const TemporaryDirectory directory;
    fill(directory, 3);
    run_sql(directory / "history.sqlite", "UPDATE episodes SET verdict = '{' WHERE id = 2");
    const auto history = opened(directory);
    EXPECT_EQ(value_of(history->list({})).size(), 2U);
    EXPECT_THAT(only_warning(*history), HasSubstr("the verdict of episode 2 cannot be read"));
}

TEST(HistoryDamage, WhereThereIsNoMemoryForOneEitherEverythingIsAnError)
{
    const auto before = sqlite3_hard_heap_limit64(-1);
    sqlite3_hard_heap_limit64(1);
    const auto history = History::open("/nonexistent/directory", {}, kNoon);
    sqlite3_hard_heap_limit64(before);

    EXPECT_THAT(only_warning(*history), HasSubstr("no history is kept, not in memory either"));
    EXPECT_EQ(history->next_id(), 1U);
    EXPECT_EQ(history->next_id(), 2U);
    EXPECT_FALSE(history->save(sample_episode(1), kNoon));
    EXPECT_FALSE(history->save_baselines(std::vector{BackendBaseline{}}, kNoon));
    EXPECT_FALSE(history->list({}));
    EXPECT_FALSE(history->find(1));
    EXPECT_FALSE(history->baselines());
    EXPECT_FALSE(history->trim(kNoon, 1));
    EXPECT_EQ(history->size_bytes(), 0U);
}

} // namespace
} // namespace slotscope::store
