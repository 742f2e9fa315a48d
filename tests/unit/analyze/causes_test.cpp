// SPDX-License-Identifier: MIT
// Each cause with the evidence that must yield it, and its look-alike that must not.
#include "analyze/judge.h"
#include "model/histogram.h"
#include "situations.h"

#include <gtest/gtest.h>

namespace slotscope::analyze::test {
namespace {

constexpr double kSure = 0.7;

void expect_sure(Cause cause, const Evidence& evidence)
{
    const Verdict verdict = judge(evidence);
    EXPECT_EQ(to_string(verdict.cause), to_string(cause)) << verdict.sentence;
    EXPECT_GE(verdict.confidence, kSure) << verdict.sentence;
    EXPECT_LE(verdict.confidence, 0.99);
}

void expect_not(Cause cause, const Evidence& evidence)
{
    const Verdict verdict = judge(evidence);
    EXPECT_NE(to_string(verdict.cause), to_string(cause)) << verdict.sentence;
}

TEST(DemandSurge, MoreArriveAndEachTakesAsLongAsBefore)
{
    expect_sure(Cause::demand_surge, surge());
}

TEST(DemandSurge, IsSeenWhereCallsArriveWhenAQueueHidesItHere)
{
    Evidence e = at_limit();
    e.baseline.hold_seconds = 0.3; // 6 of 8 before
    e.baseline.slots_in_use = e.baseline.in_use = 6;
    flow(e, 26, 26, 0.31);
    e.demand = Demand{20, 60, 30};
    expect_sure(Cause::demand_surge, e);
}

TEST(DemandSurge, IsNotWhatASlowBackendDoesToTheNumberOfSlots)
{
    expect_not(Cause::demand_surge, slow());
}

TEST(DemandSurge, IsNotSaidWithoutAnythingToCompareWith)
{
    Evidence e = surge();
    e.baseline = {};
    expect_not(Cause::demand_surge, e);
}

TEST(SlowBackend, CallsTakeLongerBeforeTheirAnswerBegins)
{
    expect_sure(Cause::slow_backend, slow());
}

TEST(SlowBackend, IsNotADependencyThatIsSeenToBeWaitedFor)
{
    Evidence e = slow();
    held(e, 8, {.age_seconds = 0.8, .waits_for = "127.0.0.1:5432"});
    expect_not(Cause::slow_backend, e);
}

TEST(SlowBackend, IsNotSaidUntilALongCallHasEnded)
{
    Evidence e = slow();
    flow(e, 4, 0, 2);
    held(e, 8, {.age_seconds = 2});
    e.long_completions = 0;
    const Verdict verdict = judge(e);
    EXPECT_EQ(verdict.cause, Cause::unknown) << verdict.sentence;
    EXPECT_NE(verdict.sentence.find("whether the long calls end at all"), std::string::npos)
        << verdict.sentence;
}

// Each gives up after half a second and asks again: four times as many arrive.
TEST(SlowBackend, IsWhatClientsGiveUpOnAndAskAgain)
{
    Evidence e = slow();
    flow(e, 80, 78, 0.5);
    e.aborted_share = 0.9;
    expect_sure(Cause::slow_backend, e);
    Evidence patient = e;
    patient.aborted_share = 0;
    EXPECT_LT(judge(patient).confidence, judge(e).confidence);
}

TEST(SlowBackend, IsNotClientsThatSendSlowly)
{
    Evidence e = slow();
    held(e, 8, {.call = CallState::request, .age_seconds = 4, .last_io_seconds = 0.1});
    const Verdict verdict = judge(e);
    EXPECT_EQ(verdict.cause, Cause::unknown) << verdict.sentence;
    EXPECT_NE(verdict.sentence.find("still sending their requests"), std::string::npos) << verdict.sentence;
    held(e, 8, {.call = CallState::request, .age_seconds = 4, .last_io_seconds = 4}); // all is sent
    expect_sure(Cause::slow_backend, e);
}

TEST(SlowDependency, TheHoldersWaitForTheNextHop)
{
    Evidence e = slow();
    held(e, 8, {.age_seconds = 0.8, .waits_for = "127.0.0.1:5432"});
    expect_sure(Cause::slow_dependency, e);
    const Verdict verdict = judge(e);
    ASSERT_TRUE(verdict.dependency);
    EXPECT_EQ(verdict.dependency->address, "127.0.0.1:5432");
    EXPECT_EQ(verdict.dependency->call, "SELECT … FROM orders");
    EXPECT_EQ(verdict.dependency->backend, "db");
}

TEST(SlowDependency, IsNotWhatEveryCallAlwaysDoesWhileMoreArrive)
{
    Evidence e = surge();
    held(e, 8, {.waits_for = "127.0.0.1:5432"});
    expect_sure(Cause::demand_surge, e);
}

// One look in the moment in which it asks what it always asks.
TEST(SlowDependency, IsNotSaidOfWhatWasMetByChance)
{
    Evidence e = slow();
    held(e, 8, {.age_seconds = 0.8, .waits_for = "127.0.0.1:5432", .wait_seconds = 0.005}, 2);
    EXPECT_EQ(judge(e).cause, Cause::unknown) << judge(e).sentence;
    EXPECT_FALSE(judge(e).missing.empty());
    held(e, 8, {.age_seconds = 0.8, .waits_for = "127.0.0.1:5432", .wait_seconds = 0.005}, 8);
    expect_sure(Cause::slow_dependency, e); // many short ones in a row
}

// Four workers wait for the database, and four connections for one of these.
TEST(SlowDependency, IsWhatTheAcceptQueueComesFrom)
{
    Evidence e = slow();
    std::vector<HolderIs> all(4, {.age_seconds = 0.8, .waits_for = "127.0.0.1:5432"});
    all.resize(8, {.age_seconds = 0.8});
    held(e, all);
    e.other_end = OtherEnd{.in_use = 8, .not_accepted = 4, .oldest_not_accepted_seconds = 0.8, .owners = 4};
    expect_sure(Cause::slow_dependency, e);
    held(e, 8, {.age_seconds = 0.8});
    expect_not(Cause::slow_dependency, e);
}

TEST(LimitTooLow, NothingHasChangedAndItIsFull)
{
    Evidence e = at_limit();
    e.baseline.arrivals_per_second = 62;
    e.baseline.slots_in_use = e.baseline.in_use = 6.2;
    flow(e, 64, 64, 0.105);
    expect_sure(Cause::limit_too_low, e);
}

TEST(LimitTooLow, IsLessSureWithoutAnythingToCompareWith)
{
    Evidence e = at_limit();
    e.baseline = {};
    flow(e, 80, 80, 0.1);
    const Verdict verdict = judge(e);
    EXPECT_EQ(verdict.cause, Cause::limit_too_low) << verdict.sentence;
    EXPECT_LT(verdict.confidence, kSure);
    ASSERT_FALSE(verdict.missing.empty());
}

TEST(LimitTooLow, IsNotSaidWhereASecondBeforeItWasFarFromFull)
{
    Evidence e = at_limit();
    e.baseline = {};
    e.baseline.seconds = 1.2;
    e.baseline.slots_in_use = 0.4;
    flow(e, 5, 4.5, 0.8);
    expect_not(Cause::limit_too_low, e);
    e.baseline.slots_in_use = 6;
    EXPECT_EQ(judge(e).cause, Cause::limit_too_low);
}

// Most calls take 20 ms; those that hold the slots are there for two seconds.
TEST(LimitTooLow, IsNotAFewLongCallsAmongManyShortOnes)
{
    Evidence e = at_limit();
    e.baseline = {};
    flow(e, 7.3, 7.2, 0.4);
    e.during.hold_p50_seconds = e.lately.hold_p50_seconds = 0.02;
    held(e, 8, {.age_seconds = 2});
    expect_not(Cause::limit_too_low, e);
    held(e, 8, {.age_seconds = 2, .waits_for = "127.0.0.1:5432"});
    EXPECT_EQ(judge(e).cause, Cause::slow_dependency) << judge(e).sentence;
}

// The long ones have begun together a moment ago: those that have ended tell how it is.
TEST(LimitTooLow, IsNotAFewLongCallsThatAreYoungTogether)
{
    Evidence e = at_limit();
    e.baseline = {};
    flow(e, 20, 18, 0.8);
    e.during.hold_p50_seconds = e.lately.hold_p50_seconds = 0.02;
    held(e, 8, {.age_seconds = 0.1});
    e.completed.counts.resize(kHistogramBuckets);
    e.completed.counts[58] = 60; // about 20 ms
    e.completed.counts[86] = 10; // about 3 s
    EXPECT_GT(slow_backend(e).score, 1.5 * limit_too_low(e).score);
}

TEST(LimitTooLow, IsNotASurge)
{
    expect_not(Cause::limit_too_low, surge());
}

TEST(StuckCalls, AgesGrowAndNothingOfThatAgeEnds)
{
    Evidence e = at_limit();
    flow(e, 0.3, 0, 30);
    held(e, 8, {.age_seconds = 30}, 20);
    e.long_completions = 0;
    e.during.completions = e.lately.completions = 0;
    expect_sure(Cause::stuck_calls, e);
}

TEST(StuckCalls, AreSeenEarlyWhereAllThreadsWaitForALock)
{
    Evidence e = at_limit();
    flow(e, 0.3, 0, 2);
    held(e, 8, {.age_seconds = 2});
    e.long_completions = 0;
    EXPECT_EQ(judge(e).cause, Cause::unknown);
    e.threads = {.looked_at = 8, .locked = 8};
    expect_sure(Cause::stuck_calls, e);
    e.next_hop = NextHop{.address = "127.0.0.1:8082", .concurrency = 4, .variance = 2}; // they wait for that
    EXPECT_EQ(judge(e).cause, Cause::unknown);
    e.next_hop = std::nullopt;
    e.next_hop_open = true; // whether they wait for somebody is still being looked at
    EXPECT_EQ(judge(e).cause, Cause::unknown);
}

// Somebody has taken a core dump of them.
TEST(StuckCalls, AreTheSameAfterThoseWhoWereStoppedGoOn)
{
    Evidence e = slow();
    e.lasted_seconds = 5;
    e.stopped_seconds = 4;
    e.threads = {.looked_at = 1, .processes = 1};
    expect_sure(Cause::stuck_calls, e);
    EXPECT_NE(judge(e).sentence.find("stopped by a signal or a debugger, and go on now"), std::string::npos);
    e.lasted_seconds = 60; // it has been slow for a minute since
    expect_sure(Cause::slow_backend, e);
}

// By timing a long poll looks like a stuck call.
TEST(StuckCalls, AreLessSureWithoutNames)
{
    Evidence e = at_limit();
    flow(e, 0.3, 0, 30);
    e.long_completions = 0;
    held(e, 8, {.age_seconds = 60}, 20);
    const double named = stuck_calls(e).score;
    held(e, 8, {.age_seconds = 60, .label = ""}, 20);
    EXPECT_LT(stuck_calls(e).score, 0.75 * named);
    e.threads = {.looked_at = 8, .locked = 8};
    EXPECT_GT(stuck_calls(e).score, 0.9);
}

// One subscription that is open for an hour says nothing of the others.
TEST(StuckCalls, AreNotSlowOnesBesideOneThatIsOldByNature)
{
    Evidence e = slow();
    std::vector<HolderIs> all(7, {.age_seconds = 0.8});
    all.push_back({.age_seconds = 3600});
    held(e, all);
    e.completed.counts.resize(kHistogramBuckets);
    e.completed.counts[82] = 20; // about 1.5 s
    expect_sure(Cause::slow_backend, e);
}

TEST(StuckCalls, AreNotSlowOnesOfWhichSomeHaveEnded)
{
    Evidence e = at_limit();
    flow(e, 0.3, 0.2, 30);
    held(e, 8, {.age_seconds = 30}, 20);
    e.long_completions = 3;
    expect_sure(Cause::slow_backend, e);
}

TEST(ConnectionLeak, ThePeerHasClosedAndTheOwnerDoesNot)
{
    Evidence e = at_limit();
    e.kind = SlotKind::connections;
    e.direction = Direction::inbound;
    held(e, 8,
         {.call = CallState::none,
          .age_seconds = 20,
          .state = ConnectionState::peer_closed,
          .accepted = true,
          .last_io_seconds = 20});
    flow(e, 0.5, 0, 0.1, 0);
    expect_sure(Cause::connection_leak, e);
}

TEST(ConnectionLeak, IsNotAHalfClosedRequestThatIsBeingServed)
{
    Evidence e = slow();
    held(e, 8, {.age_seconds = 1, .state = ConnectionState::peer_closed, .accepted = true});
    expect_not(Cause::connection_leak, e);
}

TEST(ConnectionLeak, IsNotAClosedConnectionThatNobodyHasAccepted)
{
    Evidence e = at_limit();
    e.kind = SlotKind::connections;
    e.direction = Direction::inbound;
    held(e, 8,
         {.call = CallState::none,
          .age_seconds = 20,
          .state = ConnectionState::peer_closed,
          .accepted = false,
          .last_io_seconds = 20});
    flow(e, 0.5, 0, 0.1, 0);
    expect_not(Cause::connection_leak, e);
}

TEST(IdleHolders, ConnectionsWithoutACallFillALimitThatCountsThem)
{
    Evidence e = at_limit();
    e.kind = SlotKind::connections;
    held(e, 8, {.call = CallState::none, .age_seconds = 120});
    flow(e, 20, 20, 0.1, 0.5);
    expect_sure(Cause::idle_holders, e);
}

TEST(IdleHolders, AreNotConnectionsThatWork)
{
    Evidence e = slow();
    e.kind = SlotKind::connections;
    expect_sure(Cause::slow_backend, e);
}

TEST(GenerationOverlap, ReplacedProcessesStillHold)
{
    Evidence e = at_limit();
    e.old_generations = 3;
    e.old_generations_share = 0.7;
    e.generation_process = "haproxy";
    flow(e, 20, 20, 0.11);
    expect_sure(Cause::generation_overlap, e);
}

TEST(GenerationOverlap, IsNotSeveralWorkersOfOneGeneration)
{
    Tally tally;
    std::vector<Holder> holders;
    for (std::uint32_t pid = 100; pid < 104; ++pid)
        holders.push_back(holder({.age_seconds = 30, .pid = pid}));
    tally.add(holders, holders.size(), 1);
    constexpr std::uint64_t second = 1'000'000'000;
    ProcessBook book;
    for (std::uint32_t pid = 100; pid < 104; ++pid)
        book[pid] = {"haproxy", 100 * second + pid, true};
    EXPECT_EQ(old_generations(tally, book, 200 * second).processes, 0U);
    book[100].listening = false; // told to end, and a newer one is there
    book[103].started_ns = 190 * second;
    EXPECT_EQ(old_generations(tally, book, 190 * second + second / 2).processes, 0U)
        << "a child that was just forked has its parent's listener";
    EXPECT_EQ(old_generations(tally, book, 200 * second).processes, 1U);
    EXPECT_DOUBLE_EQ(old_generations(tally, book, 200 * second).share, 0.25);
}

TEST(AcceptStall, ConnectionsWaitToBeAccepted)
{
    Evidence e = at_limit();
    e.kind = SlotKind::connections;
    e.direction = Direction::inbound;
    std::vector<HolderIs> all(7, {.call = CallState::none, .age_seconds = 2, .accepted = false});
    all.push_back({.age_seconds = 0.1, .accepted = true});
    held(e, all);
    flow(e, 20, 10, 0.9);
    expect_sure(Cause::accept_stall, e);
}

TEST(AcceptStall, IsSeenFromTheCallersEndToo)
{
    Evidence e = at_limit();
    flow(e, 12, 10, 0.8);
    e.other_end = OtherEnd{8, 7, 0.7, 1};
    expect_sure(Cause::accept_stall, e);
}

TEST(AcceptStall, AFullQueueLeavesOthersConnecting)
{
    Evidence e = at_limit();
    e.kind = SlotKind::connections;
    std::vector<HolderIs> all(
        5, {.call = CallState::none, .age_seconds = 2, .state = ConnectionState::connecting});
    all.resize(8, {.age_seconds = 2});
    held(e, all);
    flow(e, 12, 10, 0.8);
    e.oldest_connecting_seconds = 2;
    e.other_end = OtherEnd{3, 2, 2, 1};
    expect_sure(Cause::accept_stall, e);
}

// A single worker is stuck with a call, and the rest waits in its queue, which takes none of its slots.
Evidence one_worker()
{
    Evidence e = at_limit();
    e.kind = SlotKind::connections;
    e.direction = Direction::inbound;
    e.limit = 1;
    e.baseline.hold_seconds = 0.01;
    held(e, 1, {.age_seconds = 2, .accepted = true});
    flow(e, 0, 0, 2, 1);
    e.long_completions = 0;
    e.queued = 6;
    e.oldest_queued_seconds = 2;
    return e;
}

TEST(AcceptStall, IsWhatTheOnlyWorkerOfAServerMakes)
{
    expect_sure(Cause::accept_stall, one_worker());
    Evidence later = one_worker();
    held(later, 1, {.age_seconds = 60, .accepted = true}, 30);
    expect_sure(Cause::accept_stall, later);
}

TEST(AcceptStall, IsNotAQueueBehindManyWorkers)
{
    Evidence e = slow();
    e.kind = SlotKind::connections;
    e.direction = Direction::inbound;
    e.queued = 30;
    e.oldest_queued_seconds = 4;
    expect_sure(Cause::slow_backend, e);
}

TEST(AcceptStall, IsNotAWorkerThatKeepsUpItsPaceWhileMoreCome)
{
    Evidence e = one_worker();
    flow(e, 60, 20, 0.05, 3);
    e.demand = Demand{20, 60, 10};
    e.long_completions = 20;
    expect_not(Cause::accept_stall, e);
}

TEST(AcceptStall, IsNotAWorkerThatWaitsForSomebody)
{
    Evidence e = one_worker();
    held(e, 1, {.age_seconds = 2, .accepted = true, .waits_for = "127.0.0.1:5432"});
    expect_not(Cause::accept_stall, e);
}

TEST(AcceptStall, IsNotWhereAllAreAccepted)
{
    Evidence e = slow();
    e.other_end = OtherEnd{8, 0, 0, 8};
    expect_sure(Cause::slow_backend, e);
}

TEST(Serialisation, MoreCameAndTheyAreDoneOneAfterTheOther)
{
    Evidence e = at_limit();
    e.baseline.arrivals_per_second = e.baseline.completions_per_second = 5;
    e.baseline.in_use = e.baseline.slots_in_use = 0.5;
    flow(e, 12, 10, 0.8);
    e.demand = Demand{5, 20, 20};
    expect_sure(Cause::serialisation, e);
}

TEST(Serialisation, TheNextHopIsAskedByOneAtATime)
{
    Evidence e = at_limit();
    flow(e, 12, 10, 0.8);
    e.next_hop = NextHop{.address = "127.0.0.1:8082", .concurrency = 1};
    expect_sure(Cause::serialisation, e);
}

// Calls for other things come by chance, 0.4 at a time, beside the one that all wait for.
TEST(Serialisation, IsSeenWhereSomeOfTheTrafficGoesPastIt)
{
    Evidence e = slow();
    e.next_hop = NextHop{.address = "127.0.0.1:8082", .concurrency = 1.4, .variance = 0.4, .usual = 0.7};
    expect_sure(Cause::serialisation, e);
}

TEST(Serialisation, IsNotChanceTrafficOfThatSize)
{
    Evidence e = slow();
    e.next_hop =
        NextHop{.address = "127.0.0.1:8082", .concurrency = 1.4, .idle_share = 0.25, .variance = 1.4};
    expect_sure(Cause::slow_backend, e);
}

TEST(Serialisation, IsNotANextHopThatIsAskedAsUsual)
{
    Evidence e = slow();
    e.next_hop = NextHop{.address = "127.0.0.1:8082", .concurrency = 1.4, .variance = 0.4, .usual = 3};
    expect_sure(Cause::slow_backend, e);
}

// A pool of two connections to a database that takes 75 times as long: with more of them as many would wait.
TEST(SlowDependency, IsAskedByAFewAtATimeWhileTheOthersWaitForTheirTurn)
{
    Evidence e = at_limit();
    flow(e, 20, 1.3, 4);
    held(e, {{.waits_for = "127.0.0.1:5432"}, {.waits_for = "127.0.0.1:5432"}, {}, {}, {}, {}, {}, {}});
    e.next_hop = NextHop{.address = "127.0.0.1:5432", .concurrency = 2, .usual = 0.3, .slower = 75};
    expect_sure(Cause::slow_dependency, e);
    EXPECT_NE(judge(e).sentence.find("at a time: the others wait for their turn"), std::string::npos)
        << judge(e).sentence;
}

// It is slow for somebody else who asks it: those here get their answers, and it rests most of the time.
TEST(SlowBackend, IsNotANextHopThatIsSlowForOthers)
{
    Evidence e = slow();
    held(e, {{.age_seconds = 0.02, .waits_for = "127.0.0.1:5432"}, {}, {}, {}, {}, {}, {}, {}});
    e.next_hop = NextHop{.address = "127.0.0.1:5432",
                         .concurrency = 0.12,
                         .idle_share = 0.88,
                         .variance = 0.1,
                         .usual = 0.16,
                         .slower = 134};
    expect_sure(Cause::slow_backend, e);
}

// Clients and servers of one process: what it asks is the backend itself, and nobody waits for anybody else.
TEST(SlowBackend, IsNotANextHopThatIsTheBackendItself)
{
    Evidence e = slow();
    e.next_hop = NextHop{.address = e.address, .concurrency = 8, .usual = 2, .slower = 28};
    expect_sure(Cause::slow_backend, e);
}

// It takes longer as well, and the limit would have room for all of them.
TEST(Serialisation, IsWhyWhereAllThatWaitWouldHaveRoom)
{
    Evidence e = at_limit();
    flow(e, 20, 2, 3);
    held(e, {{.waits_for = "127.0.0.1:5432"}, {}, {}, {}, {}, {}, {}, {}});
    e.next_hop = NextHop{.address = "127.0.0.1:5432", .concurrency = 1, .usual = 0.3, .slower = 8};
    expect_sure(Cause::serialisation, e);
}

TEST(SlowBackend, IsNotSaidBeforeTheNextHopWasLookedAt)
{
    Evidence e = slow();
    e.next_hop_open = true;
    EXPECT_EQ(judge(e).cause, Cause::unknown);
}

TEST(Serialisation, IsNotANextHopThatIsAskedNowAndThen)
{
    Evidence e = slow();
    e.next_hop = NextHop{.address = "127.0.0.1:8082", .concurrency = 0.3, .idle_share = 0.7, .variance = 0.3};
    expect_sure(Cause::slow_backend, e);
}

// A host that stalls for two seconds: whatever is asked then is asked at once afterwards, and nothing in
// between.
TEST(Serialisation, IsNotANextHopThatIdlesWhileManyWait)
{
    Evidence e = slow();
    e.next_hop = NextHop{.address = "127.0.0.1:8082",
                         .concurrency = 0.86,
                         .idle_share = 0.43,
                         .variance = 0.69,
                         .usual = 0.23};
    EXPECT_LT(serialisation(e).score, 0.3);
}

TEST(Serialisation, IsNotASlowBackendThatGetsLessDone)
{
    expect_not(Cause::serialisation, slow());
}

TEST(SlowReader, TheAnswerIsBeingSentAndNothingMoves)
{
    Evidence e = slow();
    held(e, 8, {.call = CallState::response, .age_seconds = 5, .last_io_seconds = 3});
    expect_sure(Cause::slow_reader, e);
}

TEST(SlowReader, BytesThatLieInTheSocketTellEvenWhereTheyMove)
{
    Evidence e = slow();
    held(e, 8, {.call = CallState::response, .age_seconds = 5});
    e.unread_share = 1;
    expect_sure(Cause::slow_reader, e);
}

TEST(SlowReader, IsNotABackendThatSendsSlowly)
{
    Evidence e = slow();
    held(e, 8, {.call = CallState::response, .age_seconds = 5, .last_io_seconds = 2});
    e.unread_share = 0;
    expect_not(Cause::slow_reader, e);
}

TEST(ConnectTrouble, SlotsAreHeldByConnectionsThatDoNotComeToBe)
{
    Evidence e = at_limit();
    e.kind = SlotKind::connections;
    held(e, 8, {.call = CallState::none, .age_seconds = 2, .state = ConnectionState::connecting});
    flow(e, 3, 0, 2, 0);
    e.connecting = 8;
    e.oldest_connecting_seconds = 2.5;
    expect_sure(Cause::connect_trouble, e);
}

// Seen behind HAProxy when its server's SYNs are lost: no call begins, so no holder is sampled.
TEST(ConnectTrouble, HangingOnesOfALimitOnCallsAreNoHoldersAndAreNoticed)
{
    Evidence e = at_limit();
    e.trouble = Trouble::connect;
    e.kind = SlotKind::calls;
    e.in_use = 0;
    e.tally = {};
    flow(e, 20, 0, 0.0001, 0);
    e.connecting = 4;
    e.oldest_connecting_seconds = 3;
    expect_sure(Cause::connect_trouble, e);
}

TEST(ConnectTrouble, RefusedOnesHoldNoSlotAndAreNoticed)
{
    Evidence e = at_limit();
    e.trouble = Trouble::connect;
    e.limit = 0;
    e.in_use = 0;
    e.tally = {};
    flow(e, 20, 20, 0.0001, 0);
    e.during.failed[static_cast<std::size_t>(Failure::refused)] = 100;
    e.during.opened = 100;
    expect_sure(Cause::connect_trouble, e);
}

TEST(ConnectTrouble, IsNotAFewFailuresAmongMany)
{
    Evidence e = slow();
    e.during.failed[static_cast<std::size_t>(Failure::refused)] = 3;
    e.during.opened = 200;
    expect_sure(Cause::slow_backend, e);
}

// Five threads that wait for the API, and two hundred connections that wait for a thread.
TEST(ServedByDependency, LooksAtThoseWhoHaveAServer)
{
    Evidence e = at_limit();
    std::vector<HolderIs> all(200, {.accepted = false});
    all.insert(all.end(), 5, {.waits_for = "127.0.0.1:5432"});
    held(e, all);
    EXPECT_GT(served_by_dependency(e), 0.9);
    // One of six says little of all.
    held(e, {{.waits_for = "127.0.0.1:5432"},
             {.accepted = false},
             {.accepted = false},
             {.accepted = false},
             {.accepted = false},
             {.accepted = false},
             {.accepted = false},
             {.accepted = false},
             {.accepted = false},
             {.accepted = false}});
    EXPECT_LT(served_by_dependency(e), 0.6);
}

TEST(SlowDependency, NamesThoseWhoWaitForItAndNotTheirVictims)
{
    Evidence e = slow();
    e.direction = Direction::inbound;
    std::vector<HolderIs> all(30, {.label = "", .accepted = false});
    all.insert(all.end(), 5, {.age_seconds = 1.5, .label = "GET /checkout", .waits_for = "127.0.0.1:5432"});
    std::vector<Holder> holders;
    for (const HolderIs& each : all) {
        holders.push_back(holder(each));
        if (each.waits_for.empty())
            holders.back().process.reset();
    }
    e.tally = {};
    for (int look = 0; look < 8; ++look)
        e.tally.add(holders, holders.size(), 0.5);
    const Verdict verdict = judge(e, nullptr);
    ASSERT_EQ(verdict.cause, Cause::slow_dependency);
    ASSERT_TRUE(verdict.dependency);
    EXPECT_EQ(verdict.culprits.front().call, "GET /checkout");
}

// Half of a request, and nothing more of it for half a minute.
TEST(HalfRequests, AreTheirClientsAndNotStuck)
{
    Evidence e = at_limit();
    flow(e, 1, 0.5, 20);
    e.direction = Direction::inbound;
    e.kind = SlotKind::connections;
    e.long_completions = 0;
    held(e, 8, {.call = CallState::request, .age_seconds = 30, .last_io_seconds = 30});
    e.half_sent_share = 1;
    const Verdict verdict = judge(e, nullptr);
    EXPECT_EQ(verdict.cause, Cause::unknown);
    EXPECT_NE(verdict.sentence.find("clients were still sending their requests"), std::string::npos)
        << verdict.sentence;
    e.half_sent_share = 0; // the rest of it is there, and the server does not take it
    EXPECT_EQ(judge(e, nullptr).cause, Cause::stuck_calls);
}

TEST(SlowDependency, SaysThatConnectionsToItDoNotComeToBe)
{
    Evidence e = slow();
    held(e, 8, {.age_seconds = 3, .waits_for = "127.0.0.1:5432"});
    e.dependency_connecting = 8;
    e.oldest_dependency_connecting_seconds = 3;
    const Verdict verdict = judge(e, nullptr);
    EXPECT_EQ(verdict.cause, Cause::slow_dependency);
    EXPECT_NE(verdict.sentence.find("to which 8 connections do not come to be"), std::string::npos)
        << verdict.sentence;
}

} // namespace
} // namespace slotscope::analyze::test
