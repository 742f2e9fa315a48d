// SPDX-License-Identifier: MIT
#include "aggregate/stillness.h"

#include <gtest/gtest.h>

#include <vector>

namespace slotscope::aggregate {
namespace {

std::vector<BackendCounters> idle()
{
    std::vector<BackendCounters> backends(2);
    for (BackendCounters& each : backends) {
        each.created_ns = 1;
        each.opened = each.up = each.in_use = 3;
    }
    return backends;
}

TEST(Stillness, IsWhereTheSameStandsIdle)
{
    Stillness stillness;
    EXPECT_FALSE(stillness.still(idle())) << "nothing to compare with";
    EXPECT_TRUE(stillness.still(idle()));
}

TEST(Stillness, EndsWithEachThingThatMoves)
{
    const std::pair<const char*, void (*)(BackendCounters&)> moves[] = {
        {"opened", [](BackendCounters& each) { ++each.opened; }},
        {"closed", [](BackendCounters& each) { ++each.closed; }},
        {"failed", [](BackendCounters& each) { ++each.failed[0]; }},
        {"used again", [](BackendCounters& each) { each.created_ns = 9; }},
        {"accepted", [](BackendCounters& each) { ++each.accepted; }},
        {"limit", [](BackendCounters& each) { each.limit = 4; }},
        {"a call ended", [](BackendCounters& each) { ++each.calls.outcomes[0]; }},
    };
    for (const auto& [what, move] : moves) {
        Stillness stillness;
        auto backends = idle();
        stillness.still(backends);
        move(backends[1]);
        EXPECT_FALSE(stillness.still(backends)) << what;
    }
    Stillness stillness;
    auto backends = idle();
    stillness.still(backends);
    backends.pop_back();
    EXPECT_FALSE(stillness.still(backends));
}

TEST(Stillness, IsNotWhereACallIsUnderWay)
{
    Stillness stillness;
    auto backends = idle();
    backends[0].calls.in_flight = 1;
    stillness.still(backends);
    EXPECT_FALSE(stillness.still(backends));
}

} // namespace
} // namespace slotscope::aggregate
