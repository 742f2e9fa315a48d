// SPDX-License-Identifier: MIT
#include <slotscope/abi/histogram.h>

#include <bit>
#include <gtest/gtest.h>
#include <random>

namespace {

TEST(Log2, IsThePositionOfTheHighestBit)
{
    EXPECT_EQ(ss_log2(0), 0U);
    for (unsigned bit = 0; bit < 63; ++bit) {
        const std::uint64_t power = std::uint64_t{1} << bit;
        EXPECT_EQ(ss_log2(power), bit);
        EXPECT_EQ(ss_log2(power + (power - 1)), bit);
    }
}

TEST(Log2, AgreesWithTheCompilersOwn)
{
    std::mt19937_64 random(1);
    for (int round = 0; round < 100000; ++round) {
        const std::uint64_t value = random() >> (1 + random() % 62);
        if (value != 0) {
            ASSERT_EQ(ss_log2(value), 63U - static_cast<unsigned>(std::countl_zero(value))) << value;
        }
    }
}

TEST(Histogram, EveryDurationLiesBetweenTheBoundsOfItsBucket)
{
    std::mt19937_64 random(2);
    for (int round = 0; round < 100000; ++round) {
        const std::uint64_t duration_ns = random() >> (1 + random() % 62);
        const auto bucket = ss_histogram_bucket(duration_ns);
        ASSERT_LT(bucket, std::uint32_t{SS_HISTOGRAM_BUCKETS});
        ASSERT_GE(duration_ns, ss_histogram_lower_bound_ns(bucket));
        if (bucket + 1 < SS_HISTOGRAM_BUCKETS) {
            ASSERT_LT(duration_ns, ss_histogram_lower_bound_ns(bucket + 1));
        }
    }
}

TEST(Histogram, BoundsAreTheirOwnFirstDurationAndGrow)
{
    for (std::uint32_t bucket = 1; bucket < SS_HISTOGRAM_BUCKETS; ++bucket) {
        const std::uint64_t bound_ns = ss_histogram_lower_bound_ns(bucket);
        EXPECT_EQ(ss_histogram_bucket(bound_ns), bucket);
        EXPECT_EQ(ss_histogram_bucket(bound_ns - 1), bucket - 1);
    }
}

} // namespace
