// SPDX-License-Identifier: MIT
#include "analyze/hop_tally.h"

#include <gtest/gtest.h>

namespace slotscope::analyze {
namespace {

HopTally of(std::initializer_list<double> looks)
{
    HopTally tally;
    for (const double concurrency : looks)
        tally.add(
            {.address = concurrency > 0 ? "127.0.0.1:8082" : "", .concurrency = concurrency, .record = 7});
    return tally;
}

TEST(HopTally, OneAtATimeVariesByNothing)
{
    const NextHop hop = of({1, 1, 1, 1}).mean();
    EXPECT_EQ(hop.address, "127.0.0.1:8082");
    EXPECT_EQ(hop.record, 7U);
    EXPECT_EQ(hop.samples, 4U);
    EXPECT_DOUBLE_EQ(hop.concurrency, 1);
    EXPECT_DOUBLE_EQ(hop.variance, 0);
    EXPECT_DOUBLE_EQ(hop.idle_share, 0);
}

TEST(HopTally, WhatIsAskedNowAndThenIsIdleInBetween)
{
    const NextHop hop = of({0, 3, 0, 1}).mean();
    EXPECT_DOUBLE_EQ(hop.concurrency, 1);
    EXPECT_DOUBLE_EQ(hop.idle_share, 0.5);
    EXPECT_DOUBLE_EQ(hop.variance, 1.5);
}

TEST(HopTally, OfServersThatAskNobodyThereIsNone)
{
    EXPECT_FALSE(HopTally().asks());
    EXPECT_FALSE(of({0, 0}).asks());
    EXPECT_TRUE(of({0, 1}).asks());
}

} // namespace
} // namespace slotscope::analyze
