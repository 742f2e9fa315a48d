// SPDX-License-Identifier: MIT
#include "analyze/learned_limit.h"

#include "base/clock.h"

#include <gtest/gtest.h>

namespace slotscope::analyze {
namespace {

constexpr std::uint32_t kFront = 5;
constexpr std::uint32_t kBack = 6;
constexpr std::uint32_t kOther = 7;
constexpr std::uint32_t kProxy = 10; // its pid

// A proxy's front and two backends of its own, a second at a time.
class Learner : public ::testing::Test {
  protected:
    Learner()
    {
        for (const std::uint32_t index : {kFront, kBack, kOther}) {
            BackendCounters& each = records_[index];
            each.index = index;
            each.created_ns = 1;
            each.direction = index == kFront ? Direction::inbound : Direction::outbound;
            each.address = *parse_address("10.0.0.1:" + std::to_string(8000 + index));
            Standing& standing = scan_.backends[index];
            standing.direction = each.direction;
            standing.pids = {kProxy};
        }
        scan_.processes[kProxy].serves[kFront] = 1;
        scan_.processes[kProxy].asks = {{kBack, 1}, {kOther, 0}};
    }

    std::uint64_t& outcomes(std::uint32_t index, CallOutcome outcome)
    {
        return records_[index].calls.outcomes[static_cast<std::size_t>(outcome)];
    }

    void in_flight(std::uint32_t index, std::uint64_t count)
    {
        records_[index].calls.in_flight = count;
        records_[index].calls.peak = std::max(records_[index].calls.peak, count);
    }

    bool second()
    {
        now_ns_ += kSecond_ns;
        scan_.at_ns = now_ns_;
        std::vector<BackendCounters> all;
        for (const auto& [index, each] : records_)
            all.push_back(each);
        return learner_.observe(all, scan_, now_ns_);
    }

    // So many seconds in which the front answers 503 and the backend has these calls in flight, in turn.
    bool refusing(std::initializer_list<std::uint64_t> counts)
    {
        bool changed = false;
        for (const std::uint64_t count : counts) {
            in_flight(kBack, count);
            ++outcomes(kBack, CallOutcome::ok);
            outcomes(kFront, CallOutcome::unavailable) += 3;
            changed |= second();
        }
        return changed;
    }

