// SPDX-License-Identifier: MIT
// WebSockets: connections that last for as long as their clients stay.
#include "analyze/causes.h"
#include "analyze/judge.h"
#include "model/histogram.h"
#include "situations.h"

#include <gtest/gtest.h>

namespace slotscope::analyze::test {
namespace {

// So many of eight slots are held by upgraded connections, and the rest by calls.
void hold(Evidence& e, std::size_t upgraded, const HolderIs& rest)
{
    Holder websocket = holder({.call = CallState::response, .age_seconds = 300, .label = "GET /ws"});
    websocket.call.upgraded = true;
    std::vector<Holder> holders(upgraded, websocket);
    holders.resize(8, holder(rest));
    e.tally = {};
    for (int sample = 0; sample < 4; ++sample)
        e.tally.add(holders, 8, 0.5);
}

TEST(Upgraded, AreNoAnswersThatComeSlowlyAndTellNoAge)
{
    Evidence e = at_limit();
    hold(e, 8, {});
    EXPECT_EQ(e.tally.share(Doing::upgraded), 1);
    EXPECT_EQ(e.tally.oldest_seconds(), 0);
    EXPECT_EQ(e.tally.share_older_than(12), 0);
    EXPECT_EQ(e.tally.culprits(1).front().state, "upgraded");
}

TEST(Upgraded, ThatFillALimitOfRequestsNeedRoom)
{
    Evidence e = at_limit();
    flow(e, 0.2, 0.1, 30);
    hold(e, 8, {});
    const Verdict verdict = judge(e);
    EXPECT_EQ(verdict.cause, Cause::limit_too_low);
    EXPECT_GT(verdict.confidence, 0.6);
    EXPECT_NE(verdict.sentence.find("8 of them by connections that GET /ws has upgraded"), std::string::npos)
        << verdict.sentence;
    for (const Advice& each : verdict.advice)
        EXPECT_EQ(each.reason.find("arrivals"), std::string::npos)
            << "how many stay is in no rate: " << each.reason;
}

TEST(Upgraded, ThatAreThereAsEverAreNotWhyTheRestIsSlow)
{
    Evidence e = slow();
    hold(e, 5, {.age_seconds = 0.8});
    e.usual_calls["GET /ws"] = {.slots = 5, .longest_seconds = 300, .long_by_nature = true};
    const Verdict verdict = judge(e);
    EXPECT_EQ(verdict.cause, Cause::slow_backend);
    EXPECT_GT(verdict.confidence, 0.6);
    EXPECT_EQ(verdict.culprits.front().call, "GET /item/{id}");
}

// What their server asks in turn is there for the next message.
TEST(Upgraded, WaitForNobody)
{
    Evidence e = at_limit();
    Holder websocket =
        holder({.call = CallState::response, .label = "GET /ws", .waits_for = "127.0.0.1:6379"});
    websocket.call.upgraded = true;
    e.tally = {};
    e.tally.add(std::vector<Holder>(8, websocket), 8, 0.5);
    EXPECT_FALSE(e.tally.dependency());
}

// They last by nature, as upgraded ones do, and nothing in them says so.
TEST(Streams, ThatFillALimitAreSaidToBePossible)
{
    Evidence e = at_limit();
    flow(e, 22, 20, 0.1);
    e.long_completions = 0;
    held(e, 8, {.call = CallState::response, .age_seconds = 20, .label = "GET /events"});
    const Verdict verdict = judge(e, nullptr);
    EXPECT_EQ(verdict.cause, Cause::unknown);
    EXPECT_NE(verdict.sentence.find("GET /events: answers that go on and on, the oldest for 20 s"),
              std::string::npos)
        << verdict.sentence;
    ASSERT_FALSE(verdict.advice.empty());
    EXPECT_NE(verdict.advice.front().change.find("give GET /events a backend"), std::string::npos);
    held(e, 8,
         {.call = CallState::response, .age_seconds = 20, .label = "GET /events", .last_io_seconds = 4});
    EXPECT_EQ(judge(e, nullptr).sentence.find("go on and on"), std::string::npos) << "readers may be slow";
    e.unread_share = 0;
    EXPECT_NE(judge(e, nullptr).sentence.find("go on and on"), std::string::npos) << "a pause between pieces";
    e.completed = Histogram{.counts = std::vector<std::uint64_t>(kHistogramBuckets)};
    std::size_t bucket = 0;
    while (histogram_lower_bound_ns(bucket) < 15'000'000'000)
        ++bucket;
    e.completed.counts[bucket] = 3;
    EXPECT_EQ(judge(e, nullptr).sentence.find("go on and on"), std::string::npos) << "such answers end";
}

} // namespace
} // namespace slotscope::analyze::test
