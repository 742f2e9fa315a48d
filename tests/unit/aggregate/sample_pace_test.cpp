// SPDX-License-Identifier: MIT
#include "aggregate/sample_pace.h"

#include <gtest/gtest.h>
#include <map>

namespace slotscope::aggregate {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

class SamplePaceTest : public testing::Test {
  protected:
    void SetUp() override { second({}); } // from then on

    // A second in which each backend finishes so many calls more.
    void second(const std::map<std::uint32_t, std::uint64_t>& finish)
    {
        now_ns_ += kSecond;
        for (const auto& [backend, count] : finish)
            finished_[backend] += count;
        std::vector<BackendCounters> backends;
        for (const auto& [backend, count] : finished_) {
            BackendCounters& counters = backends.emplace_back();
            counters.index = backend;
            counters.created_ns = 1;
            counters.calls.outcomes[0] = count;
        }
        for (const auto& [backend, every] : pace_.adapt(backends, now_ns_))
            every_[backend] = every;
    }
    std::uint32_t every(std::uint32_t backend) { return every_.try_emplace(backend, 1).first->second; }

    SamplePace pace_;
    std::uint64_t now_ns_ = kSecond;
    std::map<std::uint32_t, std::uint64_t> finished_;
    std::map<std::uint32_t, std::uint32_t> every_;
};

TEST_F(SamplePaceTest, AllAreToldWhileTheyAreFew)
{
    for (int round = 0; round < 5; ++round)
        second({{1, SamplePace::kMostOfBackend}, {2, 0}, {3, 7}});
    EXPECT_EQ(every(1), 1U);
    EXPECT_EQ(every(3), 1U);
}

TEST_F(SamplePaceTest, OfManyOnlyAPart)
{
    second({{1, 100'000}, {2, 10}});
    EXPECT_EQ(every(1), 128U);
    EXPECT_EQ(every(2), 1U);
}

TEST_F(SamplePaceTest, ComesBackStepByStep)
{
    second({{1, 8000}});
    ASSERT_EQ(every(1), 8U);
    for (const std::uint32_t wanted : {4U, 2U, 1U, 1U}) {
        second({{1, 0}});
        EXPECT_EQ(every(1), wanted);
    }
}

TEST_F(SamplePaceTest, ManyBackendsShareWhatThereIs)
{
    std::map<std::uint32_t, std::uint64_t> finish;
    for (std::uint32_t backend = 0; backend < 100; ++backend)
        finish[backend] = 1000;
    second(finish);
    double told = 0;
    for (std::uint32_t backend = 0; backend < 100; ++backend)
        told += 1000.0 / every(backend);
    EXPECT_LE(told, SamplePace::kMostOfAll);
    EXPECT_GT(told, SamplePace::kMostOfAll / 4.0);
}

TEST_F(SamplePaceTest, ABurstIsCutBeforeTheSecondIsOver)
{
    second({{1, 10}});
    std::uint64_t told = 0;
    std::uint32_t every = 1;
    for (std::uint64_t call = 0; call < 1'000'000; ++call)
        if (call % every == 0) {
            ++told;
            every = pace_.told(1).value_or(every);
        }
    EXPECT_LT(told, 12'000U);
    EXPECT_GT(every, 64U);
    for (int round = 0; round < 4; ++round)
        second({{1, 1'000'000}});
    EXPECT_EQ(this->every(1), 1024U) << "then by what was counted";
}

TEST_F(SamplePaceTest, WhatFinishedBeforeTheFirstLookIsNoRate)
{
    SamplePace pace;
    BackendCounters counters;
    counters.index = 1;
    counters.created_ns = 1;
    counters.calls.outcomes[0] = 1'000'000;
    EXPECT_TRUE(pace.adapt(std::span(&counters, 1), 1000 * kSecond).empty());
    EXPECT_TRUE(pace.adapt(std::span(&counters, 1), 1001 * kSecond).empty());
}

TEST_F(SamplePaceTest, WhatIsForgottenBeginsAnew)
{
    second({{1, 100'000}});
    pace_.forget(1);
    finished_.clear();
    every_.clear();
    second({{1, 10}});
    EXPECT_EQ(every(1), 1U);
}

TEST_F(SamplePaceTest, LooksThatFollowEachOtherCloselyChangeNothing)
{
    second({{1, 10}});
    BackendCounters counters;
    counters.index = 1;
    counters.created_ns = 1;
    counters.calls.outcomes[0] = 1'000'000;
    EXPECT_TRUE(pace_.adapt(std::span(&counters, 1), now_ns_ + kSecond / 10).empty());
}

} // namespace
} // namespace slotscope::aggregate
