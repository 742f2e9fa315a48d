// SPDX-License-Identifier: MIT
#include "daemon/session_locks.h"
#include "temporary_directory.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace slotscope::daemon {
namespace {

constexpr std::uint32_t kTitled = 7; // a session of PostgreSQL on this host

Holder session(Protocol protocol, CallState state, double seconds,
               const std::string& call = "UPDATE accounts")
{
    Holder holder;
    holder.direction = Direction::inbound;
    holder.call.protocol = protocol;
    holder.call.state = state;
    holder.call.in_transaction = state == CallState::none;
    holder.call_label = call;
    holder.remote = *parse_address("10.0.0.7:41234");
    if (state == CallState::none)
        holder.last_io_seconds = seconds;
    else
        holder.call_age_seconds = seconds;
    return holder;
}

Holder idle(double seconds)
{
    return session(Protocol::mysql, CallState::none, seconds);
}

Holder unanswered(double seconds, const std::string& call = "UPDATE accounts")
{
    return session(Protocol::mysql, CallState::waiting, seconds, call);
}

analyze::SessionLocks locks_of(const std::vector<Holder>& holders, const std::string& title = "")
{
    const TemporaryDirectory proc;
    if (!title.empty())
        proc.write(std::to_string(kTitled) + "/cmdline", title);
    return session_locks(enrich::SessionTitles(proc / ""), holders);
}

TEST(SessionLocks, ArePresumedOfWhatBeganAfterOneWentIdleInATransaction)
{
    const auto locks = locks_of({idle(5), unanswered(6), unanswered(4), unanswered(1), idle(2)});
    EXPECT_TRUE(locks.presumed);
    EXPECT_EQ(locks.looked_at, 5U);
    EXPECT_EQ(locks.idle_in_transaction, 2U);
    EXPECT_EQ(locks.longest_idle_seconds, 5);
    EXPECT_EQ(locks.keeper, "10.0.0.7:41234");
    EXPECT_EQ(locks.keeper_call, "UPDATE accounts");
    EXPECT_EQ(locks.waiting, 2U) << "what waited before does not wait for that";
    EXPECT_EQ(locks.oldest_waiting_seconds, 4);
    EXPECT_TRUE(locks.kept_by_idle());
    EXPECT_EQ(locks_of({unanswered(4), unanswered(1)}).waiting, 0U) << "nobody keeps anything";
}

TEST(SessionLocks, AreNotPresumedOfWhatOnlyReads)
{
    EXPECT_EQ(locks_of({idle(5), unanswered(4, "select sleep(?) from speed"), unanswered(1)}).waiting, 0U);
    EXPECT_EQ(locks_of({idle(5), unanswered(4, "SELECT n FROM accounts FOR UPDATE")}).waiting, 1U);
    EXPECT_EQ(locks_of({idle(5), unanswered(4, "ALTER TABLE accounts"), unanswered(3, "SELECT n")}).waiting,
              2U)
        << "it waits behind the one that changes the table";
    EXPECT_EQ(locks_of({idle(5), unanswered(4, "")}).waiting, 0U) << "what it is, is not known";
}

TEST(SessionLocks, AreWhatTitlesSayWhereThereAreSome)
{
    Holder titled = session(Protocol::postgresql, CallState::waiting, 3);
    titled.process = Process{kTitled, kTitled, "postgres", ""};
    auto locks = locks_of({idle(5), titled}, "postgres: app shop 10.0.0.7(41234) UPDATE waiting");
    EXPECT_FALSE(locks.presumed);
    EXPECT_EQ(locks.waiting, 1U);
    locks = locks_of({idle(5), titled}, "postgres: app shop 10.0.0.7(41234) UPDATE");
    EXPECT_EQ(locks.waiting, 0U) << "it is at work";
}

TEST(SessionLocks, OfADatabaseElsewhereAreKeptByAProcessHere)
{
    Holder here = session(Protocol::postgresql, CallState::none, 9);
    here.direction = Direction::outbound;
    here.process = Process{kTitled, kTitled, "postgres", ""};
    EXPECT_EQ(locks_of({here}).keeper, "postgres (pid 7)");
    here.process->name = "pgbouncer";
    EXPECT_EQ(locks_of({here}).keeper, "pgbouncer (pid 7)");
}

TEST(SessionLocks, OfOtherProtocolsSayNothing)
{
    EXPECT_EQ(locks_of({session(Protocol::http1, CallState::waiting, 3)}).looked_at, 0U);
}

} // namespace
} // namespace slotscope::daemon
