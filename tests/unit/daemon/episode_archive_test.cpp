// SPDX-License-Identifier: MIT
// Episodes over restarts: memory first, then the history.
#include "daemon/episode_archive.h"
#include "daemon/state_directory.h"
#include "temporary_directory.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace slotscope::daemon {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using TimePoint = std::chrono::system_clock::time_point;

const TimePoint kNow{1'769'847'330s};

Episode episode_of(std::uint64_t id, TimePoint began)
{
    Episode episode;
    episode.id = id;
    episode.backend = "app1";
    episode.began = began;
    episode.timeline.resize(3);
    episode.holders.resize(2);
    episode.holders_total = 2;
    episode.verdict.sentence = "sentence " + std::to_string(id);
    return episode;
}

std::vector<std::uint64_t> ids(const std::vector<Episode>& episodes)
{
    std::vector<std::uint64_t> ids;
    for (const Episode& each : episodes)
        ids.push_back(each.id);
    return ids;
}

TEST(EpisodeArchive, AnswersOfFormerAgentsComeFromTheHistory)
{
    const TemporaryDirectory directory;
    {
        EpisodeArchive archive(directory / "state", {}, kNow);
        EXPECT_EQ(archive.next_id(), 1U);
        archive.save(episode_of(1, kNow), kNow + 2s);
        ASSERT_EQ(archive.active().size(), 1U);
    } // as a kill would: nothing is told of the end
    EpisodeArchive archive(directory / "state", {}, kNow + 60s);
    EXPECT_TRUE(archive.active().empty());
    const auto found = archive.find(1);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->cut_off);
    EXPECT_EQ(found->ended, kNow + 2s);
    EXPECT_EQ(found->timeline.size(), 3U);
    EXPECT_EQ(found->holders.size(), 2U);
    EXPECT_EQ(found->verdict.sentence, "sentence 1");
    EXPECT_FALSE(archive.find(2));
    EXPECT_EQ(archive.next_id(), 2U);
}

TEST(EpisodeArchive, ListHasEachEpisodeOnceAndTheNewestFirst)
{
    const TemporaryDirectory directory;
    {
        EpisodeArchive archive(directory / "state", {}, kNow);
        for (std::uint64_t count = 0; count < 3; ++count)
            archive.save(episode_of(archive.next_id(), kNow + std::chrono::seconds(count)), kNow + 3s);
    }
    EpisodeArchive archive(directory / "state", {}, kNow + 60s);
    archive.save(episode_of(archive.next_id(), kNow + 61s), kNow + 62s);
    archive.save(episode_of(archive.next_id(), kNow + 63s), kNow + 64s);
    EXPECT_EQ(ids(archive.list({})), (std::vector<std::uint64_t>{5, 4, 3, 2, 1}));
    EpisodeQuery query;
    query.count = 3;
    EXPECT_EQ(ids(archive.list(query)), (std::vector<std::uint64_t>{5, 4, 3}));
    query.backend = "another";
    EXPECT_TRUE(archive.list(query).empty());
    EXPECT_TRUE(archive.warnings().empty());
}

TEST(EpisodeArchive, GoesOnInMemoryWhereTheDirectoryCannotBeUsed)
{
    const TemporaryDirectory directory;
    directory.write("state", "a file");
    EpisodeArchive archive(directory / "state", {}, kNow);
    ASSERT_EQ(archive.warnings().size(), 1U);
    EXPECT_THAT(archive.warnings()[0], HasSubstr("in memory only"));
    archive.save(episode_of(archive.next_id(), kNow), kNow);
    EXPECT_TRUE(archive.find(1));
    EXPECT_EQ(archive.list({}).size(), 1U);
}

TEST(StateDirectory, IsMadeForTheAgentAndItsGroup)
{
    const TemporaryDirectory directory;
    const mode_t before = ::umask(0077);
    for (const char* path : {"a/b/state", "slash/"})
        EXPECT_TRUE(make_state_directory(directory / path).ok());
    ::umask(before);
    struct stat status {};
    for (const char* path : {"a/b/state", "slash"}) {
        ASSERT_EQ(::stat((directory / path).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777U, 0750U);
        if (const group* const found = ::getgrnam("slotscope"); found != nullptr && ::geteuid() == 0) {
            EXPECT_EQ(status.st_gid, found->gr_gid);
        }
    }
}

TEST(StateDirectory, OneThatIsThereStaysAsItIs)
{
    const TemporaryDirectory directory;
    ASSERT_EQ(::mkdir((directory / "state").c_str(), 0700), 0);
    EXPECT_TRUE(make_state_directory(directory / "state").ok());
    struct stat status {};
    ASSERT_EQ(::stat((directory / "state").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0700U);
}

TEST(StateDirectory, WhatCannotBeMadeIsSaid)
{
    const TemporaryDirectory directory;
    directory.write("file", "x");
    for (const char* path : {"file", "file/state"}) {
        const auto made = make_state_directory(directory / path);
        ASSERT_FALSE(made.ok()) << path;
        EXPECT_THAT(made.error().message, HasSubstr("cannot be made"));
    }
}

} // namespace
} // namespace slotscope::daemon
