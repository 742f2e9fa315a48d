// SPDX-License-Identifier: MIT
#include "aggregate/call_totals.h"
#include "base/clock.h"

#include <gtest/gtest.h>
#include <vector>

namespace slotscope::aggregate {
namespace {

BackendCounters counters_of_both(std::uint64_t calls_limit, std::uint64_t connection_seconds,
                                 std::uint64_t call_seconds)
{
    BackendCounters counters;
    counters.index = 3;
    counters.created_ns = 1;
    counters.slot_ns = connection_seconds * kSecond_ns;
    counters.calls.limit = calls_limit;
    counters.calls.slot_ns = call_seconds * kSecond_ns;
    return counters;
}

// Connections hold slots for far longer than calls do.
TEST(CallTotals, SlotSecondsAreOfWhatTheLimitCountsNow)
{
    CallTotals totals;
    totals.roll(std::vector{counters_of_both(0, 1000, 10)}, 1 * kSecond_ns);
    totals.roll(std::vector{counters_of_both(0, 1100, 12)}, 2 * kSecond_ns);
    const auto slot_seconds = [&](const BackendCounters& now) {
        return totals.totals(now, 10, 4 * kSecond_ns).slot_seconds;
    };
    EXPECT_DOUBLE_EQ(slot_seconds(counters_of_both(0, 1150, 13)), 150);
    EXPECT_DOUBLE_EQ(slot_seconds(counters_of_both(8, 1150, 13)), 3) << "none of the connections'";
    totals.roll(std::vector{counters_of_both(8, 1200, 14)}, 3 * kSecond_ns);
    EXPECT_DOUBLE_EQ(slot_seconds(counters_of_both(8, 1250, 15)), 5);
    EXPECT_DOUBLE_EQ(slot_seconds(counters_of_both(0, 1250, 15)), 250) << "and back";
}

} // namespace
} // namespace slotscope::aggregate
