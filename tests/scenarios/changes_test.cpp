// SPDX-License-Identifier: MIT
// More of something that lasts, two things at a time or one after the other, and clients that never finish.
#include "scenario.h"

#include "harness/sock.h"
#include "harness/wait.h"

namespace slotscope::scenarios {
namespace {

const Stream kItems{"/item/{n}?ms=20", 15};

// Four times as many come, and each takes three times as long: each of both fills it, and both are told.
TEST_F(Scenario, HaproxyWithASurgeOfWhatIsSlowerToo)
{
    haproxy_with(8);
    baseline({{"/item/{n}?ms=150", 8}});
    load().becomes({{"/item/{n}?ms=450", 32}});
    fills(slots_);
    gives_one_of({.backend = slots_, .cause = "slow_backend", .call = "GET /item/{id}", .confidence = 0.3},
                 {"slow_backend", "demand_surge"});
    std::string beside;
    for (const nlohmann::json& verdict : verdicts())
        beside += verdict.value("causes", nlohmann::json()).dump();
    EXPECT_NE(beside.find("slow_backend"), std::string::npos) << beside;
    EXPECT_NE(beside.find("demand_surge"), std::string::npos) << beside;
}

// The first incident is over when the second one begins: what it was says nothing of this one.
TEST_F(Scenario, HaproxyWithASurgeAfterASlowUrl)
{
    haproxy_with(8);
    const Stream usual{"/item/{n}?ms=100", 12};
    baseline({usual, {"/report/{n}?ms=30", 4}});
    load().becomes({usual, {"/report/{n}?ms=3000", 5}});
    fills(slots_);
    pass(4);
    load().becomes({usual, {"/report/{n}?ms=30", 4}});
    ASSERT_TRUE(live::eventually(
        [&] {
            for (const nlohmann::json& verdict : verdicts())
                if (!verdict.contains("ended") || verdict.at("ended").is_null())
                    return false;
            return true;
        },
        std::chrono::seconds(40)))
        << nlohmann::json(verdicts()).dump(1);
    pass(6);
    load().becomes({{"/item/{n}?ms=100", 130}});
    fills(slots_);
    gives({.backend = slots_, .cause = "demand_surge", .call = "GET /item/{id}"});
}

// Each poll takes as long as ever, and ends; more and more clients poll.
TEST_F(Scenario, HaproxyWithMoreAndMoreLongPolls)
{
    haproxy_with(10);
    baseline({kItems, {.target = "/poll?ms=2500", .together = 3}}, 16);
    load().becomes({kItems, {.target = "/poll?ms=2500", .together = 16}});
    fills(slots_);
    gives({.backend = slots_, .cause = "demand_surge", .call = "GET /poll"});
}

// Streams of events last for as long as their clients stay, as WebSockets do; every client that comes stays.
// That it is their number may not be known, but nothing is slow, stuck or not read.
TEST_F(Scenario, HaproxyFilledByStreamsOfEvents)
{
    haproxy_with(10);
    load().burst("/events?drip=90000", 3);
    pass(1);
    baseline({kItems}, 8);
    for (int client = 0; client < 9; ++client, pass(0.4))
        load().burst("/events?drip=90000", 1);
    fills(slots_);
    says_none_but(slots_, {"unknown", "limit_too_low", "demand_surge"}, 15);
    for (const nlohmann::json& verdict : verdicts()) {
        const std::string said = text_of(verdict, "sentence");
        EXPECT_TRUE(text_of(verdict, "cause") != "unknown" ||
                    said.find("GET /events: answers that go on and on") != std::string::npos)
            << said;
    }
}

// Clients that send half of what they ask for, and stay: neither those who serve nor what they wait for has
// to do with it.
TEST_F(Scenario, HaproxyFullOfHalfRequests)
{
    application_at(back_);
    const Site proxy = site("haproxy", front_, back_);
    live::write_file(proxy.dir + "/haproxy.cfg",
                     "global\n    maxconn 1000\ndefaults\n    mode http\n    timeout connect 30s\n    "
                     "timeout client 60s\n    timeout server 60s\nfrontend " +
                         proxy.name + "\n    bind " + to_string(front_) +
                         "\n    maxconn 20\n    default_backend app\nbackend app\n    server s1 " +
                         to_string(back_) + "\n");
    runs(std::make_unique<Product>(space_, Product::Options{.command = {"/usr/sbin/haproxy", "-W", "-db",
                                                                        "-f", proxy.dir + "/haproxy.cfg"},
                                                            .listens_on = front_}));
    const Side clients{front_, Direction::inbound};
    watch(clients);
    clients_of(front_);
    baseline({kItems});
    std::vector<Fd> halves;
    for (int count = 0; count < 24; ++count) {
        halves.push_back(space_.inside([] { return live::tcp_socket(live::Family::ip4); }));
        live::must(-live::connect_to(halves.back(), front_, live::Family::ip4), "connect");
        live::send_text(halves.back(), "GET /item/7?ms=20 HTTP/1.1\r\nHost: a\r\n");
        pass(0.05);
    }
    fills(clients);
    says_none_but(clients, {"unknown", "idle_holders"}, 18);
}

// A page asks the site itself for a part of it. When enough ask for it at a time, all workers wait for a
// worker.
TEST_F(Scenario, PhpThatAsksItself)
{
    Site workers = site("php", back_);
    workers.front = unix_socket("php.sock");
    live::write_file(workers.dir + "/part.php", "<?php usleep(20000); echo 'part';");
    live::write_file(workers.dir + "/page.php", "<?php usleep(100000); echo file_get_contents('http://" +
                                                    to_string(front_) + "/part.php');");
    runs(php_fpm(workers, 5));
    runs(nginx(site("nginx", front_, workers.front), runs_scripts_in(workers.dir)));
    const Side slots{workers.front, Direction::inbound};
    watch(slots);
    clients_of(front_);
    baseline({{"/page.php", 4}});
    load().burst("/page.php", 20);
    fills(slots);
    gives_one_of({.backend = slots, .cause = "slow_dependency", .call = "page.php", .dependency = front_},
                 {"slow_dependency"});
}

} // namespace
} // namespace slotscope::scenarios
