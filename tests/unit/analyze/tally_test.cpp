// SPDX-License-Identifier: MIT
#include "situations.h"

#include <gtest/gtest.h>

namespace slotscope::analyze::test {
namespace {

TEST(DoingOf, TellsAConnectionByItsStateAndItsCall)
{
    EXPECT_EQ(doing_of(holder({.call = CallState::none, .state = ConnectionState::connecting})),
              Doing::connecting);
    EXPECT_EQ(doing_of(holder({.call = CallState::none, .accepted = false})), Doing::not_accepted);
    EXPECT_EQ(doing_of(holder({.call = CallState::none, .accepted = true})), Doing::idle);
    EXPECT_EQ(doing_of(holder(
                  {.call = CallState::none, .state = ConnectionState::peer_closed, .last_io_seconds = 2})),
              Doing::left_open);
    EXPECT_EQ(doing_of(holder(
                  {.call = CallState::none, .state = ConnectionState::peer_closed, .last_io_seconds = 0.1})),
              Doing::idle)
        << "its owner has not had the time to close it";
    EXPECT_EQ(doing_of(holder({.call = CallState::waiting, .state = ConnectionState::peer_closed})),
              Doing::waiting);
    EXPECT_EQ(doing_of(holder({.call = CallState::response, .last_io_seconds = 0.2})), Doing::response);
    EXPECT_EQ(doing_of(holder({.call = CallState::response, .last_io_seconds = 2})), Doing::stalled);
    EXPECT_EQ(doing_of(holder({.call = CallState::answered, .last_io_seconds = 2})), Doing::idle);
    Holder busy = holder({.call = CallState::answered, .last_io_seconds = 0.1});
    busy.call.began_ns = 1;
    EXPECT_EQ(doing_of(busy), Doing::between) << "its client asks again and again";
}

TEST(DoingOf, ByTimingACallThatGoesOnBeingSentIsAnUpload)
{
    Holder call = holder({.call = CallState::waiting, .last_io_seconds = 0.2});
    call.call.protocol = Protocol::timing;
    call.last_io = LastIo::sent;
    call.call_age_seconds = 5;
    EXPECT_EQ(doing_of(call), Doing::uploading);
    call.last_io_seconds = 5;
    EXPECT_EQ(doing_of(call), Doing::waiting) << "all of it was sent when it began";
    call.call.protocol = Protocol::http1;
    call.last_io_seconds = 0.2;
    EXPECT_EQ(doing_of(call), Doing::waiting) << "its end was seen";
}

TEST(DoingOf, GoesByTheLastSendOrReceiveWhereNoMessagesAreSeen)
{
    Holder unseen = holder({.call = CallState::none});
    unseen.call.protocol = Protocol::unknown;
    EXPECT_EQ(doing_of(unseen), Doing::waiting) << "this side asked last";
    unseen.last_io = LastIo::received;
    EXPECT_EQ(doing_of(unseen), Doing::idle) << "the answer was read";
    unseen.direction = Direction::inbound;
    EXPECT_EQ(doing_of(unseen), Doing::waiting) << "a request was read";
    unseen.last_io = LastIo::none;
    EXPECT_EQ(doing_of(unseen), Doing::unseen);
    unseen.bytes_sent = 0;
    EXPECT_EQ(doing_of(unseen), Doing::idle) << "nothing was ever said";
}

TEST(DoingOf, KnowsWhatIsNotAcceptedWithoutAHookOnAccept)
{
    Holder nobodys = holder({.call = CallState::none, .age_seconds = 2});
    nobodys.direction = Direction::inbound;
    nobodys.process.reset();
    EXPECT_EQ(doing_of(nobodys), Doing::not_accepted);
    nobodys.process = Process{7, 7, "worker", ""};
    EXPECT_EQ(doing_of(nobodys), Doing::idle) << "it was found among the open files of a process";
    nobodys.process.reset();
    nobodys.age_seconds = 0.5;
    EXPECT_EQ(doing_of(nobodys), Doing::idle) << "too young to say, and it has said something";
    nobodys.call.protocol = Protocol::unknown;
    EXPECT_EQ(doing_of(nobodys), Doing::unseen) << "too young to say";
    nobodys.call.state = CallState::waiting;
    EXPECT_EQ(doing_of(nobodys), Doing::not_accepted) << "a request came, and nobody has read it";
    nobodys.bytes_received = 100;
    EXPECT_EQ(doing_of(nobodys), Doing::waiting);
}

TEST(DoingOf, TellsIdleConnectionsFromThoseThatAreUsedAgainAndAgain)
{
    Holder used = holder({.call = CallState::none, .accepted = true, .last_io_seconds = 0.05});
    EXPECT_EQ(doing_of(used), Doing::idle) << "there was no call on it";
    used.call.began_ns = 1;
    EXPECT_EQ(doing_of(used), Doing::between);
    used.last_io_seconds = 2;
    EXPECT_EQ(doing_of(used), Doing::idle);
    used.last_io_seconds.reset();
    EXPECT_EQ(doing_of(used), Doing::idle) << "when that was is not known";
}

TEST(DoingOf, TellsConnectionsThatNobodyElseMayUse)
{
    Holder session = holder({.call = CallState::none, .accepted = true, .last_io_seconds = 2});
    session.call.began_ns = 1;
    session.call.in_transaction = true;
    EXPECT_EQ(doing_of(session), Doing::in_transaction);
    session.last_io_seconds = 0.05;
    EXPECT_EQ(doing_of(session), Doing::between) << "its client is about to go on";
    session.call.state = CallState::waiting;
    EXPECT_EQ(doing_of(session), Doing::waiting);
}

TEST(DoingOf, TakesAClientThatWaitsForNewsAsIdle)
{
    Holder worker = holder({.label = "BLPOP"});
    EXPECT_EQ(doing_of(worker), Doing::waiting) << "an HTTP call may be named like that";
    worker.call.protocol = Protocol::redis;
    EXPECT_EQ(doing_of(worker), Doing::idle);
    worker.call_label = "LPOP";
    EXPECT_EQ(doing_of(worker), Doing::waiting);
}

TEST(Tally, TakesTheAgeOfTheCallAndNotOfItsPooledConnection)
{
    Holder pooled = holder({});
    pooled.age_seconds = 500;
    pooled.call_age_seconds = 1.5;
    Tally tally;
    tally.add(std::vector<Holder>{pooled}, 1, 1);
    EXPECT_DOUBLE_EQ(tally.oldest_seconds(), 1.5);
    EXPECT_EQ(tally.share_older_than(5), 0);
}

TEST(LeaveOutQueue, KeepsThoseThatHoldASlotAndScalesTheTotal)
{
    const Holder queued = holder({.call = CallState::none, .age_seconds = 3, .accepted = false});
    std::vector<Holder> holders = {queued, holder({}), queued, queued};
    std::uint64_t total = 40;
    const AcceptQueue queue = leave_out_queue(holders, total);
    EXPECT_EQ(total, 10U);
    EXPECT_EQ(queue.length, 30U);
    EXPECT_DOUBLE_EQ(queue.oldest_seconds, 3);
    EXPECT_EQ(holders.size(), 1U);
    std::vector<Holder> nobody_serves = {queued, queued};
    total = 2;
    EXPECT_EQ(leave_out_queue(nobody_serves, total).length, 0U);
    EXPECT_EQ(total, 2U);
    EXPECT_EQ(nobody_serves.size(), 2U);
}

TEST(Tally, RanksBySlotSecondsNotByCount)
{
    Tally tally;
    const std::vector<Holder> slow = {holder({.label = "GET /slow"})};
    const std::vector<Holder> many(3, holder({.label = "GET /fast"}));
    tally.add(many, 3, 0.1); // 0.3
    tally.add(slow, 1, 2);   // 2
    const auto culprits = tally.culprits(10);
    ASSERT_EQ(culprits.size(), 2U);
    EXPECT_EQ(culprits[0].call, "GET /slow");
    EXPECT_NEAR(culprits[0].share, 2 / 2.3, 1e-9);
    EXPECT_EQ(culprits[0].process, "haproxy");
    EXPECT_EQ(culprits[0].state, "waiting");
    EXPECT_NEAR(tally.seconds(), 2.3, 1e-9);
    EXPECT_NEAR(tally.mean_holders(), 2.3 / 2.1, 1e-9);
}

TEST(Tally, APartOfTheHoldersStandsForAll)
{
    Tally tally;
    tally.add(std::vector<Holder>(10, holder({})), 1000, 1);
    EXPECT_NEAR(tally.seconds(), 1000, 1e-6);
}

TEST(Tally, AnEmptyLookIsASampleOfNothing)
{
    Tally tally;
    tally.add({}, 0, 1);
    EXPECT_EQ(tally.samples(), 1U);
    EXPECT_EQ(tally.share(Doing::waiting), 0);
    EXPECT_FALSE(tally.dependency());
    EXPECT_TRUE(tally.culprits(5).empty());
    EXPECT_EQ(tally.share_older_than(0), 0);
}

TEST(Tally, DependencyIsWhatTheMostSlotSecondsWaitFor)
{
    Tally tally;
    Holder shared = holder({.waits_for = "127.0.0.1:5432"});
    shared.waits_for->certain = false;
    tally.add(
        std::vector<Holder>{shared, shared, shared, holder({.waits_for = "127.0.0.1:6379"}), holder({})}, 5,
        1);
    const auto next = tally.dependency();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->address, "127.0.0.1:5432");
    EXPECT_NEAR(next->share, 0.6, 1e-9);
    EXPECT_TRUE(next->shared);
}

TEST(Tally, KnowsHowManyAreOld)
{
    Tally tally;
    tally.add(std::vector<Holder>{holder({.age_seconds = 1}), holder({.age_seconds = 20})}, 2, 1);
    EXPECT_DOUBLE_EQ(tally.share_older_than(10), 0.5);
    EXPECT_DOUBLE_EQ(tally.oldest_seconds(), 20);
}

TEST(Tally, IsBoundedByLumpingWhatIsMany)
{
    Tally tally;
    std::vector<Holder> many;
    for (int i = 0; i < 1000; ++i)
        many.push_back(
            holder({.label = "GET /" + std::to_string(i), .pid = static_cast<std::uint32_t>(i + 1)}));
    tally.add(many, many.size(), 1);
    EXPECT_LE(tally.parts().size(), 257U);
    EXPECT_LE(tally.processes().size(), 256U);
    EXPECT_NEAR(tally.seconds(), 1000, 1e-6);
    EXPECT_EQ(tally.culprits(1)[0].call, "other");
}

} // namespace
} // namespace slotscope::analyze::test