    std::map<std::uint32_t, BackendCounters> records_;
    Scan scan_;
    LimitLearner learner_;
    std::uint64_t now_ns_ = 100 * kSecond_ns;
};

TEST_F(Learner, APlateauWithRefusalsIsALimit)
{
    second();
    EXPECT_TRUE(refusing({8, 7, 8, 6, 8, 8, 7}));
    ASSERT_EQ(learner_.limits().size(), 1U);
    const LearnedLimit limit = learner_.limits().front();
    EXPECT_EQ(limit.index, kBack);
    EXPECT_EQ(limit.slots, 8U);
    EXPECT_EQ(limit.kind, SlotKind::calls);
    EXPECT_EQ(limit.direction, Direction::outbound);
    EXPECT_EQ(limit.refusal, Refusal::answers);
    EXPECT_GE(limit.refusals, 18U);
}

TEST_F(Learner, RefusalsWithoutAPlateauAreNone) // a rate limit, for one
{
    second();
    in_flight(kBack, 14); // once, with nothing refused
    second();
    EXPECT_FALSE(refusing({3, 5, 2, 6, 4, 3, 5, 6, 2, 4}));
}

TEST_F(Learner, APlateauWithoutRefusalsIsNone)
{
    second();
    for (int seconds = 0; seconds < 20; ++seconds) {
        in_flight(kBack, 8);
        ++outcomes(kBack, CallOutcome::ok);
        EXPECT_FALSE(second());
    }
}

TEST_F(Learner, WhatTheBackendItselfSaidIsNotTheProxysRefusal)
{
    second();
    for (int seconds = 0; seconds < 20; ++seconds) {
        in_flight(kBack, 8);
        outcomes(kBack, CallOutcome::unavailable) += 3;
        outcomes(kFront, CallOutcome::unavailable) += 3;
        EXPECT_FALSE(second());
    }
}

TEST_F(Learner, WhatOnlyStandsThereIsNoLimit)
{
    second();
    for (int seconds = 0; seconds < 20; ++seconds) {
        in_flight(kBack, 8); // the same eight, and nothing ends
        outcomes(kFront, CallOutcome::unavailable) += 3;
        EXPECT_FALSE(second());
    }
}

TEST_F(Learner, OneSlotIsNoPlateau)
{
    second();
    EXPECT_FALSE(refusing({1, 1, 1, 1, 1, 1, 1, 1, 1, 1}));
}

TEST_F(Learner, AServerWithoutBackendsRefusesForItself)
{
    scan_.processes[kProxy].asks.clear();
    second();
    bool changed = false;
    for (int seconds = 0; seconds < 8; ++seconds) {
        in_flight(kFront, 12);
        ++outcomes(kFront, CallOutcome::ok);
        outcomes(kFront, CallOutcome::unavailable) += 2;
        changed |= second();
    }
    EXPECT_TRUE(changed);
    EXPECT_EQ(learner_.limits().at(0).index, kFront);
    EXPECT_EQ(learner_.limits().at(0).slots, 12U);
}

TEST_F(Learner, RefusedConnectsCountConnections)
{
    BackendCounters& back = records_[kBack];
    back.opened = back.up = 20;
    second();
    bool changed = false;
    for (int seconds = 0; seconds < 8; ++seconds) {
        auto& refused = back.failed[static_cast<std::size_t>(Failure::refused)];
        refused += 2;
        ++back.up; // one goes, and one comes in its place
        ++back.closed;
        back.opened += 3;
        changed |= second();
    }
    EXPECT_TRUE(changed);
    EXPECT_EQ(learner_.limits().at(0).kind, SlotKind::connections);
    EXPECT_EQ(learner_.limits().at(0).slots, 20U);
}

TEST_F(Learner, AServerThatIsGoneRefusesWithoutALimit)
{
    second();
    for (int seconds = 0; seconds < 20; ++seconds) {
        records_[kBack].failed[static_cast<std::size_t>(Failure::refused)] += 2;
        records_[kBack].opened += 2;
        EXPECT_FALSE(second());
    }
}

TEST_F(Learner, ConnectionsThatWaitToBeAcceptedShowTheWorkers)
{
    second();
    Standing& standing = scan_.backends[kFront];
    standing.open = 9;
    standing.not_accepted = 5;
    standing.oldest_not_accepted_ns = 3 * kSecond_ns;
    bool changed = false;
    for (int seconds = 0; seconds < 8; ++seconds) {
        ++records_[kFront].closed;
        changed |= second();
    }
    EXPECT_TRUE(changed);
    EXPECT_EQ(learner_.limits().at(0).slots, 4U);
    EXPECT_EQ(learner_.limits().at(0).refusal, Refusal::queue);
}

TEST_F(Learner, ItIsForgottenWhenMoreAreInUse)
{
    second();
    ASSERT_TRUE(refusing({8, 8, 8, 8, 8, 8}));
    EXPECT_FALSE(refusing({8, 8}));
    in_flight(kBack, 11);
    EXPECT_TRUE(second());
    EXPECT_TRUE(learner_.limits().empty());
}

TEST_F(Learner, ItGoesWithItsRecord)
{
    second();
    ASSERT_TRUE(refusing({8, 8, 8, 8, 8, 8}));
    records_[kBack].created_ns = 2; // used again, for another backend
    EXPECT_TRUE(second());
    EXPECT_TRUE(learner_.limits().empty());
}

TEST_F(Learner, WhereALimitIsKnownNothingIsLearned)
{
    records_[kBack].calls.limit = 9;
    second();
    EXPECT_FALSE(refusing({8, 8, 8, 8, 8, 8, 8, 8}));
}

} // namespace
} // namespace slotscope::analyze
