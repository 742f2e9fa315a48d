// SPDX-License-Identifier: MIT
#include "analyze/mix.h"

#include <gtest/gtest.h>

namespace slotscope::analyze {
namespace {

constexpr std::size_t k20ms = 4;
constexpr std::size_t k150ms = 7;
constexpr std::size_t k3s = 11;

PerSecond rates(std::initializer_list<std::pair<std::size_t, double>> some)
{
    PerSecond all{};
    for (const auto& [place, rate] : some)
        all[place] = rate;
    return all;
}

double slots(const PerSecond& rates)
{
    double sum = 0;
    for (std::size_t place = 0; place < rates.size(); ++place)
        sum += rates[place] * class_seconds(place);
    return sum;
}

TEST(ClassSeconds, AreInTheMiddleOfTheirClass)
{
    EXPECT_NEAR(class_seconds(k20ms), 0.0237, 0.001);
    EXPECT_NEAR(class_seconds(k150ms), 0.19, 0.01);
    EXPECT_NEAR(class_seconds(k3s), 3.0, 0.1);
}

// The mean hold rises fourfold, and no call has got slower.
TEST(SplitByDuration, MoreOfTheLongOnesAreDemand)
{
    const auto during = rates({{k20ms, 30}, {k150ms, 80}});
    const auto split = split_by_duration(rates({{k20ms, 30}, {k150ms, 3}}), during, slots(during));
    ASSERT_TRUE(split);
    EXPECT_GT(split->from_demand, 0.95);
    EXPECT_NEAR(split->from_demand + split->from_hold, 1, 1e-9);
}

// A full limit lets fewer of the short ones through, too.
TEST(SplitByDuration, WhatIsRefusedHasNotGotSlower)
{
    const auto before = rates({{k20ms, 30}, {k150ms, 3}});
    const auto during = rates({{k20ms, 19}, {k150ms, 24}});
    EXPECT_LT(split_by_duration(before, during, slots(during))->from_demand, 0.6);
    EXPECT_GT(split_by_duration(before, during, slots(during), 2.2)->from_demand, 0.95);
}

TEST(SplitByDuration, CallsThatNowTakeAnotherTimeGotSlower)
{
    const auto during = rates({{k20ms, 5}, {k150ms, 40}});
    const auto split = split_by_duration(rates({{k20ms, 30}, {k150ms, 3}}), during, slots(during));
    ASSERT_TRUE(split);
    EXPECT_LT(split->from_demand, 0.4);
}

TEST(SplitByDuration, SaysNothingWhereAllOfThemTakeALittleLonger)
{
    const auto during = rates({{k150ms + 1, 32}});
    EXPECT_FALSE(split_by_duration(rates({{k150ms, 8}}), during, slots(during)));
}

TEST(SplitByDuration, LongCallsThatWereNeverThereAreNoDemand)
{
    const auto during = rates({{k20ms, 30}, {k3s, 6}});
    const auto split = split_by_duration(rates({{k20ms, 30}}), during, slots(during));
    ASSERT_TRUE(split);
    EXPECT_LT(split->from_demand, 0.05);
}

TEST(SplitByDuration, SaysNothingWhereNoMoreAreCompleted)
{
    const auto during = rates({{k20ms, 30}, {k3s, 4}});
    EXPECT_FALSE(split_by_duration(rates({{k20ms, 30}, {k150ms, 3}}), during, slots(during)));
}

// Most of the slots are held by what has not ended.
TEST(SplitByDuration, SaysNothingWhereTheCompletionsExplainLittle)
{
    EXPECT_FALSE(split_by_duration(rates({{k20ms, 30}}), rates({{k20ms, 60}}), 8));
    EXPECT_FALSE(split_by_duration({}, rates({{k20ms, 60}}), 1));
}

} // namespace
} // namespace slotscope::analyze
