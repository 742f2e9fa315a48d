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

TEST(ServingThreads, ThatWaitForADiskAreSaidTo)
{
    Evidence e = slow();
    e.disk_share = 0.9;
    const Verdict verdict = judge(e, nullptr);
    EXPECT_EQ(verdict.cause, Cause::slow_backend);
    EXPECT_NE(verdict.sentence.find("90 % of the threads that serve were found waiting for a disk"),
              std::string::npos)
        << verdict.sentence;
    e.disk_share = 0.1;
    EXPECT_EQ(judge(e, nullptr).sentence.find("disk"), std::string::npos) << "now and then";
}

TEST(ServingThreads, OfAProcessWithoutFileDescriptorsAcceptNothing)
{
    Evidence e = stopped();
    e.threads.stopped_processes = 0;
    e.threads.out_of_files = 812;
    e.threads.open_files = 1024;
    const Verdict verdict = judge(e, nullptr);
    EXPECT_EQ(verdict.cause, Cause::accept_stall);
    EXPECT_NE(verdict.sentence.find("process 812 has no file descriptor left, 1024 are open"),
              std::string::npos)
        << verdict.sentence;
    EXPECT_NE(verdict.advice.front().change.find("/proc/812/fd"), std::string::npos);
}

// 14 sessions of a database, of which so many wait for a lock.
Evidence sessions(std::uint64_t waiting)
{
    Evidence e = at_limit();
    e.direction = Direction::inbound;
    e.kind = SlotKind::connections;
    flow(e, 3, 0.5, 2);
    held(e, 8, {.age_seconds = 1.5, .label = "UPDATE accounts"});
    e.long_completions = 0;
    e.locks.looked_at = 14;
    e.locks.waiting = waiting;
    e.locks.oldest_waiting_seconds = 1.5;
    return e;
}

TEST(SessionLocks, ThatAnIdleSessionKeepsLeaveTheOthersStuck)
{
    Evidence e = sessions(12);
    e.locks.idle_in_transaction = 1;
    e.locks.longest_idle_seconds = 2;
    e.locks.keeper = "10.0.0.7:41234";
    const Verdict verdict = judge(e);
    EXPECT_EQ(verdict.cause, Cause::stuck_calls);
    EXPECT_GT(verdict.confidence, 0.6);
    EXPECT_NE(verdict.sentence.find("12 sessions wait for a lock"), std::string::npos) << verdict.sentence;
    EXPECT_NE(verdict.sentence.find("10.0.0.7:41234, idle in a transaction"), std::string::npos)
        << verdict.sentence;
}

TEST(SessionLocks, ThatSessionsHaveInTurnAreServedOneAtATime)
{
    Evidence e = sessions(12);
    EXPECT_EQ(judge(e).cause, Cause::serialisation);
    e.locks.idle_in_transaction = 1; // others had the lock since the oldest began to wait
    e.locks.longest_idle_seconds = 0.4;
    const Verdict verdict = judge(e);
    EXPECT_EQ(verdict.cause, Cause::serialisation);
    EXPECT_NE(verdict.sentence.find("12 of 14 sessions"), std::string::npos) << verdict.sentence;
}

// Of a database that does not say what its sessions wait for.
Evidence presumed(double idle_seconds)
{
    Evidence e = sessions(12);
    e.locks.presumed = true;
    e.locks.idle_in_transaction = 1;
    e.locks.longest_idle_seconds = idle_seconds;
    e.locks.keeper = "10.0.0.7:41234";
    return e;
}

TEST(SessionLocks, ArePresumedWhereNothingEndsSinceOneWentIdleInATransaction)
{
    const Verdict verdict = judge(presumed(1.7));
    EXPECT_EQ(verdict.cause, Cause::stuck_calls);
    EXPECT_GT(verdict.confidence, 0.5);
    EXPECT_LT(verdict.confidence, 0.8) << "nobody has said so";
    EXPECT_NE(verdict.sentence.find("since the one of 10.0.0.7:41234 went idle in a transaction, 1.7 s ago"),
              std::string::npos)
        << verdict.sentence;
    EXPECT_EQ(waits_for_locks(presumed(60)), 0) << "nobody had wanted it for long";
    Evidence ends = presumed(1.7);
    ends.completed.counts.resize(kHistogramBuckets);
    ends.completed.counts[82] = 2; // about 1.5 s
    EXPECT_EQ(waits_for_locks(ends), 0) << "what waits for somebody idle does not end";
}

TEST(SessionLocks, OfAFewSayNothing)
{
    Evidence e = sessions(2);
    e.locks.idle_in_transaction = 1;
    e.locks.longest_idle_seconds = 60;
    EXPECT_EQ(waits_for_locks(e), 0);
    EXPECT_EQ(stuck_calls(e).score, 0);
    e = sessions(12);
    e.locks.oldest_waiting_seconds = 0.1;
    EXPECT_EQ(waits_for_locks(e), 0) << "the pile is not there yet";
}

} // namespace
} // namespace slotscope::analyze::test
