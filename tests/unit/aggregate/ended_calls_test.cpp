// SPDX-License-Identifier: MIT
#include "aggregate/ended_calls.h"

#include <gtest/gtest.h>
#include <random>

namespace slotscope::aggregate {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint32_t kBackend = 3;

CallName name_of(const std::string& call)
{
    return {"haproxy", call, Protocol::http1};
}

CountedCalls counted(std::uint64_t ended, std::uint64_t lost = 0, std::uint64_t created_ns = 1)
{
    return {kBackend, created_ns, ended, lost};
}

// As the agent has them: from its start on.
class EndedCallsTest : public testing::Test {
  protected:
    void SetUp() override { roll(0); }

    void add(const std::string& call, std::uint64_t count, std::uint64_t took_ns, std::uint32_t every = 1)
    {
        for (std::uint64_t i = 0; i < count; ++i)
            calls_.add(kBackend, name_of(call), took_ns, every);
    }
    void roll(std::uint64_t ended, std::uint64_t lost = 0)
    {
        const CountedCalls now[] = {counted(ended, lost)};
        calls_.roll(now);
    }
    EndedCalls::Totals totals(std::uint64_t ended, std::uint64_t lost = 0, std::size_t slices = 30) const
    {
        return calls_.totals(counted(ended, lost), slices);
    }

