// SPDX-License-Identifier: MIT
// Several backends, several members, several turns: what belongs together, and what does not.
#include "scenario.h"

#include "harness/wait.h"

#include <csignal>

namespace slotscope::scenarios {
namespace {

const Stream kItems{"/item/{n}?ms=20", 20};

std::string server(const std::string& name, const Address& at, const std::string& more)
{
    return "    server " + name + " " + to_string(at) + " " + more + "\n";
}

// Two backends run full at the same time, the one because it is slow and the other because it is asked more.
TEST_F(Scenario, HaproxyWithTwoBackendsAtOnce)
{
    const Address other = address();
    application_at(back_);
    application_at(other);
    runs(haproxy_with_backends(site("haproxy", front_), {{"shop", server("s1", back_, "maxconn 6")},
                                                         {"search", server("s1", other, "maxconn 6")}}));
    const Side search{other};
    watch(search);
    clients_of(front_);
    baseline({{"/shop/item/{n}?ms=30", 8}, {"/search/q?ms=100", 8}});
    load().becomes({{"/shop/item/{n}?ms=2000", 8}, {"/search/q?ms=100", 90}});
    fills(slots_);
    gives_each({{.backend = slots_, .cause = "slow_backend", .call = "GET /shop/item/{id}"},
                {.backend = search, .cause = "demand_surge", .call = "GET /search/q"}});
}

// Two backends behind one proxy become slow at the same time, each by a script of its own: what happens at
// the same time need not have one cause. (Its opposite: Scenario.TwoBackendsThatWaitForOneApi.)
TEST_F(Twin, TwoBackendsThatAreSlowEachForItself)
{
    const Address other = address();
    const std::string application = "import time\n"
                                    "def answer(path, query):\n"
                                    "    time.sleep(int(query['ms']) / 1000)\n"
                                    "    return 'ok'\n";
    runs(gunicorn(site("shop", back_), {.workers = 4, .application = application}));
    runs(gunicorn(site("tickets", other), {.workers = 4, .application = application}));
    runs(haproxy_with_backends(site("haproxy", front_), {{"shop", server("s1", back_, "maxconn 4")},
                                                         {"tickets", server("s1", other, "maxconn 4")}}));
    const Side tickets{other};
    watch(tickets);
    clients_of(front_);
    baseline({{"/shop/pay?ms=30", 6}, {"/tickets/buy?ms=30", 6}});
    load().becomes({{"/shop/pay?ms=2500", 6}, {"/tickets/buy?ms=2500", 6}});
    fills(slots_);
    fills(tickets);
    gives_each({{.backend = slots_, .cause = "slow_backend", .call = "GET /shop/pay"},
                {.backend = tickets, .cause = "slow_backend", .call = "GET /tickets/buy"}});
    for (const nlohmann::json& verdict : verdicts()) {
        EXPECT_TRUE(verdict.at("linked_to").is_null()) << verdict.dump(1);
        for (const nlohmann::json& each : verdict.at("linked")) // but the workers at the other end
            EXPECT_EQ(each.at("direction"), "inbound") << verdict.dump(1);
    }
}

// One of two servers has gone slow; the other one is well.
TEST_F(Scenario, HaproxyWithOneSlowServerOfTwo)
{
    const Address other = address();
    application_at(back_);
    application_at(other);
    // Which of them answers slowly is said by the path, as the application cannot be told.
    runs(haproxy_with_backends(site("haproxy", front_), {{"a", server("s1", back_, "maxconn 5")},
                                                         {"b", server("s1", other, "maxconn 5")}}));
    watch(slots_);
    clients_of(front_);
    baseline({{"/a/item/{n}?ms=30", 10}, {"/b/item/{n}?ms=30", 10}});
    load().becomes({{"/a/item/{n}?ms=1500", 10}, {"/b/item/{n}?ms=30", 10}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /a/item/{id}"});
}

// Full for some seconds, clear of it for some, and so on: one episode.
TEST_F(Scenario, HaproxyThatFlaps)
{
    haproxy_with(6);
    baseline({kItems});
    for (int turn = 0; turn < 4; ++turn) {
        load().becomes({kItems, {"/report/{n}?ms=1500", 8}});
        pass(2.5);
        load().becomes({kItems});
        pass(3);
    }
    load().becomes({kItems, {"/report/{n}?ms=1500", 8}});
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /report/{id}"});
    const auto episodes = agent().get("/v1/episodes").at("episodes");
    EXPECT_EQ(std::ranges::count_if(
                  episodes, [this](const auto& each) { return each.at("address") == to_string(back_); }),
              1)
        << episodes.dump(1);
}

// Those that wait too long in HAProxy's queue are told 503 there.
TEST_F(Scenario, HaproxyWhoseQueueTimesOut)
{
    haproxy_with(4, "timeout queue 300ms");
    baseline({kItems});
    load().becomes({{"/item/{n}?ms=1200", 20}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /item/{id}"});
    EXPECT_GT(load().refused(), 0U);
}

// Each of two workers counts for itself.
TEST_F(Scenario, NginxWithTwoWorkersAndNoZone)
{
    application_at(back_);
    runs(nginx(site("nginx", front_, back_), "location / { proxy_pass http://app; }", 2,
               "    upstream app { server @BACK@ max_conns=6; keepalive 8; }\n"));
    watch(slots_);
    clients_of(front_);
    baseline({kItems, {"/report/{n}?ms=30", 12}});
    load().becomes({kItems, {"/report/{n}?ms=2000", 12}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /report/{id}"});
}

// The server is gone: whoever asks is refused.
TEST_F(Scenario, HaproxyWhoseServerIsGone)
{
    gunicorn_with(4, {.threads = 4, .application = "def answer(path, query):\n    return 'ok'\n"});
    baseline({{"/item/{n}", 12}});
    product(0).program().signal(SIGINT);
    gives({.backend = slots_, .cause = "connect_trouble"});
}

// HAProxy asks now and then whether the server is well.
TEST_F(Control, HealthChecksBesideNormalTraffic)
{
    haproxy_with(4, "option httpchk GET /health?ms=5\n    default-server check inter 200ms");
    baseline({kItems});
    gives_nothing(6);
}

// A low limit that normal traffic touches now and then, for minutes.
TEST_F(Control, LimitThatIsTouchedNowAndThen)
{
    haproxy_with(3);
    load().becomes({{"/item/{n}?ms=100", 5}});
    pass(10);
    EXPECT_GT(backend(slots_).at("slots").at("limit_hits"), 0);
    gives_nothing(8);
}

} // namespace
} // namespace slotscope::scenarios
