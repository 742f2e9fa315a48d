// SPDX-License-Identifier: MIT
// Which losses make counts wrong now.
#include "daemon/recent_losses.h"

#include <gtest/gtest.h>

namespace slotscope::daemon::test {
namespace {

constexpr std::uint64_t kMinute_ns = 60'000'000'000;

std::vector<Reason> full(std::uint64_t count)
{
    return {{"connections_full", "found no room", count, true}};
}

TEST(RecentLosses, AreThoseOfTheLastTenMinutes)
{
    RecentLosses recent;
    recent.note(full(3), kMinute_ns);
    recent.note(full(5), 2 * kMinute_ns);
    ASSERT_EQ(recent.list(12 * kMinute_ns).size(), 1U);
    EXPECT_EQ(recent.list(12 * kMinute_ns).front().name, "connections_full");
    EXPECT_EQ(recent.list(12 * kMinute_ns).front().count, 5U);
    EXPECT_TRUE(recent.list(13 * kMinute_ns).empty());
}

TEST(RecentLosses, CountAnewAfterAPause)
{
    RecentLosses recent;
    recent.note(full(3), kMinute_ns);
    recent.note(full(3), 2 * kMinute_ns);
    recent.note(full(4), 30 * kMinute_ns);
    ASSERT_EQ(recent.list(30 * kMinute_ns).size(), 1U);
    EXPECT_EQ(recent.list(30 * kMinute_ns).front().count, 1U);
}

TEST(RecentLosses, DoNotTellOfWhatLeavesCountsRight)
{
    RecentLosses recent;
    recent.note(std::vector<Reason>{{"ring_full", "events", 7, false}}, kMinute_ns);
    EXPECT_TRUE(recent.list(kMinute_ns).empty());
}

} // namespace
} // namespace slotscope::daemon::test
