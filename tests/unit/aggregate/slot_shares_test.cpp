// SPDX-License-Identifier: MIT
#include "aggregate/call_totals.h"

#include "aggregate/look_pace.h"
#include "aggregate/slot_shares.h"
#include "base/clock.h"
#include "model/histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::aggregate {
namespace {

SlotUser user_of(const std::string& call, const std::string& state = "waiting")
{
    SlotUser user;
    user.process = "haproxy";
    user.call = call;
    user.protocol = Protocol::http1;
    user.state = state;
    return user;
}

Look look_of(const std::string& call, std::uint64_t count, std::uint32_t backend = 1)
{
    Look look;
    for (std::uint64_t i = 0; i < count; ++i)
        look.add(backend, user_of(call), i);
    return look;
}

TEST(SlotShares, EachLookStandsForTheTimeSinceTheOneBefore)
{
    SlotShares shares;
    Look look = look_of("GET /a", 3);
    look.add(1, user_of("GET /b"), 7 * kSecond_ns);
    shares.add(look, kSecond_ns);
    shares.add(look_of("GET /a", 1), 2 * kSecond_ns);
    const auto found = shares.shares(1, 1, 10);
    ASSERT_EQ(found.shares.size(), 2U);
    EXPECT_EQ(found.shares[0].user.call, "GET /a");
    EXPECT_DOUBLE_EQ(found.shares[0].slot_seconds, 5);
    EXPECT_DOUBLE_EQ(found.shares[0].share, 5.0 / 6);
    EXPECT_DOUBLE_EQ(found.shares[1].slot_seconds, 1);
    EXPECT_DOUBLE_EQ(found.shares[1].oldest_seconds, 7);
    EXPECT_DOUBLE_EQ(found.sampled_seconds, 3);
    EXPECT_DOUBLE_EQ(found.slot_seconds, 6);
    EXPECT_DOUBLE_EQ(found.other_slot_seconds, 0);
    EXPECT_EQ(shares.looks(1), 2U);
}

TEST(SlotShares, BackendsAreKeptApart)
{
    SlotShares shares;
    shares.add(look_of("GET /a", 3, 1), kSecond_ns);
    shares.add(look_of("GET /a", 1, 2), kSecond_ns);
    EXPECT_DOUBLE_EQ(shares.shares(2, 1, 10).slot_seconds, 1);
    EXPECT_DOUBLE_EQ(shares.shares(3, 1, 10).slot_seconds, 0);
    shares.forget(1);
    EXPECT_TRUE(shares.shares(1, 1, 10).shares.empty());
}

TEST(SlotShares, WindowsAreMadeOfSlicesAndTheOldestIsForgotten)
{
    SlotShares shares;
    shares.add(look_of("GET /first", 1), kSecond_ns);
    for (std::size_t i = 1; i < SlotShares::kSlices; ++i) {
        shares.roll();
        shares.add(look_of("GET /later", 1), kSecond_ns);
    }
    EXPECT_DOUBLE_EQ(shares.shares(1, 1, 10).slot_seconds, 1);
    EXPECT_DOUBLE_EQ(shares.shares(1, 3, 10).slot_seconds, 3);
    EXPECT_EQ(shares.shares(1, 3, 10).shares.size(), 1U);
    EXPECT_EQ(shares.shares(1, SlotShares::kSlices, 10).shares.size(), 2U);
    shares.roll();
    EXPECT_EQ(shares.shares(1, SlotShares::kSlices, 10).shares.size(), 1U);
    EXPECT_EQ(shares.looks(1), 0U);
}

TEST(SlotShares, WhatWaitsForAShareIsNotCertain)
{
    SlotShares shares;
    Look look;
    look.add(1, user_of("GET /a"), 1, true);
    look.add(1, user_of("GET /a"), 1, false);
    look.add(1, user_of("GET /b"), 1, true);
    shares.add(look, kSecond_ns);
    const auto found = shares.shares(1, 1, 10);
    EXPECT_FALSE(found.shares[0].certain);
    EXPECT_TRUE(found.shares[1].certain);
}

TEST(SlotShares, StayBoundedAndKeepTheLargest)
{
    SlotShares shares;
    for (std::size_t i = 0; i < 3 * SlotShares::kMostUsers; ++i)
        shares.add(look_of("GET /" + std::to_string(i), 1), kSecond_ns);
    shares.add(look_of("GET /large", 20), kSecond_ns);
    const auto found = shares.shares(1, 1, 1000);
    EXPECT_EQ(found.shares.size(), SlotShares::kMostUsers);
    EXPECT_EQ(found.shares[0].user.call, "GET /large");
    EXPECT_DOUBLE_EQ(found.slot_seconds, 20 + 3 * SlotShares::kMostUsers) << "nothing of the sum is lost";
    EXPECT_DOUBLE_EQ(found.other_slot_seconds,
                     20 + 3 * SlotShares::kMostUsers - 20 - (SlotShares::kMostUsers - 1));
}

TEST(SlotShares, StayBoundedOverAllBackends)
{
    SlotShares shares;
    Look look;
    for (std::uint32_t backend = 0; backend < SlotShares::kMostInSlice + 100; ++backend)
        look.add(backend, user_of("GET /a"), 1);
    shares.add(look, kSecond_ns);
    std::size_t listed = 0;
    double sum = 0;
    for (std::uint32_t backend = 0; backend < SlotShares::kMostInSlice + 100; ++backend) {
        listed += shares.shares(backend, 1, 10).shares.size();
        sum += shares.shares(backend, 1, 10).slot_seconds;
    }
    EXPECT_EQ(listed, SlotShares::kMostInSlice);
    EXPECT_DOUBLE_EQ(sum, SlotShares::kMostInSlice + 100);
}

TEST(SlotShares, WhatIsNotListedIsInTheRest)
{
    SlotShares shares;
    Look look = look_of("GET /a", 3);
    look.add(1, user_of("GET /b"), 1);
    look.add(1, user_of("GET /c"), 1);
    shares.add(look, kSecond_ns);
    const auto found = shares.shares(1, 1, 1);
    EXPECT_EQ(found.shares.size(), 1U);
    EXPECT_DOUBLE_EQ(found.other_slot_seconds, 2);
    EXPECT_DOUBLE_EQ(found.slot_seconds, 5);
}

// Calls of 3 ms and of 400 ms, one after the other on one slot, looked at each second or so.
TEST(SlotShares, AreUnbiasedForCallsMuchShorterThanThePauses)
{
    SlotShares shares;
    LookPace pace;
    std::uint64_t now_ns = 0;
    for (std::uint64_t last_ns = 0; now_ns < 20'000 * kSecond_ns; last_ns = now_ns) {
        now_ns += static_cast<std::uint64_t>(pace.pause(false, std::chrono::nanoseconds(0)).count());
        const bool is_short = now_ns % 403'000'000 < 3'000'000;
        shares.add(look_of(is_short ? "short" : "long", 1), now_ns - last_ns);
    }
    const auto found = shares.shares(1, 1, 10);
    ASSERT_EQ(found.shares.size(), 2U);
    EXPECT_NEAR(found.shares[1].share, 3.0 / 403, 0.002);
}

TEST(SlotState, SaysWhatTakesTheSlot)
{
    Connection connection;
    connection.state = ConnectionState::established;
    connection.direction = Direction::inbound;
    EXPECT_EQ(slot_state(connection), "not_accepted");
    connection.pid = 1;
    EXPECT_EQ(slot_state(connection), "idle");
    connection.state = ConnectionState::peer_closed;
    EXPECT_EQ(slot_state(connection), "peer_closed");
    connection.call.state = CallState::response;
    EXPECT_EQ(slot_state(connection), "response");
    connection.call = {};
    connection.state = ConnectionState::connecting;
    EXPECT_EQ(slot_state(connection), "connecting");
}

BackendCounters counters_of(std::uint64_t finished, std::uint64_t in_flight, std::uint64_t slot_seconds)
{
    BackendCounters counters;
    counters.index = 1;
    counters.created_ns = kSecond_ns;
    counters.calls.limit = 8;
    counters.calls.in_flight = in_flight;
    counters.calls.outcomes[0] = finished;
    counters.calls.slot_ns = slot_seconds * kSecond_ns;
    counters.calls.durations.counts.assign(kHistogramBuckets, 0);
    counters.calls.durations.counts[60] = finished;
    counters.calls.durations.sum_ns = finished * kSecond_ns;
    return counters;
}

TEST(CallTotals, AreDifferencesOverTheWindow)
{
    CallTotals totals;
    totals.roll({}, 100 * kSecond_ns);
    const std::vector<BackendCounters> first = {counters_of(10, 1, 20)};
    totals.roll(first, 110 * kSecond_ns);
    const std::vector<BackendCounters> second = {counters_of(30, 2, 50)};
    totals.roll(second, 120 * kSecond_ns);
    BackendCounters now = counters_of(31, 3, 60);

    const auto open = totals.totals(now, 1, 125 * kSecond_ns);
    EXPECT_DOUBLE_EQ(open.seconds, 5);
    EXPECT_DOUBLE_EQ(open.slot_seconds, 10);
    EXPECT_EQ(open.finished, 1U);
    EXPECT_EQ(open.started, 2U);
    const auto two = totals.totals(now, 2, 125 * kSecond_ns);
    EXPECT_DOUBLE_EQ(two.seconds, 15);
    EXPECT_EQ(two.finished, 21U);
    EXPECT_DOUBLE_EQ(*two.mean_seconds, 1);
    EXPECT_GT(*two.p99_seconds, 0);
    const auto all = totals.totals(now, 30, 125 * kSecond_ns);
    EXPECT_DOUBLE_EQ(all.seconds, 25);
    EXPECT_EQ(all.finished, 31U);
    EXPECT_DOUBLE_EQ(all.slot_seconds, 60);
}

TEST(CallTotals, QuantilesAreThoseOfTheWindowOnly)
{
    CallTotals totals;
    BackendCounters counters = counters_of(100, 0, 100);
    totals.roll(std::vector{counters}, 100 * kSecond_ns);
    counters.calls.durations.counts[20] = 100; // short ones, since then
    const auto window = totals.totals(counters, 1, 110 * kSecond_ns);
    EXPECT_LT(*window.p99_seconds * 1e9, histogram_lower_bound_ns(21) + 1);
    EXPECT_FALSE(totals.totals(counters_of(100, 0, 100), 1, 110 * kSecond_ns).p99_seconds);
}

TEST(CallTotals, ARecordThatWasGivenToAnotherBackendBeginsAnew)
{
    CallTotals totals;
    totals.roll(std::vector{counters_of(100, 0, 100)}, 100 * kSecond_ns);
    BackendCounters other = counters_of(5, 0, 3);
    other.created_ns = 104 * kSecond_ns;
    const auto found = totals.totals(other, 1, 110 * kSecond_ns);
    EXPECT_EQ(found.finished, 5U);
    EXPECT_DOUBLE_EQ(found.seconds, 6) << "since it is there";
    totals.forget(1);
    EXPECT_EQ(totals.totals(counters_of(100, 0, 100), 1, 110 * kSecond_ns).finished, 100U);
}

TEST(CallTotals, ForgetWhatIsOlderThanTheWindow)
{
    CallTotals totals;
    for (std::uint64_t i = 0; i < 100; ++i)
        totals.roll(std::vector{counters_of(i, 0, i)}, (100 + 10 * i) * kSecond_ns);
    const auto found = totals.totals(counters_of(99, 0, 99), 1000, (100 + 10 * 100) * kSecond_ns);
    EXPECT_EQ(found.finished, SlotShares::kSlices - 1);
    EXPECT_DOUBLE_EQ(found.seconds, 10 * SlotShares::kSlices);
}

TEST(LookPace, IsFasterNearALimitAndAtEachHit)
{
    LookPace pace;
    BackendCounters counters;
    EXPECT_FALSE(pace.near_limit(std::vector{counters})) << "there is no limit";
    counters.limit = 100;
    counters.in_use = 89;
    EXPECT_FALSE(pace.near_limit(std::vector{counters}));
    counters.limit_hits = 1; // between two looks
    EXPECT_TRUE(pace.near_limit(std::vector{counters}));
    EXPECT_FALSE(pace.near_limit(std::vector{counters}));
    counters.in_use = 90;
    EXPECT_TRUE(pace.near_limit(std::vector{counters}));
}

TEST(LookPace, NeverTakesMoreThanItsShare)
{
    using std::chrono::milliseconds;
    LookPace pace;
    for (int i = 0; i < 1000; ++i) {
        EXPECT_GE(pace.pause(false, milliseconds(0)), LookPace::kQuiet * 3 / 4);
        EXPECT_LE(pace.pause(false, milliseconds(0)), LookPace::kQuiet * 5 / 4);
        EXPECT_LE(pace.pause(true, milliseconds(1)), LookPace::kNearLimit * 5 / 4);
        EXPECT_GE(pace.pause(true, milliseconds(20)), milliseconds(750)); // 2 % with the longest spread
        EXPECT_GE(pace.pause(false, milliseconds(20)), milliseconds(3000));
    }
}

} // namespace
} // namespace slotscope::aggregate
