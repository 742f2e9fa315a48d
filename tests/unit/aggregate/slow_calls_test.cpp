// SPDX-License-Identifier: MIT
#include "aggregate/slow_calls.h"

#include "base/clock.h"
#include "model/histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::aggregate {
namespace {

using testing::HasSubstr;

Connection call_of(std::uint64_t cookie, std::uint64_t began_ns, std::uint32_t backend = 1)
{
    Connection connection;
    connection.cookie = cookie;
    connection.backend = backend;
    connection.pid = 812;
    connection.call.state = CallState::waiting;
    connection.call.protocol = Protocol::http1;
    connection.call.began_ns = began_ns;
    return connection;
}

class SlowCallsTest : public testing::Test {
  protected:
    SlowCallsTest() { calls_.set_threshold(1, 2 * kSecond_ns); }

    // Gives the events' texts, "KIND: TEXT".
    std::vector<std::string> look(const std::vector<Connection>& connections, std::uint64_t now_ns,
                                  std::uint64_t ended_ns = 0)
    {
        for (const Connection& connection : connections)
            if (calls_.due(connection, now_ns))
                calls_.tell(connection, {"GET /a", "haproxy", "127.0.0.1:5432"}, now_ns);
        for (const SlowCalls::Ended& ended : calls_.end_look(now_ns))
            calls_.tell_end(ended, ended_ns);
        std::vector<std::string> texts;
        for (const Happening& each : calls_.take(std::chrono::system_clock::now()))
            texts.push_back(each.event.kind + ": " + each.event.text);
        return texts;
    }

    SlowCalls calls_;
};

TEST_F(SlowCallsTest, AreToldOnceWhileTheyLastAndOnceWhenTheyEnd)
{
    const std::vector<Connection> one = {call_of(7, 10 * kSecond_ns)};
    EXPECT_THAT(look(one, 11 * kSecond_ns), testing::IsEmpty());
    EXPECT_THAT(
        look(one, 12 * kSecond_ns + kSecond_ns / 2),
        testing::ElementsAre("slow_call: GET /a by haproxy[812] lasts 2.5 s so far (waiting); slow from "
                             "2.0 s on; waits for 127.0.0.1:5432"));
    EXPECT_THAT(look(one, 14 * kSecond_ns), testing::IsEmpty());
    EXPECT_THAT(look({}, 16 * kSecond_ns, 15 * kSecond_ns),
                testing::ElementsAre("slow_call_ended: GET /a by haproxy[812] ended after 5.0 s"));
    EXPECT_THAT(look({}, 17 * kSecond_ns), testing::IsEmpty());
}

TEST_F(SlowCallsTest, WhoseEndWasNotSeenLastedAtLeastSoLong)
{
    look({call_of(7, 10 * kSecond_ns)}, 13 * kSecond_ns);
    EXPECT_THAT(look({call_of(7, 14 * kSecond_ns)}, 15 * kSecond_ns),
                testing::ElementsAre("slow_call_ended: GET /a by haproxy[812] ended after at least 3.0 s"));
}

TEST_F(SlowCallsTest, QuickOnesAreNot)
{
    EXPECT_THAT(look({call_of(7, 10 * kSecond_ns)}, 11 * kSecond_ns), testing::IsEmpty());
    EXPECT_THAT(look({}, 13 * kSecond_ns), testing::IsEmpty());
    Connection idle = call_of(8, 1 * kSecond_ns);
    idle.call.state = CallState::none;
    EXPECT_THAT(look({idle}, 20 * kSecond_ns), testing::IsEmpty());
}

TEST_F(SlowCallsTest, BackendsWithoutAThresholdTellNone)
{
    EXPECT_THAT(look({call_of(7, kSecond_ns, 2)}, 100 * kSecond_ns), testing::IsEmpty());
    calls_.set_threshold(1, 0);
    EXPECT_THAT(look({call_of(8, kSecond_ns)}, 101 * kSecond_ns), testing::IsEmpty());
}

TEST_F(SlowCallsTest, ThatAreTooManyAreCountedOnceEach)
{
    look({}, 9 * kSecond_ns);
    std::vector<Connection> many;
    for (std::uint64_t cookie = 1; cookie <= 30; ++cookie)
        many.push_back(call_of(cookie, 10 * kSecond_ns));
    EXPECT_EQ(look(many, 13 * kSecond_ns).size(), SlowCalls::kMostOfBackend);
    EXPECT_THAT(look(many, 14 * kSecond_ns), testing::IsEmpty());
    EXPECT_THAT(look(many, 24 * kSecond_ns),
                testing::ElementsAre(HasSubstr("slow_call: 25 more calls became slow")));
    EXPECT_THAT(look(many, 40 * kSecond_ns), testing::IsEmpty());
    EXPECT_EQ(look({}, 41 * kSecond_ns, 40 * kSecond_ns).size(), SlowCalls::kMostOfBackend)
        << "ends of those that were told";
}

TEST_F(SlowCallsTest, OfAllBackendsAreBounded)
{
    std::size_t told = 0;
    std::vector<Connection> many;
    for (std::uint32_t backend = 1; backend <= 100; ++backend) {
        calls_.set_threshold(backend, kSecond_ns);
        many.push_back(call_of(backend, 10 * kSecond_ns, backend));
    }
    for (const std::string& text : look(many, 12 * kSecond_ns))
        told += text.find("more call") == std::string::npos ? 1 : 0;
    EXPECT_EQ(told, SlowCalls::kMostOfAll);
}

TEST(SlowFrom, IsAMultipleOfTheP99AboveTheFloor)
{
    SlowCallSettings settings;
    Histogram durations{std::vector<std::uint64_t>(kHistogramBuckets), 0};
    EXPECT_EQ(slow_from_ns(settings, "app1", durations), kSecond_ns);
    std::size_t bucket = 0;
    while (histogram_lower_bound_ns(bucket) < 4 * kSecond_ns)
        ++bucket;
    durations.counts[bucket] = 99;
    EXPECT_EQ(slow_from_ns(settings, "app1", durations), kSecond_ns) << "too few to say";
    durations.counts[bucket] = 1000;
    const double p99 = *quantile_ns(durations, 0.99);
    EXPECT_NEAR(static_cast<double>(slow_from_ns(settings, "app1", durations)), 2 * p99, 2);
    settings.percent_of_p99 = 1;
    EXPECT_EQ(slow_from_ns(settings, "app1", durations), kSecond_ns);
}

TEST(SlowFrom, IsWhatWasSetForTheBackend)
{
    SlowCallSettings settings;
    settings.milliseconds = {{"app1", 250}, {"quiet", 0}};
    EXPECT_EQ(slow_from_ns(settings, "app1", {}), 250'000'000U);
    EXPECT_EQ(slow_from_ns(settings, "quiet", {}), 0U);
    EXPECT_EQ(slow_from_ns(settings, "app2", {}), kSecond_ns);
    settings.enabled = false;
    EXPECT_EQ(slow_from_ns(settings, "app1", {}), 0U);
}

} // namespace
} // namespace slotscope::aggregate
