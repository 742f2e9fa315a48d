// SPDX-License-Identifier: MIT
// What is told by those who should serve: they are stopped, or wait for a lock on a file.
#include "analyze/causes.h"
#include "analyze/judge.h"
#include "situations.h"

#include <gtest/gtest.h>

namespace slotscope::analyze::test {
namespace {

Evidence stopped()
{
    Evidence e = at_limit();
    flow(e, 2, 0, 4);
    held(e, 8, {.age_seconds = 3});
    e.long_completions = 0;
    e.other_end = OtherEnd{.in_use = 8, .not_accepted = 4, .oldest_not_accepted_seconds = 3, .owners = 1};
    e.threads.processes = e.threads.stopped_processes = 1;
    return e;
}

TEST(ServingThreads, OfAProcessThatIsStoppedAnswerNothing)
{
    const Verdict verdict = judge(stopped(), nullptr);
    EXPECT_EQ(verdict.cause, Cause::stuck_calls);
    EXPECT_GT(verdict.confidence, 0.6);
    EXPECT_NE(verdict.sentence.find("1 process is stopped"), std::string::npos) << verdict.sentence;
}

TEST(ServingThreads, OfWhichOneProcessRunsAreNotStopped)
{
    Evidence e = stopped();
    e.threads.processes = 2;
    EXPECT_EQ(stuck_calls(e).score, 0);
    EXPECT_EQ(judge(e, nullptr).cause, Cause::accept_stall);
}

Evidence locked()
{
    Evidence e = at_limit();
    flow(e, 1, 0.5, 4);
    held(e, 8, {.age_seconds = 3});
    e.long_completions = 0;
    e.threads.looked_at = 5;
    e.threads.file_locked = 4;
    return e;
}

TEST(ServingThreads, ThatWaitForALockOnAFileAreServedOneAtATime)
{
    const Verdict verdict = judge(locked(), nullptr);
    EXPECT_EQ(verdict.cause, Cause::serialisation);
    EXPECT_GT(verdict.confidence, 0.6);
    EXPECT_NE(verdict.sentence.find("4 of 5 threads"), std::string::npos) << verdict.sentence;
}

TEST(ServingThreads, OfWhichOneWaitsForALockOnAFileSayNothing)
{
    Evidence e = locked();
    e.threads.file_locked = 1;
    EXPECT_EQ(serialisation(e).score, 0);
    e = locked();
    e.threads.looked_at = 16;
    EXPECT_EQ(serialisation(e).score, 0) << "a quarter of them";
}

} // namespace
} // namespace slotscope::analyze::test