    EndedCalls calls_;
};

TEST_F(EndedCallsTest, AreCountedOneByOneWhereEachIsTold)
{
    add("GET /a", 99, 10 * kMillisecond);
    add("GET /a", 1, 900 * kMillisecond);
    add("GET /b", 3, 50 * kMillisecond);
    const auto found = totals(103);
    ASSERT_EQ(found.calls.size(), 2U);
    EXPECT_EQ(found.calls[0].name, name_of("GET /a"));
    EXPECT_EQ(found.calls[0].count, 100U);
    EXPECT_DOUBLE_EQ(found.calls[0].sum_seconds, 1.89);
    EXPECT_NEAR(found.calls[0].p99_seconds, 0.010, 0.0025) << "99 of 100 took no more";
    EXPECT_EQ(found.calls[1].count, 3U);
    EXPECT_NEAR(found.calls[1].p99_seconds, 0.050, 0.0125);
    EXPECT_TRUE(found.exact);
    EXPECT_EQ(found.told, 103U);
    EXPECT_EQ(found.nameless, 0U);
}

TEST_F(EndedCallsTest, NamesDifferByProcessAndProtocol)
{
    calls_.add(kBackend, {"haproxy", "GET", Protocol::http1}, 1, 1);
    calls_.add(kBackend, {"curl", "GET", Protocol::http1}, 1, 1);
    calls_.add(kBackend, {"haproxy", "GET", Protocol::redis}, 1, 1);
    EXPECT_EQ(totals(3).calls.size(), 3U);
}

TEST_F(EndedCallsTest, AreScaledToWhatWasCounted)
{
    calls_.set_every(kBackend, 16);
    add("GET /a", 75, 10 * kMillisecond, 16);
    add("GET /b", 25, 30 * kMillisecond, 16);
    for (const bool over : {false, true}) { // in the slice that lasts, and afterwards
        if (over)
            roll(1500);
        const auto found = totals(1500);
        ASSERT_EQ(found.calls.size(), 2U);
        EXPECT_EQ(found.calls[0].count + found.calls[1].count, 1500U) << "not 1600, as the told ones have it";
        EXPECT_EQ(found.calls[0].count, 1125U);
        EXPECT_NEAR(found.calls[0].sum_seconds, 11.25, 1e-9);
        EXPECT_NEAR(found.calls[0].p99_seconds, 0.010, 0.0025);
        EXPECT_FALSE(found.exact);
        EXPECT_EQ(found.told, 100U);
    }
}

TEST_F(EndedCallsTest, EachSliceIsScaledByItself)
{
    add("GET /a", 100, kMillisecond); // all of them
    roll(100);
    calls_.set_every(kBackend, 4);
    add("GET /b", 100, kMillisecond, 4);
    const auto found = totals(100 + 400);
    ASSERT_EQ(found.calls.size(), 2U);
    EXPECT_EQ(found.calls[0].name.call, "GET /b");
    EXPECT_EQ(found.calls[0].count, 400U);
    EXPECT_EQ(found.calls[1].count, 100U);
    EXPECT_FALSE(found.exact);
}

TEST_F(EndedCallsTest, ThatWereLostAreMadeUpForAndSaid)
{
    add("GET /a", 50, kMillisecond);
    roll(80, 30);
    const auto found = totals(80, 30);
    EXPECT_EQ(found.calls.at(0).count, 80U);
    EXPECT_EQ(found.lost, 30U);
    EXPECT_FALSE(found.exact);
}

TEST_F(EndedCallsTest, OfWhichNoneWasToldHaveNoName)
{
    calls_.set_every(kBackend, 1024);
    EXPECT_EQ(totals(7).nameless, 7U);
    EXPECT_FALSE(totals(7).exact);
    roll(7);
    EXPECT_EQ(totals(7).nameless, 7U);
    EXPECT_TRUE(totals(7).calls.empty());
}

TEST_F(EndedCallsTest, WhatWasCountedBeforeTheStartIsInNoSlice)
{
    EndedCalls calls;
    calls.set_every(kBackend, 2);
    const CountedCalls before[] = {counted(1'000'000)};
    calls.roll(before);
    calls.add(kBackend, name_of("GET /a"), 1, 2);
    EXPECT_EQ(calls.totals(counted(1'000'003), 30).calls.at(0).count, 3U);
}

TEST_F(EndedCallsTest, ARecordThatIsUsedAgainCountsFromItsBeginning)
{
    add("GET /a", 10, 1);
    roll(10);
    calls_.forget(kBackend);
    EXPECT_TRUE(totals(10).calls.empty());
    calls_.set_every(kBackend, 2);
    calls_.add(kBackend, name_of("GET /b"), 1, 2);
    EXPECT_EQ(calls_.totals(counted(4, 0, 2), 30).calls.at(0).count, 4U);
}

TEST_F(EndedCallsTest, WindowsAreMadeOfSlices)
{
    std::uint64_t ended = 0;
    for (std::size_t slice = 0; slice < 2 * SlotShares::kSlices; ++slice) {
        add("GET /a", slice, kMillisecond);
        roll(ended += slice);
    }
    EXPECT_TRUE(totals(ended, 0, 1).calls.empty());
    EXPECT_EQ(totals(ended, 0, 3).calls.at(0).count,
              2 * SlotShares::kSlices - 1 + 2 * SlotShares::kSlices - 2);
    std::uint64_t in_all = 0;
    for (std::size_t slice = SlotShares::kSlices + 1; slice < 2 * SlotShares::kSlices; ++slice)
        in_all += slice;
    EXPECT_EQ(totals(ended, 0, 1000).calls.at(0).count, in_all);
}

TEST_F(EndedCallsTest, StayBoundedAndKeepWhatTakesTheMostTime)
{
    const std::size_t many = 3 * EndedCalls::kMostNames;
    for (std::size_t i = 0; i < many; ++i)
        add("GET /" + std::to_string(i), 1, kMillisecond);
    add("GET /large", 1, 20 * kMillisecond);
    const auto found = totals(many + 1);
    ASSERT_EQ(found.calls.size(), EndedCalls::kMostNames);
    EXPECT_EQ(found.calls[0].name.call, "GET /large");
    EXPECT_EQ(found.nameless, many + 1 - EndedCalls::kMostNames) << "none is lost";
}

TEST_F(EndedCallsTest, StayBoundedOverAllBackends)
{
    std::size_t listed = 0;
    std::uint64_t nameless = 0;
    for (std::uint32_t backend = 0; backend < EndedCalls::kMostInSlice + 100; ++backend)
        calls_.add(backend, name_of("GET /a"), 1, 1);
    for (std::uint32_t backend = 0; backend < EndedCalls::kMostInSlice + 100; ++backend) {
        const auto found = calls_.totals({backend, 1, 1, 0}, 30);
        listed += found.calls.size();
        nameless += found.nameless;
    }
    EXPECT_EQ(listed, EndedCalls::kMostInSlice);
    EXPECT_EQ(nameless, 100U);
}

TEST_F(EndedCallsTest, OfManyDurationsStayBoundedAndKeepTheirCount)
{
    for (std::uint64_t took_ns = 1; took_ns != 0; took_ns *= 2)
        for (const std::uint64_t part : {4U, 5U, 6U, 7U})
            add("GET /a", 1, took_ns / 4 * part);
    const auto found = totals(256);
    EXPECT_EQ(found.calls.at(0).count, 256U);
    EXPECT_GT(found.calls[0].p99_seconds, 0);
}

// One label out of ten, sampled at random: what is said of it lies where binomial errors leave it.
TEST_F(EndedCallsTest, AreUnbiasedForARandomPart)
{
    std::minstd_rand random(1);
    std::uint64_t ended = 0;
    for (; ended < 200'000; ++ended)
        if (random() % 16 == 0)
            add(ended % 10 == 0 ? "GET /rare" : "GET /usual", 1, kMillisecond, 16);
    const auto found = totals(ended);
    ASSERT_EQ(found.calls.size(), 2U);
    EXPECT_EQ(found.calls[0].name.call, "GET /usual");
    EXPECT_NEAR(static_cast<double>(found.calls[1].count), 20'000,
                4 * 540); // 4 standard deviations of 16 * sqrt(1130)
    EXPECT_FALSE(found.exact);
}

} // namespace
} // namespace slotscope::aggregate
