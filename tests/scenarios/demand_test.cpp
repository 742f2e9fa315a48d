// SPDX-License-Identifier: MIT
// Slots that run out because of what is asked, how often, and how long it takes.
#include "scenario.h"

namespace slotscope::scenarios {
namespace {

const Stream kItems{"/item/{n}?ms=20", 30};

TEST_F(Scenario, VarnishWithOneSlowUrl)
{
    varnish_with(8);
    baseline({kItems, {"/report/{n}?ms=30", 4}});
    load().becomes({kItems, {"/report/{n}?ms=3000", 4}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /report/{id}"});
}

// Nobody has asked why when the agent dies; afterwards somebody does.
TEST_F(Scenario, VerdictThatSurvivesAKilledAgent)
{
    haproxy_with(8);
    baseline({kItems, {"/report/{n}?ms=30", 4}});
    load().becomes({kItems, {"/report/{n}?ms=3000", 5}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /report/{id}"});
    const auto before = why(to_string(back_)).at("verdicts").at(0);
    load().becomes({kItems});
    agent().kill();
    agent().start_again();
    const auto after = why(before.at("episode").dump()).at("verdicts").at(0);
    EXPECT_EQ(after.at("cause"), before.at("cause")) << after;
    EXPECT_EQ(after.at("backend"), before.at("backend")) << after;
}

// The same URL holds the same slots, because it is asked for more often.
TEST_F(Twin, VarnishWithOneUrlThatIsAskedMore)
{
    varnish_with(8);
    baseline({kItems, {"/report/{n}?ms=150", 3}});
    load().becomes({kItems, {"/report/{n}?ms=150", 80}});
    fills(slots_);
    gives({.backend = slots_, .cause = "demand_surge", .call = "GET /report/{id}"});
}

std::vector<Stream> shop(double per_second, const std::string& milliseconds)
{
    std::vector<Stream> streams;
    for (const char* path : {"/item/{n}?ms=", "/cart?ms=", "/search?ms=", "/user/{n}/orders?ms="})
        streams.push_back({path + milliseconds, per_second / 4});
    return streams;
}

TEST_F(Scenario, HaproxyWithADemandSurge)
{
    haproxy_with(8);
    baseline(shop(8, "200"));
    load().becomes(shop(60, "200"));
    fills(slots_);
    gives({.backend = slots_, .cause = "demand_surge"});
}

// As many slots are wanted, by as many URLs: because all of them take longer.
TEST_F(Twin, HaproxyWithASlowApplication)
{
    haproxy_with(8);
    baseline(shop(8, "200"));
    load().becomes(shop(8, "1500"));
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend"});
}

TEST_F(Scenario, LimitTooLowFromTheStart)
{
    haproxy_with(2);
    load().becomes(shop(11, "150"));
    fills(slots_);
    gives({.backend = slots_, .cause = "limit_too_low"});
}

// The same low limit was enough until there was more demand.
TEST_F(Twin, LowLimitThatWasEnoughBefore)
{
    haproxy_with(2);
    baseline(shop(2, "150"), 8);
    load().becomes(shop(16, "150"));
    fills(slots_);
    gives({.backend = slots_, .cause = "demand_surge"});
}

TEST_F(Control, BusyButNeverFull)
{
    haproxy_with(8);
    load().becomes({{.target = "/item/{n}?ms=200", .together = 6}});
    pass(6);
    EXPECT_GE(backend(slots_).at("slots").at("peak"), 5);
    EXPECT_EQ(backend(slots_).at("slots").at("limit_hits"), 0);
    gives_nothing();
}

TEST_F(Control, SlowButFarFromTheLimit)
{
    haproxy_with(50);
    baseline({kItems, {"/report/{n}?ms=30", 4}});
    load().becomes({kItems, {"/report/{n}?ms=3000", 4}});
    holds(slots_, 8, [](const auto& holder) { return holder.at("call_state") == "waiting"; });
    gives_nothing(7);
}

TEST_F(Control, HealthyBurstThatEnds)
{
    haproxy_with(8);
    baseline(shop(8, "50"));
    load().burst("/item/{n}?ms=150", 10);
    fills(slots_);
    gives_nothing(7);
}

TEST_F(Control, RestartOfTheAgentInTheMiddle)
{
    haproxy_with(12);
    baseline(shop(8, "50"));
    load().burst("/poll?ms=60000", 6);
    const auto polls = [](const auto& holder) { return holder.at("call_state") == "waiting"; };
    holds(slots_, 6, polls);
    agent().kill();
    agent().start_again();
    gives_nothing(8);
    EXPECT_GE(backend(slots_).at("connections").at("open"), 6);
}

} // namespace
} // namespace slotscope::scenarios
