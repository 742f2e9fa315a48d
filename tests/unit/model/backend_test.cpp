// SPDX-License-Identifier: MIT
#include "model/backend.h"
#include "model/snapshot.h"

#include <gtest/gtest.h>
#include <set>

namespace slotscope {
namespace {

BackendCounters counters(std::uint64_t opened, std::uint64_t closed, std::uint64_t refused,
                         std::uint64_t reset)
{
    BackendCounters result;
    result.opened = opened;
    result.closed = closed;
    result.failed[static_cast<std::size_t>(Failure::refused)] = refused;
    result.failed[static_cast<std::size_t>(Failure::reset)] = reset;
    return result;
}

TEST(BackendCounters, OpenIsWhatWasOpenedAndNeitherClosedNorFailed)
{
    EXPECT_EQ(counters(10, 3, 2, 1).open(), 4U);
    EXPECT_EQ(counters(10, 3, 2, 1).failed_total(), 3U);
}

TEST(BackendCounters, OpenIsNeverNegativeWhenReadInBetween)
{
    EXPECT_EQ(counters(3, 4, 0, 0).open(), 0U);
}

TEST(BackendCounters, ConnectingAreOutboundOnesThatAreNeitherUpNorFailed)
{
    BackendCounters backend = counters(10, 3, 2, 1);
    backend.up = 6; // one of them was reset later: it is no failure to connect
    EXPECT_EQ(backend.connecting(), 2U);
    backend.direction = Direction::inbound;
    EXPECT_EQ(backend.connecting(), 0U);
    backend.direction = Direction::outbound;
    backend.up = 100;
    EXPECT_EQ(backend.connecting(), 0U);
}

TEST(BackendCounters, OfBackendsThatNobodyUsesAddUp)
{
    BackendCounters sum;
    sum.opened = 3;
    sum.in_use = 1;
    BackendCounters ended;
    ended.opened = ended.closed = ended.up = 5;
    ended.hold.counts = {0, 5};
    ended.hold.sum_ns = 50;
    ended.calls.outcomes[0] = 9;
    add_ended(sum, ended);
    add_ended(sum, ended);
    EXPECT_EQ(sum.opened, 13U);
    EXPECT_EQ(sum.open(), 3U);
    EXPECT_EQ(sum.in_use, 1U);
    EXPECT_EQ(sum.hold, (Histogram{{0, 10}, 100}));
    EXPECT_EQ(sum.calls.finished(), 18U);
}

TEST(Failure, EveryReasonHasANameOfItsOwn)
{
    std::set<std::string_view> names;
    for (std::size_t reason = 0; reason < kFailureReasons; ++reason)
        names.insert(to_string(static_cast<Failure>(reason)));
    EXPECT_EQ(names.size(), kFailureReasons);
    EXPECT_EQ(names.count(""), 0U);
    EXPECT_EQ(to_string(Failure::refused), "refused");
    EXPECT_EQ(to_string(Failure::other), "other");
}

TEST(Snapshot, IsCompleteUntilSomethingWasLost)
{
    Snapshot snapshot;
    EXPECT_TRUE(snapshot.complete());
    snapshot.losses.push_back({"table_full", "…", 0});
    EXPECT_TRUE(snapshot.complete());
    snapshot.losses.push_back({"other", "…", 1});
    EXPECT_FALSE(snapshot.complete());
}

} // namespace
} // namespace slotscope
