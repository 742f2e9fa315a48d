// SPDX-License-Identifier: MIT
// Threads that wait for each other within a process: by one lock, or for helpers.
#include "analyze/causes.h"
#include "analyze/judge.h"
#include "analyze/lock_tally.h"
#include "situations.h"

#include <gtest/gtest.h>

namespace slotscope::analyze::test {
namespace {

// Looks at eight threads that serve, of which so many wait for another one.
LockQueue looks(std::initializer_list<std::uint64_t> waiting)
{
    LockTally tally;
    for (const std::uint64_t each : waiting)
        tally.add({.looked_at = 8, .waiting = each});
    return tally.mean();
}

// Each call takes longer, as many arrive as before, and some have ended.
Evidence with(const LockQueue& queue)
{
    Evidence e = slow();
    e.lock_queue = queue;
    return e;
}

TEST(LockTally, LeavesOutLooksAtTooFewThreads)
{
    LockTally tally;
    tally.add({.looked_at = 2, .waiting = 1});
    EXPECT_EQ(tally.mean().samples, 0U);
    tally.add({.looked_at = 4, .waiting = 3});
    tally.add({.looked_at = 4, .waiting = 1});
    EXPECT_EQ(tally.mean().samples, 2U);
    EXPECT_DOUBLE_EQ(tally.mean().waiting, 2);
    EXPECT_DOUBLE_EQ(tally.mean().working, 2);
    EXPECT_DOUBLE_EQ(tally.mean().variance, 1);
}

TEST(LockQueue, OfWhichOneAlwaysWorksIsServedOneAtATime)
{
    const Verdict verdict = judge(with(looks({7, 7, 7, 6, 7, 7})), nullptr);
    EXPECT_EQ(verdict.cause, Cause::serialisation);
    EXPECT_GT(verdict.confidence, 0.6);
    EXPECT_NE(verdict.sentence.find("wait for another thread"), std::string::npos) << verdict.sentence;
}

TEST(LockQueue, OfWhichNoneIsLeftWaitsForHelpers)
{
    EXPECT_EQ(judge(with(looks({8, 8, 8, 8, 8, 8})), nullptr).cause, Cause::slow_backend);
}

TEST(LockQueue, OfWhichMostWorkIsSlow)
{
    EXPECT_EQ(judge(with(looks({0, 1, 0, 0, 2, 0})), nullptr).cause, Cause::slow_backend);
}

TEST(LockQueue, OfWhichOneWorksOnAverageOnlyIsChance)
{
    EXPECT_EQ(judge(with(looks({8, 6, 8, 5, 8, 7})), nullptr).cause, Cause::slow_backend);
}

TEST(LockQueue, ThatWasHardlyLookedAtLeavesItOpen)
{
    EXPECT_EQ(judge(with(looks({7, 7})), nullptr).cause, Cause::unknown);
    EXPECT_EQ(judge(with(looks({8, 8})), nullptr).cause, Cause::slow_backend);
}

} // namespace
} // namespace slotscope::analyze::test
