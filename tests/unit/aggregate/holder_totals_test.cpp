// SPDX-License-Identifier: MIT
#include "aggregate/holder_totals.h"

#include "base/clock.h"
#include "model/backend.h"

#include <gtest/gtest.h>

namespace slotscope::aggregate {
namespace {

SlotUser user_with(const std::string& call)
{
    return {"haproxy", call, Protocol::http1, "waiting", "", ""};
}

Look look_with(const std::string& call, std::uint32_t backend = 1)
{
    Look look;
    look.add(backend, user_with(call), 1);
    return look;
}

double sum_of(const HolderTotals& totals, std::uint32_t backend)
{
    double sum = 0;
    for (const auto& total : totals.totals())
        sum += total.backend == backend ? total.slot_seconds : 0;
    return sum;
}

double total_of(const HolderTotals& totals, const std::string& call, std::uint32_t backend = 1)
{
    for (const auto& total : totals.totals())
        if (total.backend == backend && total.call == call)
            return total.slot_seconds;
    return 0;
}

TEST(HolderTotals, GrowByProcessAndCallWhateverItsStateAndWaits)
{
    HolderTotals totals;
    Look look = look_with("GET /a");
    SlotUser other_state = user_with("GET /a");
    other_state.state = "response";
    other_state.waits_for_address = "127.0.0.1:5432";
    look.add(1, other_state, 1);
    totals.add(look, kSecond_ns);
    totals.add(look_with("GET /a"), kSecond_ns);
    ASSERT_EQ(totals.totals().size(), 1U);
    EXPECT_EQ(totals.totals()[0].process, "haproxy");
    EXPECT_DOUBLE_EQ(total_of(totals, "GET /a"), 3);
}

TEST(HolderTotals, HaveANameForWhatHasNone)
{
    HolderTotals totals;
    Look look = look_with("");
    look.add(1, {"", "", Protocol::unknown, "idle", "", ""}, 1);
    totals.add(look, kSecond_ns);
    EXPECT_DOUBLE_EQ(total_of(totals, "(http)"), 1);
    EXPECT_DOUBLE_EQ(total_of(totals, "(idle)"), 1);
    EXPECT_EQ(totals.totals()[0].process, "(unknown)");
}

TEST(HolderTotals, AreBoundedAndTheirSumNeverFalls)
{
    HolderTotals totals;
    SlotShares window;
    double before = 0;
    for (int i = 0; i < 500; ++i) {
        // Another call leads in each slice of 50 looks.
        Look look = look_with("GET /" + std::to_string(i));
        for (int many = 0; many < 10; ++many)
            look.add(1, user_with("GET /leader/" + std::to_string(i / 50)), 1);
        totals.add(look, kSecond_ns);
        window.add(look, kSecond_ns);
        if (i % 50 == 25)
            totals.keep_largest(1, window.shares(1, SlotShares::kSlices, 1000).shares);
        if (i % 50 == 49)
            window.roll();
        EXPECT_LE(totals.totals().size(), HolderTotals::kMostOfBackend + 1);
        EXPECT_DOUBLE_EQ(sum_of(totals, 1), before + 11);
        before = sum_of(totals, 1);
    }
    EXPECT_GT(total_of(totals, "GET /leader/9"), 100) << "the largest of now has a series";
    EXPECT_GT(total_of(totals, "other"), 0);
}

TEST(HolderTotals, KeepSeriesWhileNothingLargerWantsTheirPlace)
{
    HolderTotals totals;
    for (std::size_t i = 0; i < HolderTotals::kMostOfBackend; ++i)
        totals.add(look_with("GET /" + std::to_string(i)), kSecond_ns);
    totals.keep_largest(1, {});
    EXPECT_DOUBLE_EQ(total_of(totals, "GET /0"), 1);
    EXPECT_DOUBLE_EQ(total_of(totals, "other"), 0);
}

TEST(HolderTotals, OfABackendThatIsFoldedGoToOther)
{
    HolderTotals totals;
    totals.add(look_with("GET /a", 3), kSecond_ns);
    totals.forget(3);
    totals.forget(4);
    EXPECT_DOUBLE_EQ(sum_of(totals, 3), 0);
    EXPECT_DOUBLE_EQ(sum_of(totals, kOtherBackend), 1);
    totals.forget(kOtherBackend);
    EXPECT_DOUBLE_EQ(sum_of(totals, kOtherBackend), 1);
}

TEST(HolderTotals, AreBoundedOverAllBackends)
{
    HolderTotals totals;
    for (std::uint32_t backend = 1; backend <= HolderTotals::kMost + 50; ++backend)
        totals.add(look_with("GET /a", backend), kSecond_ns);
    std::size_t own = 0;
    for (const auto& total : totals.totals())
        own += total.call != "other" ? 1 : 0;
    EXPECT_EQ(own, HolderTotals::kMost);
    EXPECT_DOUBLE_EQ(sum_of(totals, HolderTotals::kMost + 50), 1);
}

} // namespace
} // namespace slotscope::aggregate
