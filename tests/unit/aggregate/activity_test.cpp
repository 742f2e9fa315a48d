// SPDX-License-Identifier: MIT
#include "aggregate/activity.h"

#include "base/clock.h"

#include <gtest/gtest.h>

namespace slotscope {
namespace {

using aggregate::Activity;
using aggregate::Happening;

class ActivityTest : public testing::Test {
  protected:
    ActivityTest()
    {
        counters.index = 3;
        counters.created_ns = kSecond_ns;
    }

    std::vector<Happening> look(std::uint64_t at_seconds)
    {
        return activity.observe({&counters, 1}, at_seconds * kSecond_ns, {});
    }

    Activity activity;
    BackendCounters counters;
};

TEST_F(ActivityTest, RateIsOverTheLastTenSeconds)
{
    for (std::uint64_t second = 2; second < 60; ++second) {
        counters.opened += 5;
        look(second);
    }
    EXPECT_DOUBLE_EQ(activity.arrivals_per_second(counters, 59 * kSecond_ns), 5);
}

// A pool that keeps its connections opens none, however many calls come.
TEST_F(ActivityTest, RateIsOfCallsWhereTheLimitCountsCalls)
{
    counters.opened = 8;
    for (std::uint64_t second = 2; second < 60; ++second) {
        counters.calls.outcomes[0] += 40;
        look(second);
    }
    EXPECT_DOUBLE_EQ(activity.arrivals_per_second(counters, 59 * kSecond_ns), 0);
    counters.calls.limit = 8;
    EXPECT_DOUBLE_EQ(activity.arrivals_per_second(counters, 59 * kSecond_ns), 40);
    counters.calls.in_flight = 10;
    EXPECT_DOUBLE_EQ(activity.arrivals_per_second(counters, 59 * kSecond_ns), 41);
}

TEST_F(ActivityTest, RateOfANewBackendIsSinceItsCreation)
{
    counters.opened = 8;
    look(3);
    EXPECT_DOUBLE_EQ(activity.arrivals_per_second(counters, 3 * kSecond_ns), 4);
}

TEST_F(ActivityTest, ConnectionsOlderThanTheAgentDidNotArriveNow)
{
    counters.opened = 100;
    counters.older = 100;
    look(2);
    EXPECT_DOUBLE_EQ(activity.arrivals_per_second(counters, 3 * kSecond_ns), 0);
}

TEST_F(ActivityTest, TellsFailuresByReasonOnce)
{
    look(2);
    counters.failed[static_cast<std::size_t>(Failure::refused)] = 3;
    const auto told = look(3);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].event.kind, "connections_failed");
    EXPECT_EQ(told[0].event.numbers.at("refused"), 3U);
    EXPECT_EQ(told[0].event.text, "connections failed: 3 refused");
    EXPECT_TRUE(look(4).empty());
}

TEST_F(ActivityTest, TellsThatALimitIsLeftWithTheTimeAtIt)
{
    counters.limit = 8;
    look(2);
    counters.limit_hits = 1;
    counters.at_limit = true;
    EXPECT_TRUE(look(3).empty());
    counters.at_limit = false;
    counters.time_at_limit_ns = kSecond_ns / 2;
    const auto told = look(4);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].event.kind, "limit_left");
    EXPECT_DOUBLE_EQ(told[0].event.seconds.value_or(0), 0.5);
    EXPECT_TRUE(look(5).empty());
}

TEST_F(ActivityTest, TellsALimitThatWasReachedAndLeftBetweenTwoLooks)
{
    counters.limit = 8;
    look(2);
    counters.limit_hits = 1;
    counters.time_at_limit_ns = 1000;
    EXPECT_EQ(look(3).size(), 1U);
}

TEST_F(ActivityTest, IdleIsWhoHoldsNothingAndHasNotChangedForLong)
{
    counters.opened = counters.closed = 4;
    look(10);
    EXPECT_TRUE(activity.idle_for({&counters, 1}, 5 * kSecond_ns, 14 * kSecond_ns).empty());
    EXPECT_EQ(activity.idle_for({&counters, 1}, 5 * kSecond_ns, 15 * kSecond_ns),
              (std::vector<std::uint32_t>{3}));
    counters.group = 1; // it has a limit: it stays
    EXPECT_TRUE(activity.idle_for({&counters, 1}, 5 * kSecond_ns, 15 * kSecond_ns).empty());
    counters.group = 0;
    counters.listeners = 1;
    EXPECT_TRUE(activity.idle_for({&counters, 1}, 5 * kSecond_ns, 15 * kSecond_ns).empty());
}

TEST_F(ActivityTest, OtherIsNeverIdle)
{
    counters.index = kOtherBackend;
    look(10);
    EXPECT_TRUE(activity.idle_for({&counters, 1}, 5 * kSecond_ns, 60 * kSecond_ns).empty());
}

TEST_F(ActivityTest, ARecordThatWasGivenToAnotherBackendStartsAnew)
{
    counters.opened = 1000;
    look(2);
    counters = {};
    counters.index = 3;
    counters.created_ns = 5 * kSecond_ns;
    counters.opened = 2;
    EXPECT_TRUE(look(6).empty());
    EXPECT_DOUBLE_EQ(activity.arrivals_per_second(counters, 6 * kSecond_ns), 2);
}

} // namespace
} // namespace slotscope
