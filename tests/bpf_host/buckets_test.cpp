// SPDX-License-Identifier: MIT
#include <slotscope/abi/connection.h>

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace {

constexpr std::uint32_t kBuckets = 4096;
const std::uint32_t kHot = ss_hot_buckets(kBuckets);

// Fills buckets as connection_claim does and returns how many cookies found no room.
std::size_t rejected(const std::vector<std::uint64_t>& cookies)
{
    std::vector<int> used(kHot + kBuckets);
    std::size_t lost = 0;
    for (const std::uint64_t cookie : cookies) {
        const auto hot = ss_bucket_hot(cookie, kHot - 1);
        if (used[hot] < SS_WAYS) {
            ++used[hot];
            continue;
        }
        const auto first = ss_bucket_first(cookie, kHot - 1, kBuckets - 1);
        const auto second = ss_bucket_second(cookie, kHot - 1, kBuckets - 1);
        const auto chosen = used[second] < used[first] ? second : first;
        if (used[chosen] == SS_WAYS)
            ++lost;
        else
            ++used[chosen];
    }
    return lost;
}

TEST(Buckets, HotOnesAreFewAndAPowerOfTwo)
{
    EXPECT_EQ(ss_hot_buckets(1), 1U);
    EXPECT_EQ(ss_hot_buckets(128), 8U);
    EXPECT_EQ(ss_hot_buckets(32768), SS_HOT_BUCKETS_MAX);
    EXPECT_EQ(ss_hot_buckets(1U << 24), SS_HOT_BUCKETS_MAX);
}

TEST(Buckets, EachChoiceLiesInItsOwnPartOfTheTable)
{
    for (std::uint64_t cookie = 1; cookie < 100'000; ++cookie) {
        EXPECT_LT(ss_bucket_hot(cookie, kHot - 1), kHot);
        for (const std::uint32_t bucket : {ss_bucket_first(cookie, kHot - 1, kBuckets - 1),
                                           ss_bucket_second(cookie, kHot - 1, kBuckets - 1)}) {
            EXPECT_GE(bucket, kHot);
            EXPECT_LT(bucket, kHot + kBuckets);
        }
    }
}

TEST(Buckets, ConnectionsOpenedInSequenceFillTheWholeTable)
{
    std::vector<std::uint64_t> cookies(kBuckets * SS_WAYS);
    std::uint64_t next = 1'000'000;
    std::generate(cookies.begin(), cookies.end(), [&] { return next++; });
    EXPECT_EQ(rejected(cookies), 0U);
}

TEST(Buckets, RandomSurvivorsFillTwoThirdsOfTheTableWithoutALoss)
{
    std::mt19937_64 random(3);
    std::vector<std::uint64_t> cookies(kBuckets * SS_WAYS * 2 / 3);
    std::generate(cookies.begin(), cookies.end(), [&] { return 1 + random() % (std::uint64_t{1} << 40); });
    EXPECT_EQ(rejected(cookies), 0U);
}

TEST(Buckets, SurvivorsInStepFillTwoThirdsOfTheTableWithoutALoss)
{
    for (const std::uint64_t step : {2U, 4U, 64U}) { // every second, fourth, 64th connection stays
        std::vector<std::uint64_t> cookies(kBuckets * SS_WAYS * 2 / 3);
        std::uint64_t next = 1;
        std::generate(cookies.begin(), cookies.end(), [&] { return next += step; });
        EXPECT_EQ(rejected(cookies), 0U) << step;
    }
}

} // namespace
