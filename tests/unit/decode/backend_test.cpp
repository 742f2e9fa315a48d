// SPDX-License-Identifier: MIT
#include "decode/backend.h"

#include <cstring>
#include <gtest/gtest.h>
#include <memory>

namespace slotscope {
namespace {

using decode::decode_backend;

std::unique_ptr<ss_backend> record()
{
    auto backend = std::make_unique<ss_backend>();
    std::memset(backend.get(), 0, sizeof(*backend));
    backend->created_ns = 1;
    backend->key.ip[10] = backend->key.ip[11] = 0xff;
    backend->key.ip[12] = 127;
    backend->key.ip[15] = 1;
    backend->key.port = 8081;
    return backend;
}

TEST(DecodeBackend, AFreeRecordHasNoTimeOfCreation)
{
    auto backend = record();
    backend->created_ns = 0;
    EXPECT_EQ(decode_backend(*backend, 3, 1000).created_ns, 0U);
}

TEST(DecodeBackend, GivesAddressAndDirection)
{
    auto backend = record();
    backend->key.direction = SS_INBOUND;
    const auto counters = decode_backend(*backend, 3, 1000);
    EXPECT_EQ(to_string(counters.address), "127.0.0.1:8081");
    EXPECT_EQ(counters.direction, Direction::inbound);
    EXPECT_EQ(counters.index, 3U);
}

TEST(DecodeBackend, OpenIsWhatOpenedAndHasNotEnded)
{
    auto backend = record();
    backend->opened = 10;
    backend->closed = 4;
    backend->up = 6;
    backend->failed[SS_FAILED_REFUSED] = 2;
    backend->failed[SS_FAILED_RESET] = 1;
    const auto counters = decode_backend(*backend, 1, 1000);
    EXPECT_EQ(counters.open(), 3U);
    // 10 opened, 6 came up, 2 were refused: 2 are connecting. The reset one had come up.
    EXPECT_EQ(counters.connecting(), 2U);
}

TEST(DecodeBackend, SlotSecondsAreTheIntegralOfSlotsInUse)
{
    auto backend = record();
    // one slot from 100 to 400, another from 200 on
    backend->in_use = 1;
    backend->entered_sum_ns = 100 + 200;
    backend->left_sum_ns = 400;
    EXPECT_EQ(decode_backend(*backend, 1, 1000).slot_ns, 300U + 800U);
}

TEST(DecodeBackend, SlotSecondsSurviveSumsThatWrap)
{
    auto backend = record();
    backend->in_use = 1;
    backend->entered_sum_ns = ~std::uint64_t{0} - 99; // wraps: the slot was entered at -100 modulo 2^64
    EXPECT_EQ(decode_backend(*backend, 1, 1000).slot_ns, 1100U);
}

TEST(DecodeBackend, TimeAtTheLimitRunsWhileAtIt)
{
    auto backend = record();
    backend->limit_entered = 2;
    backend->limit_left = 1;
    backend->limit_entered_sum_ns = 100 + 500;
    backend->limit_left_sum_ns = 300;
    const auto counters = decode_backend(*backend, 1, 1000);
    EXPECT_TRUE(counters.at_limit);
    EXPECT_EQ(counters.time_at_limit_ns, 200U + 500U);
}

TEST(DecodeBackend, AReadingBetweenTwoUpdatesIsNeverHuge)
{
    auto backend = record();
    backend->left_sum_ns = 100; // left before its entering was counted: below zero
    backend->entered_sum_ns = 200;
    EXPECT_EQ(decode_backend(*backend, 1, 1000).slot_ns, 0U);
}

TEST(DecodeBackend, HistogramsCanBeLeftOut)
{
    auto backend = record();
    backend->hold[5] = 7;
    backend->hold_sum_ns = 70;
    EXPECT_TRUE(decode_backend(*backend, 1, 1000, decode::Histograms::leave_out).hold.counts.empty());
    const auto counters = decode_backend(*backend, 1, 1000);
    ASSERT_EQ(counters.hold.counts.size(), std::size_t{SS_HISTOGRAM_BUCKETS});
    EXPECT_EQ(counters.hold.counts[5], 7U);
    EXPECT_EQ(counters.hold.sum_ns, 70U);
}

} // namespace
} // namespace slotscope
