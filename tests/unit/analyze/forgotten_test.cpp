// SPDX-License-Identifier: MIT
#include "analyze/causes.h"
#include "analyze/forgotten.h"
#include "analyze/judge.h"
#include "situations.h"

#include <gtest/gtest.h>

namespace slotscope::analyze::test {
namespace {

Holder idle(double age_seconds, double idle_seconds, std::uint32_t pid = 100)
{
    Holder each = holder(
        {.call = CallState::none, .age_seconds = age_seconds, .pid = pid, .last_io_seconds = idle_seconds});
    each.slot = SlotKind::connections;
    return each;
}

// One a second, each used for its first call only.
std::vector<Holder> leaked(int count)
{
    std::vector<Holder> holders;
    for (int i = 1; i <= count; ++i)
        holders.push_back(idle(i, i - 0.5));
    return holders;
}

TEST(Forgotten, AreThoseThatWereOpenedWhileOthersLayIdle)
{
    const Forgotten found = forgotten(leaked(20));
    EXPECT_EQ(found.connections, 17U); // by the fourth, three lay idle
    EXPECT_DOUBLE_EQ(found.share, 17 / 20.0);
    EXPECT_DOUBLE_EQ(found.spread_seconds, 16);
    EXPECT_EQ(found.process, "haproxy");
}

// All were busy when the last one was opened, and some have been used since.
TEST(Forgotten, IsNoPoolThatGrewInABurst)
{
    std::vector<Holder> holders;
    for (int i = 0; i < 20; ++i)
        holders.push_back(idle(30 + 0.1 * i, i < 10 ? 1 : 29));
    EXPECT_EQ(forgotten(holders).connections, 0U);
}

TEST(Forgotten, IsNoPoolThatReplacesWhatIsOld)
{
    std::vector<Holder> holders;
    for (int i = 0; i < 17; ++i)
        holders.push_back(idle(1000, 200 + i));
    for (int i = 0; i < 3; ++i)
        holders.push_back(idle(100 - i, 50));
    EXPECT_EQ(forgotten(holders).connections, 0U);
}

TEST(Forgotten, AreTheSameProcessesOwn)
{
    std::vector<Holder> holders;
    for (std::uint32_t i = 1; i <= 20; ++i)
        holders.push_back(idle(i, i - 0.5, 100 + i));
    EXPECT_EQ(forgotten(holders).connections, 0U) << "each has one";
}

TEST(Forgotten, AreNotThoseWhoseAnswerMayStillBeOnItsWay)
{
    std::vector<Holder> holders = leaked(20);
    for (Holder& each : holders)
        each.call.state = CallState::answered; // by timing
    EXPECT_EQ(forgotten(holders).connections, 0U);
}

TEST(Forgotten, AreNotThoseWhoseOpeningWasNotSeen)
{
    std::vector<Holder> holders = leaked(20);
    for (Holder& each : holders)
        each.age_is_lower_bound = true;
    EXPECT_EQ(forgotten(holders).connections, 0U);
}

Evidence full_of(const std::vector<Holder>& holders)
{
    Evidence e = at_limit();
    e.kind = SlotKind::connections;
    e.limit = e.in_use = e.peak = holders.size();
    e.tally = {};
    for (int i = 0; i < 4; ++i)
        e.tally.add(holders, holders.size(), 0.5);
    e.forgotten = forgotten(holders);
    return e;
}

TEST(Forgotten, ThatFillALimitAreALeak)
{
    const Evidence e = full_of(leaked(20));
    const Verdict verdict = judge(e);
    EXPECT_EQ(verdict.cause, Cause::connection_leak) << verdict.sentence;
    EXPECT_GT(verdict.confidence, 0.6);
    EXPECT_NE(verdict.sentence.find("haproxy has forgotten"), std::string::npos) << verdict.sentence;
    for (const Advice& each : verdict.advice)
        EXPECT_EQ(each.reason.find("CLOSE_WAIT"), std::string::npos) << each.reason;
}

// A pool that fills itself when it starts.
TEST(Forgotten, ThatWereOpenedAllAtOnceAreIdle)
{
    std::vector<Holder> holders;
    for (int i = 1; i <= 20; ++i)
        holders.push_back(idle(100 + 0.1 * i, 100 + 0.1 * i - 0.01));
    EXPECT_EQ(judge(full_of(holders)).cause, Cause::idle_holders);
}

TEST(IdleClient, IsTheProcessOfMostThatAreIdle)
{
    std::vector<Holder> holders = {idle(5, 4), idle(6, 5), idle(7, 0.1)};
    holders[2].call.state = CallState::waiting;
    holders[2].process->name = holders[0].process->name = "web";
    holders[1].process->name = "jobs";
    holders.push_back(holders[1]);
    EXPECT_EQ(most_idle(holders).process, "jobs");
    EXPECT_EQ(most_idle(holders).connections, 2U);
    EXPECT_EQ(most_idle({}).connections, 0U);
}

} // namespace
} // namespace slotscope::analyze::test
