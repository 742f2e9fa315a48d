// SPDX-License-Identifier: MIT
#include "analyze/rates.h"
#include "analyze/second.h"
#include "model/histogram.h"

#include <gtest/gtest.h>

namespace slotscope::analyze {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;

// `count` durations of so many milliseconds each.
Histogram durations(std::uint64_t count, std::uint64_t milliseconds)
{
    Histogram histogram;
    histogram.counts.resize(kHistogramBuckets);
    for (std::size_t bucket = 0; bucket + 1 < kHistogramBuckets; ++bucket)
        if (histogram_lower_bound_ns(bucket + 1) > milliseconds * kMillisecond) {
            histogram.counts[bucket] = count;
            break;
        }
    histogram.sum_ns = count * milliseconds * kMillisecond;
    return histogram;
}

BackendCounters counters(std::uint64_t opened, std::uint64_t closed)
{
    BackendCounters c;
    c.created_ns = 1;
    c.opened = c.up = opened;
    c.closed = closed;
    c.in_use = opened - closed;
    c.peak = c.in_use;
    c.limit = 10;
    c.hold = durations(closed, 100);
    return c;
}

TEST(SecondBetween, IsTheDifferenceOfTwoReadings)
{
    BackendCounters before = counters(100, 95);
    BackendCounters after = counters(130, 122);
    before.slot_ns = 1'000'000'000;
    after.slot_ns = 7'500'000'000;
    after.time_at_limit_ns = 250'000'000;
    after.limit_hits = 2;
    after.failed[static_cast<std::size_t>(Failure::refused)] = 1;
    const Second second = second_between(before, after, {}, 1);
    EXPECT_EQ(second.window.arrivals, 30U);
    EXPECT_EQ(second.window.completions, 28U);
    EXPECT_EQ(second.window.failures, 1U);
    EXPECT_EQ(second.window.limit_hits, 2U);
    EXPECT_EQ(second.window.in_use, 8U);
    EXPECT_EQ(second.window.peak, 10U) << "at its limit it was full";
    EXPECT_DOUBLE_EQ(second.window.slot_seconds, 6.5);
    EXPECT_DOUBLE_EQ(second.window.at_limit_seconds, 0.25);
    ASSERT_TRUE(second.window.hold_mean_seconds);
    EXPECT_NEAR(*second.window.hold_mean_seconds, 0.1, 1e-9);
    EXPECT_FALSE(second.idle());
}

TEST(SecondBetween, WhatIsOlderThanTheAgentDidNotArrive)
{
    BackendCounters after = counters(50, 0);
    after.older = 50;
    EXPECT_EQ(second_between({}, after, {}, 1).window.arrivals, 0U);
}

TEST(SecondBetween, ARecordThatIsUsedAgainCountsAsNothing)
{
    const Second second = second_between(counters(100, 95), counters(3, 1), {}, 1);
    EXPECT_EQ(second.window.arrivals, 0U);
    EXPECT_EQ(second.window.completions, 0U);
}

TEST(SecondBetween, CallsAreTheSlotsOfALimitThatCountsThem)
{
    BackendCounters before = counters(5, 0);
    before.calls.limit = 8;
    BackendCounters after = before;
    after.calls.in_flight = 3;
    after.calls.outcomes[0] = 40;
    after.calls.outcomes[static_cast<std::size_t>(CallOutcome::unavailable)] = 2;
    after.calls.durations = durations(42, 20);
    const Second second = second_between(before, after, {}, 1);
    EXPECT_EQ(second.window.arrivals, 45U);
    EXPECT_EQ(second.window.completions, 42U);
    EXPECT_EQ(second.window.refusals, 2U);
    EXPECT_EQ(second.window.limit, 8U);
    EXPECT_EQ(second.opened, 0U);
}

// Five connections of which two have a call.
Second second_of_both(std::uint64_t calls_limit)
{
    BackendCounters before = counters(5, 0);
    before.in_use = 5;
    BackendCounters after = before;
    after.calls.limit = calls_limit;
    after.slot_ns = before.slot_ns + 5'000'000'000;
    after.calls.in_flight = 2;
    after.calls.outcomes[0] = 40;
    after.calls.slot_ns = 2'000'000'000;
    after.calls.durations = durations(40, 20);
    return second_between(before, after, {}, 1);
}

TEST(Recount, TellsWhatWasSeenByWhatTheLimitCountsNow)
{
    Second second = second_of_both(0);
    EXPECT_EQ(second.window.in_use, 5U);
    EXPECT_NEAR(second.window.slot_seconds, 5, 1e-9);
    second.window.limit = 5;
    second.window.limit_hits = 1;
    recount(second, SlotKind::calls);
    EXPECT_EQ(second.window.in_use, 2U);
    EXPECT_EQ(second.window.peak, 2U);
    EXPECT_EQ(second.window.completions, 40U);
    EXPECT_NEAR(second.window.slot_seconds, 2, 1e-9);
    EXPECT_EQ(second.window.limit, 0U) << "it was of connections";
    EXPECT_EQ(second.window.limit_hits, 0U);
    recount(second, SlotKind::connections);
    EXPECT_EQ(second.window.in_use, 5U);
    EXPECT_NEAR(second.window.slot_seconds, 5, 1e-9);
}

TEST(Joined, IsByWhatTheLimitCountedLast)
{
    const Second sum = joined(std::vector<Second>{second_of_both(0), second_of_both(8)});
    EXPECT_EQ(sum.kind, SlotKind::calls);
    EXPECT_NEAR(sum.window.slot_seconds, 4, 1e-9) << "not 5 of connections and 2 of calls";
    EXPECT_EQ(sum.window.completions, 80U);
    EXPECT_EQ(sum.window.peak, 2U);
}

Second calls(std::uint64_t arrivals, double slot_seconds, double hold)
{
    Second second;
    second.window.seconds = 1;
    second.window.slot_seconds = slot_seconds;
    second.calls = {arrivals, arrivals, slot_seconds, hold * static_cast<double>(arrivals)};
    second.kind = SlotKind::calls;
    return second;
}

TEST(RatesOf, MeanHoldIsOfWhatEndedOrOfWhatIsStillThere)
{
    const std::vector<Second> steady(10, calls(20, 2, 0.1));
    EXPECT_NEAR(*rates_of(steady, Unit::calls).hold_seconds, 0.1, 1e-9);
    EXPECT_NEAR(rates_of(steady, Unit::calls).in_use, 2, 1e-9);
    std::vector<Second> stuck(10, calls(0, 8, 0));
    stuck[0].calls.arrivals = 8; // and none ends
    EXPECT_NEAR(*rates_of(stuck, Unit::calls).hold_seconds, 10, 1e-9);
}

TEST(RatesOf, PeakIsOverThreeSecondsInARow)
{
    std::vector<Second> seconds(10, calls(10, 1, 0.1));
    seconds[4].calls.arrivals = 100;
    EXPECT_NEAR(rates_of(seconds, Unit::calls).peak_arrivals_per_second, 40, 1e-9);
}

TEST(UnitOf, ConnectionsWhereNoCallsAreSeen)
{
    Second second;
    second.connections = {10, 10, 5, 5};
    second.window.seconds = 1;
    EXPECT_EQ(unit_of(std::vector<Second>{second}), Unit::connections);
    EXPECT_EQ(unit_of(std::vector<Second>{calls(10, 1, 0.1)}), Unit::calls);
}

TEST(Onset, IsWhereTheRiseBegan)
{
    std::vector<Second> seconds(20, calls(20, 2, 0.1));
    for (const double more : {4.0, 6.0, 7.5})
        seconds.push_back(calls(20, more, 0.1));
    seconds.push_back(calls(20, 8, 0.1)); // the limit is reached in this one
    EXPECT_EQ(onset(seconds, 23), 20U);
    EXPECT_EQ(onset(seconds, 20), 20U);
    EXPECT_EQ(onset({}, 0), 0U);
}

// Slow for longer than it was well, before the limit was reached.
TEST(Onset, IsFoundWhereTheRiseIsMostOfWhatWasSeen)
{
    std::vector<Second> seconds(7, calls(20, 1, 0.1));
    seconds.resize(24, calls(20, 10, 0.1));
    EXPECT_EQ(onset(seconds, 24), 7U);
}

} // namespace
} // namespace slotscope::analyze
