// SPDX-License-Identifier: MIT
#include "analyze/learned.h"

#include <gtest/gtest.h>
#include <limits>

namespace slotscope::analyze {
namespace {

using namespace std::chrono_literals;

const std::chrono::system_clock::time_point kNow{1'769'847'330s};

Rates minute(double arrivals, double hold)
{
    Rates rates;
    rates.seconds = 60;
    rates.arrivals_per_second = arrivals;
    rates.completions_per_second = arrivals;
    rates.in_use = arrivals * hold;
    rates.slots_in_use = arrivals * hold;
    rates.connections_in_use = 5;
    rates.hold_seconds = hold;
    rates.hold_p95_seconds = 2 * hold;
    return rates;
}

BackendBaseline after(int minutes, const Rates& rates, BackendBaseline usual = {})
{
    for (int count = 0; count < minutes; ++count)
        learn(usual, rates, Unit::calls, kNow);
    return usual;
}

TEST(Learned, FirstMinutesAreAPlainAverage)
{
    BackendBaseline usual = after(1, minute(10, 0.1));
    EXPECT_DOUBLE_EQ(usual.arrivals_per_second, 10);
    EXPECT_DOUBLE_EQ(usual.hold_mean_seconds.value_or(0), 0.1);
    usual = after(1, minute(20, 0.3), usual);
    EXPECT_DOUBLE_EQ(usual.arrivals_per_second, 15);
    EXPECT_DOUBLE_EQ(usual.hold_mean_seconds.value_or(0), 0.2);
    EXPECT_EQ(usual.observed_seconds, 120);
    EXPECT_EQ(usual.unit, SlotKind::calls);
}

TEST(Learned, WeightHalvesInAnHour)
{
    BackendBaseline usual = after(1000, minute(10, 0.1));
    EXPECT_NEAR(usual.arrivals_per_second, 10, 1e-9);
    usual = after(60, minute(20, 0.1), usual);
    EXPECT_NEAR(usual.arrivals_per_second, 15, 1e-6);
    EXPECT_EQ(usual.observed_seconds, 4 * kLearnedHalfLife_seconds);
}

TEST(Learned, MinuteWithoutCallsLowersTheRateAndLeavesTheHold)
{
    Rates idle;
    idle.seconds = 60;
    const BackendBaseline usual = after(1, idle, after(1, minute(10, 0.1)));
    EXPECT_DOUBLE_EQ(usual.arrivals_per_second, 5);
    EXPECT_DOUBLE_EQ(usual.hold_mean_seconds.value_or(0), 0.1);
}

TEST(Learned, AnotherUnitBeginsAnew)
{
    BackendBaseline usual = after(100, minute(10, 0.1));
    usual.backend = "app1";
    learn(usual, minute(3, 2), Unit::connections, kNow);
    EXPECT_EQ(usual.backend, "app1");
    EXPECT_EQ(usual.unit, SlotKind::connections);
    EXPECT_DOUBLE_EQ(usual.arrivals_per_second, 3);
    EXPECT_EQ(usual.observed_seconds, 60);
}

TEST(Learned, NumbersThatAreNoneChangeNothing)
{
    const BackendBaseline usual = after(10, minute(10, 0.1));
    Rates wrong = minute(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity());
    const BackendBaseline same = after(1, wrong, usual);
    EXPECT_EQ(same.arrivals_per_second, usual.arrivals_per_second);
    EXPECT_EQ(same.hold_mean_seconds, usual.hold_mean_seconds);
    wrong.seconds = 0;
    EXPECT_EQ(after(1, wrong, usual), usual);
}

TEST(Learned, IsABaselineOnceItIsLongAndNotTooOld)
{
    EXPECT_FALSE(recalled({}, SlotKind::calls, kNow));
    EXPECT_FALSE(recalled(after(4, minute(10, 0.1)), SlotKind::calls, kNow));
    const BackendBaseline usual = after(5, minute(10, 0.1));
    const auto baseline = recalled(usual, SlotKind::calls, kNow + 24h);
    ASSERT_TRUE(baseline);
    EXPECT_EQ(baseline->from, Baseline::From::history);
    EXPECT_EQ(baseline->seconds, 300);
    EXPECT_DOUBLE_EQ(baseline->arrivals_per_second, 10);
    EXPECT_DOUBLE_EQ(baseline->hold_seconds, 0.1);
    EXPECT_DOUBLE_EQ(baseline->hold_p95_seconds.value_or(0), 0.2);
    EXPECT_DOUBLE_EQ(baseline->slots_in_use, 1);
    EXPECT_FALSE(recalled(usual, SlotKind::calls, kNow + 8 * 24h));
    Rates idle;
    idle.seconds = 60;
    EXPECT_FALSE(recalled(after(10, idle), SlotKind::calls, kNow)); // how long a call takes is not known
}

TEST(Learned, SlotsAreOfWhatTheLimitCountsNow)
{
    const BackendBaseline usual = after(5, minute(10, 0.1)); // one call at a time, on five connections
    EXPECT_DOUBLE_EQ(recalled(usual, SlotKind::calls, kNow)->slots_in_use, 1);
    EXPECT_DOUBLE_EQ(recalled(usual, SlotKind::connections, kNow)->slots_in_use, 5);
    EXPECT_EQ(recalled(usual, SlotKind::connections, kNow)->unit, Unit::calls);
}

} // namespace
} // namespace slotscope::analyze
