// SPDX-License-Identifier: MIT
#include "daemon/stalls.h"

#include <gtest/gtest.h>

namespace slotscope::daemon {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;

// Rounds at these moments, the next one due after a second each time.
Stalls rounds(std::initializer_list<std::uint64_t> milliseconds)
{
    Stalls stalls;
    for (const std::uint64_t at : milliseconds) {
        stalls.begins(at * kMillisecond, 0);
        stalls.next_in(1000 * kMillisecond);
    }
    return stalls;
}

TEST(Stalls, AreRoundsThatComeMuchTooLate)
{
    EXPECT_EQ(rounds({50'000}).seconds_since(0), 0) << "the first one";
    EXPECT_EQ(rounds({50'000, 51'000, 51'200, 52'450}).seconds_since(0), 0);
    EXPECT_NEAR(rounds({50'000, 52'500, 53'500, 56'000}).seconds_since(0), 3, 1e-9);
}

TEST(Stalls, AreToldFromAMomentOn)
{
    const Stalls stalls = rounds({50'000, 52'500, 53'500, 56'000});
    EXPECT_NEAR(stalls.seconds_since(53'000 * kMillisecond), 1.5, 1e-9);
    EXPECT_EQ(stalls.seconds_since(57'000 * kMillisecond), 0);
}

TEST(Stalls, AreNotTheTimeThatTheAgentItselfHasTaken)
{
    Stalls stalls;
    stalls.begins(10'000 * kMillisecond, 500 * kMillisecond);
    stalls.next_in(200 * kMillisecond);
    stalls.begins(12'000 * kMillisecond, 2200 * kMillisecond);
    EXPECT_EQ(stalls.seconds_since(0), 0);
    stalls.next_in(200 * kMillisecond);
    stalls.begins(14'000 * kMillisecond, 2300 * kMillisecond);
    EXPECT_NEAR(stalls.seconds_since(0), 1.7, 1e-9);
}

TEST(Stalls, OfLongAgoAreForgotten)
{
    Stalls stalls = rounds({50'000, 52'500});
    EXPECT_NEAR(stalls.seconds_since(0), 1.5, 1e-9);
    stalls.next_in(700'000 * kMillisecond);
    stalls.begins(700'000 * kMillisecond, 0);
    EXPECT_EQ(stalls.seconds_since(0), 0);
}

} // namespace
} // namespace slotscope::daemon
