// SPDX-License-Identifier: MIT
// What proxies themselves have to do with it: reloads, coalesced fetches, clients that do not read.
#include "scenario.h"

#include "harness/wait.h"

#include <csignal>
#include <iterator>
#include <sstream>

namespace slotscope::scenarios {
namespace {

const Stream kItems{"/item/{n}?ms=20", 20};

// Workers that HAProxy's master has now; the old ones end when their last request does.
std::size_t workers_of(pid_t master)
{
    std::istringstream pids(
        live::read_file("/proc/" + std::to_string(master) + "/task/" + std::to_string(master) + "/children"));
    return static_cast<std::size_t>(
        std::distance(std::istream_iterator<pid_t>(pids), std::istream_iterator<pid_t>()));
}

TEST_F(Scenario, HaproxyReloadsThatStackGenerations)
{
    haproxy_with(8);
    baseline({kItems});
    const auto polls = [](const auto& holder) { return holder.at("call_state") == "waiting"; };
    for (std::size_t generation = 1; generation <= 3; ++generation) {
        load().burst("/poll?ms=60000", 3);
        holds(slots_, 3 * generation, polls);
        if (generation == 3)
            break;
        product(0).program().signal(SIGUSR2);
        ASSERT_TRUE(live::eventually([&] {
            return workers_of(product(0).program().pid()) == generation + 1;
        })) << "after reload "
            << generation << ": " << product(0).program().err();
        pass(1); // a master that has just forked its worker loses the next signal
    }
    gives({.backend = slots_, .cause = "generation_overlap", .call = "GET /poll"});
}

// A reload too, but nothing of the old worker is left; the slots are the new one's alone.
TEST_F(Twin, HaproxyReloadBeforeASlowUrl)
{
    haproxy_with(8);
    baseline({kItems, {"/report/{n}?ms=30", 4}});
    product(0).program().signal(SIGUSR2);
    pass(2);
    ASSERT_TRUE(live::eventually([&] { return workers_of(product(0).program().pid()) == 1; }));
    load().becomes({kItems, {"/report/{n}?ms=3000", 5}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /report/{id}"});
}

// HAProxy's slots are held in Varnish, which fetches a hot object for one client at a time: its concurrency
// towards the application stays 1.
TEST_F(Scenario, VarnishThatSerialisesAnObject)
{
    const Side slots = varnish_behind_haproxy(
        12, "sub vcl_recv { return (hash); }\n"
            "sub vcl_backend_response { set beresp.ttl = 0s; set beresp.grace = 0s; return (deliver); }");
    baseline({kItems, {"/hot?ms=40", 8}});
    load().becomes({kItems, {"/hot?ms=400", 8}});
    fills(slots);
    gives({.backend = slots, .cause = "serialisation", .call = "GET /hot"});
}

// The very same load where Varnish knows that the object cannot be cached: 3.6 of 12 slots.
TEST_F(Twin, VarnishThatDoesNotSerialiseIt)
{
    varnish_behind_haproxy(12, "sub vcl_recv { return (hash); }\n"
                               "sub vcl_backend_response { set beresp.ttl = 60s; "
                               "set beresp.uncacheable = true; return (deliver); }");
    baseline({kItems, {"/hot?ms=40", 8}});
    load().becomes({kItems, {"/hot?ms=400", 8}});
    gives_nothing(8);
}

// Nothing is serialised, and what Varnish waits for is slow.
TEST_F(Twin, VarnishInFrontOfASlowApplication)
{
    const Side slots = varnish_behind_haproxy(10, "sub vcl_recv { return (pass); }");
    baseline({kItems, {"/hot?ms=40", 8}});
    load().becomes({kItems, {"/hot?ms=2000", 8}});
    fills(slots);
    gives({.backend = slots, .cause = "slow_dependency", .call = "GET /hot", .dependency = back_});
}

constexpr const char* kOnlyByFraming =
    "by timing a call gives its slot back with the first byte of its answer";

constexpr const char* kExport = "/export?size=30000000"; // more than all buffers on the way

TEST_F(Scenario, HaproxyWithClientsThatDoNotRead)
{
    haproxy_with(4);
    if (!names_are_seen())
        GTEST_SKIP() << kOnlyByFraming;
    baseline({kItems, {kExport, 1}});
    load().becomes({kItems, {.target = kExport, .per_second = 2, .reads = false}});
    fills(slots_);
    holds(slots_, 4, [](const auto& holder) { return holder.at("call_state") == "response"; });
    gives({.backend = slots_, .cause = "slow_reader", .call = "GET /export"});
}

// The answers take as long and are as much under way, and everybody reads them at once.
TEST_F(Twin, HaproxyWithAnswersThatComeSlowly)
{
    haproxy_with(4);
    if (!names_are_seen())
        GTEST_SKIP() << kOnlyByFraming;
    baseline({kItems, {"/export?drip=100", 1}});
    load().becomes({kItems, {"/export?drip=10000", 1}});
    fills(slots_);
    holds(slots_, 4, [](const auto& holder) { return holder.at("call_state") == "response"; });
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /export"});
}

// Its old workers go on until their last request ends, and its zone counts them.
TEST_F(Scenario, NginxReloadsThatStackGenerations)
{
    application_at(back_);
    runs(nginx_with_a_pool(site("nginx", front_, back_), 8, 1, "proxy_read_timeout 300s; "));
    watch(slots_);
    clients_of(front_);
    baseline({{"/item/{n}?ms=20", 20}});
    const auto polls = [](const auto& holder) { return holder.at("call_state") == "waiting"; };
    for (std::size_t generation = 1; generation <= 3; ++generation) {
        load().burst("/poll?ms=60000", 3);
        if (generation == 3)
            break;
        holds(slots_, 3 * generation, polls);
        product(0).program().signal(SIGHUP);
        pass(2);
    }
    gives({.backend = slots_, .cause = "generation_overlap", .call = "GET /poll"});
}

TEST_F(Scenario, NginxUnbufferedWithClientsThatDoNotRead)
{
    application_at(back_);
    runs(nginx_with_a_pool(site("nginx", front_, back_), 4, 1, "proxy_buffering off; "));
    watch(slots_);
    clients_of(front_);
    baseline({{"/item/{n}?ms=20", 20}, {"/export?size=30000000", 1}});
    load().becomes(
        {{"/item/{n}?ms=20", 20}, {.target = "/export?size=30000000", .per_second = 2, .reads = false}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_reader", .call = "GET /export"});
}

} // namespace
} // namespace slotscope::scenarios
