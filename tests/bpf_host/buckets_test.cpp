// SPDX-License-Identifier: MIT
#include <slotscope/abi/connection.h>

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace {

constexpr std::uint32_t kBuckets = 4096;

// Fills buckets as connection_claim does and returns how many cookies found no room.
std::size_t rejected(const std::vector<std::uint64_t>& cookies)
{
    std::vector<int> used(kBuckets);
    std::size_t lost = 0;
    for (const std::uint64_t cookie : cookies) {
        const auto first = ss_bucket_first(cookie, kBuckets - 1);
        const auto second = ss_bucket_second(cookie, kBuckets - 1);
        const auto chosen = used[second] < used[first] ? second : first;
        if (used[chosen] == SS_WAYS)
            ++lost;
        else
            ++used[chosen];
    }
    return lost;
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
    for (const std::uint64_t step : {2, 4, 64}) { // every second, fourth, 64th connection stays
        std::vector<std::uint64_t> cookies(kBuckets * SS_WAYS * 2 / 3);
        std::uint64_t next = 1;
        std::generate(cookies.begin(), cookies.end(), [&] { return next += step; });
        EXPECT_EQ(rejected(cookies), 0U) << step;
    }
}

} // namespace
