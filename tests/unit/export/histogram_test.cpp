// SPDX-License-Identifier: MIT
#include "model/histogram.h"

#include <gtest/gtest.h>
#include <slotscope/abi/histogram.h>

namespace slotscope {
namespace {

static_assert(kHistogramBuckets == SS_HISTOGRAM_BUCKETS);
static_assert(kHistogramFirstExponent == SS_HISTOGRAM_FIRST_EXPONENT);
static_assert(kHistogramLastExponent == SS_HISTOGRAM_LAST_EXPONENT);
static_assert(kHistogramParts == SS_HISTOGRAM_PARTS);

Histogram empty()
{
    Histogram histogram;
    histogram.counts.resize(kHistogramBuckets);
    return histogram;
}

void add(Histogram& histogram, std::uint64_t duration_ns, std::uint64_t times = 1)
{
    histogram.counts[ss_histogram_bucket(duration_ns)] += times;
    histogram.sum_ns += duration_ns * times;
}

TEST(HistogramBounds, AreTheKernels)
{
    for (__u32 bucket = 0; bucket < SS_HISTOGRAM_BUCKETS + 2; ++bucket)
        EXPECT_EQ(histogram_lower_bound_ns(bucket), ss_histogram_lower_bound_ns(bucket)) << bucket;
}

TEST(CountBelow, IsExactAtEdges)
{
    Histogram histogram = empty();
    add(histogram, 500);
    add(histogram, 1023);
    add(histogram, 1024);
    add(histogram, 4095);
    add(histogram, 4096);
    add(histogram, std::uint64_t{1} << 50);
    EXPECT_EQ(count_below_ns(histogram, 1024), 2U);
    EXPECT_EQ(count_below_ns(histogram, 4096), 4U);
    EXPECT_EQ(count_below_ns(histogram, std::uint64_t{1} << 40), 5U);
    EXPECT_EQ(count_below_ns(histogram, ~std::uint64_t{0}), 5U);
}

TEST(CountBelow, LeavesOutTheBucketThatIsCut)
{
    Histogram histogram = empty();
    add(histogram, 1024);
    EXPECT_EQ(count_below_ns(histogram, 1100), 0U);
    EXPECT_EQ(count_below_ns(histogram, 1280), 1U);
}

TEST(Quantile, IsAbsentWhereNothingWasCounted)
{
    EXPECT_FALSE(quantile_ns(empty(), 0.5));
    EXPECT_FALSE(quantile_ns(Histogram{}, 0.5));
    EXPECT_FALSE(mean_ns(Histogram{}));
}

TEST(Quantile, LiesInTheBucketOfTheDuration)
{
    for (const std::uint64_t duration_ns : {100ULL, 1024ULL, 250'000ULL, 3'000'000'000ULL}) {
        Histogram histogram = empty();
        add(histogram, duration_ns, 10);
        for (const double q : {0.0, 0.5, 0.9, 1.0}) {
            const double value = quantile_ns(histogram, q).value();
            const __u32 bucket = ss_histogram_bucket(duration_ns);
            EXPECT_GE(value, static_cast<double>(histogram_lower_bound_ns(bucket)));
            EXPECT_LE(value, static_cast<double>(histogram_lower_bound_ns(bucket + 1)));
        }
    }
}

TEST(Quantile, InterpolatesWithinTheBucket)
{
    Histogram histogram = empty();
    add(histogram, 1024, 100); // the bucket from 1024 to 1280
    EXPECT_DOUBLE_EQ(quantile_ns(histogram, 0.25).value(), 1024 + 64);
    EXPECT_DOUBLE_EQ(quantile_ns(histogram, 0.5).value(), 1024 + 128);
    EXPECT_DOUBLE_EQ(quantile_ns(histogram, 1).value(), 1280);
    EXPECT_DOUBLE_EQ(quantile_ns(histogram, 7).value(), 1280);
    EXPECT_DOUBLE_EQ(quantile_ns(histogram, -1).value(), 1024);
}

TEST(Quantile, SkipsEmptyBuckets)
{
    Histogram histogram = empty();
    add(histogram, 2000, 90);
    add(histogram, 1'000'000, 10);
    EXPECT_LT(quantile_ns(histogram, 0.9).value(), 2049);
    EXPECT_GT(quantile_ns(histogram, 0.91).value(), 900'000);
}

TEST(Quantile, OfTheLastBucketIsItsLowerBound)
{
    Histogram histogram = empty();
    add(histogram, ~std::uint64_t{0} >> 1);
    EXPECT_DOUBLE_EQ(quantile_ns(histogram, 0.99).value(), static_cast<double>(std::uint64_t{1} << 42));
}

TEST(Quantile, StandsCountsBeyondDoublesPrecision)
{
    Histogram histogram = empty();
    histogram.counts[3] = (std::uint64_t{1} << 60) + 1;
    histogram.counts[7] = 3;
    EXPECT_LE(quantile_ns(histogram, 1).value(), static_cast<double>(histogram_lower_bound_ns(8)));
}

TEST(Mean, IsExact)
{
    Histogram histogram = empty();
    add(histogram, 1000);
    add(histogram, 5000);
    EXPECT_DOUBLE_EQ(mean_ns(histogram).value(), 3000);
}

} // namespace
} // namespace slotscope
