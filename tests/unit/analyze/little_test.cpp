// SPDX-License-Identifier: MIT
#include "analyze/little.h"
#include "analyze/words.h"

#include <gtest/gtest.h>

namespace slotscope::analyze {
namespace {

TEST(MidpointSplit, MoreArrivalsAloneAreDemand)
{
    const auto split = midpoint_split(10, 0.2, 40, 0.2);
    ASSERT_TRUE(split);
    EXPECT_DOUBLE_EQ(split->from_demand, 1);
    EXPECT_DOUBLE_EQ(split->from_hold, 0);
}

TEST(MidpointSplit, LongerHoldsAloneAreSlowness)
{
    const auto split = midpoint_split(10, 0.2, 10, 2);
    ASSERT_TRUE(split);
    EXPECT_DOUBLE_EQ(split->from_hold, 1);
}

TEST(MidpointSplit, PartsAddUpToTheRise)
{
    // L: 2 -> 24; W̄·Δλ = 0.7·10 = 7, λ̄·ΔW = 15·1 = 15
    const auto split = midpoint_split(10, 0.2, 20, 1.2);
    ASSERT_TRUE(split);
    EXPECT_NEAR(split->from_demand, 7.0 / 22, 1e-9);
    EXPECT_NEAR(split->from_hold, 15.0 / 22, 1e-9);
}

TEST(MidpointSplit, FewerArrivalsAreNoNegativeShare)
{
    const auto split = midpoint_split(20, 0.1, 5, 2);
    ASSERT_TRUE(split);
    EXPECT_DOUBLE_EQ(split->from_demand, 0);
    EXPECT_DOUBLE_EQ(split->from_hold, 1);
}

TEST(MidpointSplit, SaysNothingWhereNothingRose)
{
    EXPECT_FALSE(midpoint_split(10, 0.2, 10, 0.21));
    EXPECT_FALSE(midpoint_split(0, 0, 0, 0));
}

TEST(SecondsToFill, IsTheNetInflow)
{
    EXPECT_DOUBLE_EQ(*seconds_to_fill(60, 20, 5), 4);
    EXPECT_FALSE(seconds_to_fill(60, 5, 5));
    EXPECT_FALSE(seconds_to_fill(60, 5, 20));
}

TEST(Words, AreShortAndRoundDownShares)
{
    EXPECT_EQ(words::percent(0.819), "81 %");
    EXPECT_EQ(words::percent(0.004), "<1 %");
    EXPECT_EQ(words::percent(1), "100 %");
    EXPECT_EQ(words::duration(0.0004), "<1 ms");
    EXPECT_EQ(words::duration(0.02), "20 ms");
    EXPECT_EQ(words::duration(0.157), "160 ms");
    EXPECT_EQ(words::duration(1.42), "1.4 s");
    EXPECT_EQ(words::duration(42.3), "42 s");
    EXPECT_EQ(words::duration(180), "3 min");
    EXPECT_EQ(words::rate(12.94), "12.9/s");
    EXPECT_EQ(words::factor(14.13), "14 times");
    EXPECT_EQ(words::factor(3.14), "3.1 times");
    EXPECT_EQ(words::counted(3, "process"), "3 processes");
}

} // namespace
} // namespace slotscope::analyze
