// SPDX-License-Identifier: MIT
// The process is killed; what was saved is there.
#include "sample.h"

#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace slotscope::store {
namespace {

// Runs `work` in a child process until that kills itself or is killed.
template <typename Work>
pid_t in_child(Work work)
{
    const pid_t child = ::fork();
    if (child == 0) {
        work();
        ::_exit(0);
    }
    return child;
}

void expect_killed(pid_t child)
{
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

TEST(HistoryCrash, WhatWasSavedRightBeforeTheKillIsThere)
{
    const TemporaryDirectory directory;
    const Episode episode = large_episode(1, 600, 1000);
    expect_killed(in_child([&] {
        const auto history = opened(directory);
        if (history->next_id() == 1 && history->save(episode, kNoon))
            ::kill(::getpid(), SIGKILL);
    }));
    const auto history = opened(directory, {}, kNoon + 1h);
    EXPECT_TRUE(history->warnings().empty()) << testing::PrintToString(history->warnings());
    const auto found = value_of(history->find(1));
    ASSERT_TRUE(found);
    Episode cut = episode;
    cut.cut_off = true;
    cut.ended = kNoon;
    expect_same(*found, cut);
    EXPECT_EQ(history->next_id(), 2U);
}

// Each saved one is told through a pipe; the kill comes at any moment, in the middle of a save or a
// checkpoint too.
TEST(HistoryCrash, KillAtAnyMomentLosesNothingThatWasSaved)
{
    const TemporaryDirectory directory;
    std::uint64_t saved = 0;
    for (int round = 0; round < 10; ++round) {
        int ends[2];
        ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        const pid_t child = in_child([&] {
            const auto history = opened(directory);
            for (;;) {
                Episode episode = large_episode(history->next_id(), 300, 300);
                if (!history->save(episode, kNoon))
                    ::_exit(1);
                episode.ended = kNoon + 1s;
                if (!history->save(episode, kNoon) || ::write(ends[1], &episode.id, sizeof(episode.id)) < 0)
                    ::_exit(1);
            }
        });
        ::close(ends[1]);
        std::this_thread::sleep_for(std::chrono::milliseconds(60 + 17 * round));
        ::kill(child, SIGKILL);
        expect_killed(child);
        std::uint64_t id = 0;
        while (::read(ends[0], &id, sizeof(id)) == static_cast<ssize_t>(sizeof(id)))
            saved = id;
        ::close(ends[0]);

        const auto history = opened(directory);
        EXPECT_TRUE(history->warnings().empty()) << testing::PrintToString(history->warnings());
        const auto newest =
            value_of(history->list({.backend = "", .since = {}, .until = {}, .count = 100'000}));
        std::uint64_t whole = 0;
        for (const Episode& each : newest)
            whole = each.cut_off ? whole : std::max(whole, each.id);
        EXPECT_GE(whole, saved);
        if (saved > 0) {
            const auto found = value_of(history->find(saved));
            ASSERT_TRUE(found) << saved;
            EXPECT_FALSE(found->cut_off);
            EXPECT_EQ(found->holders.size(), 300U);
            EXPECT_EQ(found->timeline.size(), 300U);
        }
    }
    EXPECT_GT(saved, 10U);
}

} // namespace
} // namespace slotscope::store
