// SPDX-License-Identifier: MIT
// Those who serve are kept from running by a limit of processor time.
#include "analyze/quota_tally.h"

#include "analyze/causes.h"
#include "analyze/judge.h"
#include "situations.h"

#include <gtest/gtest.h>

namespace slotscope::analyze::test {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

CpuQuota quota(std::uint64_t periods, double seconds, const std::string& group = "/pod/app",
               double cores = 0.2)
{
    return {group, cores, 0.1, periods, seconds};
}

void look(QuotaTally& tally, std::uint64_t second, const std::vector<CpuQuota>& seen)
{
    tally.add(seen, second * kSecond);
}

TEST(QuotaTally, TellsTheShareOfPeriodsWithNothingLeft)
{
    QuotaTally tally;
    EXPECT_FALSE(tally.most("those who serve"));
    look(tally, 10, {quota(1000, 70)});
    EXPECT_FALSE(tally.most("those who serve")) << "one look says nothing";
    look(tally, 20, {quota(1090, 77)});
    const auto most = tally.most("those who serve");
    ASSERT_TRUE(most);
    EXPECT_EQ(most->group, "/pod/app");
    EXPECT_DOUBLE_EQ(most->share, 0.9);
    EXPECT_DOUBLE_EQ(most->seconds, 0.7);
    EXPECT_TRUE(most->weighs());
}

TEST(QuotaTally, TellsTheGroupThatIsThrottledMost)
{
    QuotaTally tally;
    look(tally, 10, {quota(0, 0), quota(0, 0, "/pod", 4)});
    look(tally, 20, {quota(10, 1), quota(80, 3, "/pod", 4)});
    EXPECT_EQ(tally.most("those who serve")->group, "/pod");
}

TEST(QuotaTally, ForgetsWhatWasLongAgoOrUnderAnotherLimit)
{
    QuotaTally tally;
    look(tally, 10, {quota(0, 0)});
    for (std::uint64_t second = 11; second < 100; ++second)
        look(tally, second, {quota(10 * (second - 10), 0.8 * static_cast<double>(second - 10))});
    for (std::uint64_t second = 100; second < 170; ++second)
        look(tally, second, {quota(900, 72)});
    EXPECT_EQ(tally.most("those who serve")->share, 0) << "not throttled for more than a minute";
    look(tally, 171, {quota(900, 72, "/pod/app", 1)});
    EXPECT_FALSE(tally.most("those who serve")) << "it was raised";
    look(tally, 172, {});
    look(tally, 173, {quota(905, 73)});
    EXPECT_FALSE(tally.most("those who serve")) << "it was away";
}

TEST(QuotaTally, IsNotWeighedWhereLittleTimeIsLost)
{
    QuotaTally tally;
    look(tally, 10, {quota(0, 0)});
    look(tally, 20, {quota(90, 0.4)});
    EXPECT_FALSE(tally.most("those who serve")->weighs()) << "at the very end of each period";
}

Throttled throttled(double share)
{
    return {.who = "those who serve",
            .group = "/pod/app",
            .cores = 0.25,
            .period_seconds = 0.1,
            .share = share,
            .seconds = share};
}

std::string advised(const Verdict& verdict)
{
    return verdict.advice.empty() ? "" : verdict.advice.front().change;
}

TEST(ThrottledServers, AreSlowAndAreSaidToBeThrottled)
{
    Evidence e = slow();
    e.throttled = throttled(0.9);
    const Verdict verdict = judge(e, nullptr);
    EXPECT_EQ(verdict.cause, Cause::slow_backend);
    EXPECT_NE(verdict.sentence.find("control group /pod/app may use 0.25 cores and has none left in 90 %"),
              std::string::npos)
        << verdict.sentence;
    EXPECT_NE(verdict.causes.front().because.find("0.25 cores"), std::string::npos);
    EXPECT_EQ(verdict.evidence.at("share_throttled"), 0.9);
    EXPECT_EQ(verdict.evidence.at("cpu_limit_cores"), 0.25);
    // 20 came before, 5.3 get done, and a quarter is to spare.
    EXPECT_EQ(advised(verdict), "raise the CPU limit of control group /pod/app from 0.25 to 1.2 cores");
}

TEST(ThrottledServers, ThatAreHardlyThrottledAreNotSaidToBe)
{
    Evidence e = slow();
    e.throttled = throttled(0.2);
    const Verdict verdict = judge(e, nullptr);
    EXPECT_EQ(verdict.cause, Cause::slow_backend);
    EXPECT_EQ(verdict.sentence.find("control group"), std::string::npos) << verdict.sentence;
    EXPECT_EQ(advised(verdict).find("CPU"), std::string::npos);
    EXPECT_EQ(verdict.evidence.at("share_throttled"), 0.2);
}

// Nothing of it was seen before: what is steady is throttled, and wants no more slots.
TEST(ThrottledServers, WithoutABaselineAreSlow)
{
    Evidence e = slow();
    e.baseline = {};
    flow(e, 30, 28, 0.11);
    EXPECT_EQ(judge(e, nullptr).cause, Cause::limit_too_low);
    e.throttled = throttled(0.9);
    const Verdict verdict = judge(e, nullptr);
    EXPECT_EQ(verdict.cause, Cause::slow_backend) << verdict.sentence;
    EXPECT_LT(verdict.confidence, 0.6);
}

TEST(ThrottledServers, HaveNothingToDoWithHoldersThatAreIdle)
{
    Evidence e = slow();
    e.throttled = throttled(1);
    EXPECT_EQ(throttled_for(e, Cause::idle_holders), nullptr);
    EXPECT_EQ(throttled_for(e, Cause::stuck_calls), &*e.throttled);
    e.next_hop_throttled = throttled(1);
    EXPECT_EQ(throttled_for(e, Cause::slow_dependency), &*e.next_hop_throttled);
    EXPECT_EQ(throttled_for(e, Cause::slow_backend), &*e.throttled);
    e.holders_throttled = throttled(1);
    EXPECT_EQ(throttled_for(e, Cause::slow_reader), &*e.holders_throttled);
    EXPECT_EQ(throttled_for(e, Cause::slow_backend), &*e.throttled);
}

TEST(ThrottledServers, OfWhatIsWaitedForAreNamed)
{
    Evidence e = slow();
    held(e, 8, {.age_seconds = 0.8, .waits_for = "127.0.0.1:5432"});
    e.next_hop = NextHop{.address = "127.0.0.1:5432", .concurrency = 7, .samples = 5};
    e.next_hop_throttled = throttled(0.9);
    e.next_hop_throttled->who += " 127.0.0.1:5432";
    const Verdict verdict = judge(e, nullptr);
    EXPECT_EQ(verdict.cause, Cause::slow_dependency);
    EXPECT_NE(verdict.sentence.find("those who serve 127.0.0.1:5432 are throttled"), std::string::npos)
        << verdict.sentence;
    EXPECT_EQ(advised(verdict), "raise the CPU limit of control group /pod/app above 0.25 cores");
}

} // namespace
} // namespace slotscope::analyze::test
