// SPDX-License-Identifier: MIT
#include "analyze/evidence.h"
#include "analyze/recording.h"

#include <gtest/gtest.h>

namespace slotscope::analyze {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::system_clock::time_point;

Second second(int number, std::uint64_t peak = 1)
{
    Second each;
    each.window.begin = Time() + std::chrono::seconds(number);
    each.window.seconds = 1;
    each.window.arrivals = each.connections.arrivals = each.connections.completions = 10;
    each.window.completions = 10;
    each.connections.slot_seconds = each.window.slot_seconds = 1;
    each.connections.held_seconds = 1;
    each.window.peak = peak;
    return each;
}

TEST(Recording, KeepsTheNewestBySecondsAndTheRestCoarser)
{
    Recording recording;
    for (int i = 0; i < 5000; ++i)
        recording.add(second(i));
    EXPECT_LE(recording.size(), Recording::kFine + Recording::kCoarse);
    const auto all = recording.all();
    EXPECT_EQ(all.back().window.begin, Time() + 4999s);
    EXPECT_EQ(all.back().window.seconds, 1);
    EXPECT_EQ(all.front().window.seconds, 10);
    EXPECT_EQ(all.front().window.arrivals, 100U);
    for (std::size_t i = 1; i < all.size(); ++i)
        EXPECT_EQ(all[i - 1].window.begin + std::chrono::seconds(static_cast<int>(all[i - 1].window.seconds)),
                  all[i].window.begin);
    EXPECT_GE(all.back().window.begin - all.front().window.begin, 10min);
}

// Held slots and nothing else, in seconds that are not quite as long as each other; now and then one comes.
TEST(Recording, OfABackendOnWhichNothingMovesIsTheSame)
{
    Recording recording;
    std::vector<Second> added;
    Time begin;
    for (int i = 0; i < 100; ++i) {
        Second each;
        each.window.begin = begin;
        each.window.seconds = 1 + 0.001 * (i % 7);
        each.window.in_use = each.window.peak = each.window.limit = each.connections_in_use = i < 50 ? 8 : 9;
        each.window.arrivals = each.connections.arrivals = each.opened = i == 50 ? 1 : 0;
        each.window.slot_seconds = each.connections.slot_seconds =
            static_cast<double>(each.window.in_use) * each.window.seconds;
        each.window.at_limit_seconds = each.window.seconds;
        begin += std::chrono::microseconds(static_cast<int>(each.window.seconds * 1e6));
        added.push_back(each);
        recording.add(each);
    }
    const std::vector<Second> all = recording.all();
    ASSERT_EQ(all.size(), added.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].window.begin, added[i].window.begin);
        EXPECT_EQ(all[i].window.seconds, added[i].window.seconds);
        EXPECT_NEAR(all[i].window.slot_seconds, added[i].window.slot_seconds, 1e-9);
        EXPECT_NEAR(all[i].connections.slot_seconds, added[i].connections.slot_seconds, 1e-9);
        EXPECT_NEAR(all[i].window.at_limit_seconds, added[i].window.at_limit_seconds, 1e-9);
        EXPECT_EQ(all[i].window.in_use, added[i].window.in_use);
        EXPECT_EQ(all[i].window.arrivals, added[i].window.arrivals);
    }
}

TEST(Thinned, StaysSharpAtTheMomentThatMatters)
{
    std::vector<Second> seconds;
    for (int i = 0; i < 600; ++i)
        seconds.push_back(second(i, i == 300 ? 8 : 1));
    const auto windows = thinned(seconds, Time() + 300s, 100);
    EXPECT_LE(windows.size(), 100U);
    std::uint64_t arrivals = 0;
    double length = 0;
    std::uint64_t peak = 0;
    for (const Window& window : windows) {
        arrivals += window.arrivals;
        length += window.seconds;
        peak = std::max(peak, window.peak);
        if (window.begin <= Time() + 300s &&
            Time() + 300s < window.begin + std::chrono::seconds(static_cast<int>(window.seconds))) {
            EXPECT_LE(window.seconds, 2);
        }
    }
    EXPECT_EQ(arrivals, 6000U);
    EXPECT_EQ(length, 600);
    EXPECT_EQ(peak, 8U);
}

TEST(Baseline, NeedsSomeTrafficForSomeSeconds)
{
    std::vector<Second> seconds(1, second(0));
    EXPECT_FALSE(baseline_of(seconds, Unit::connections).known()) << "too short";
    seconds.resize(2, second(0));
    EXPECT_TRUE(baseline_of(seconds, Unit::connections).known()) << "short, but there was much";
    seconds.resize(10, second(0));
    const Baseline baseline = baseline_of(seconds, Unit::connections);
    ASSERT_TRUE(baseline.known());
    EXPECT_EQ(baseline.from, Baseline::From::minutes_before);
    EXPECT_NEAR(baseline.arrivals_per_second, 10, 1e-9);
    EXPECT_NEAR(baseline.hold_seconds, 0.1, 1e-9);
    for (Second& each : seconds)
        each.connections = {};
    EXPECT_FALSE(baseline_of(seconds, Unit::connections).known()) << "nothing ended";
}

} // namespace
} // namespace slotscope::analyze
