// SPDX-License-Identifier: MIT
// What lies behind the servers: caches, members of a pool, an API that several wait for.
#include "scenario.h"
#include "table.h"

#include "harness/sock.h"
#include "harness/wait.h"

namespace slotscope::scenarios {
namespace {

// Reads a price from Redis, and thinks for `own` ms.
std::string prices_in(const Address& cache)
{
    return "import socket, time\n"
           "def answer(path, query):\n"
           "    time.sleep(int(query.get('own', '0')) / 1000)\n"
           "    cache = socket.create_connection(('127.0.0.1', " +
           std::to_string(cache.port) +
           "))\n"
           "    cache.sendall(b'*2\\r\\n$3\\r\\nGET\\r\\n$8\\r\\nprice:17\\r\\n')\n"
           "    reply = cache.recv(100).decode().strip()\n"
           "    cache.close()\n"
           "    return reply\n";
}

Fd connected(const live::Namespace& space, const Address& server)
{
    Fd fd = space.inside([] { return live::tcp_socket(live::Family::ip4); });
    live::must(-live::connect_to(fd, server, live::Family::ip4), "connect to " + to_string(server));
    return fd;
}

// One command holds all others up.
TEST_F(Scenario, RedisBlockedByOneSlowCommand)
{
    const Address cache = address();
    runs(redis(site("redis", cache)));
    gunicorn_with(4, {.threads = 12, .application = prices_in(cache)});
    baseline({{"/item/{n}", 8}});
    const Fd administrator = connected(space_, cache);
    live::send_text(administrator, "DEBUG SLEEP 60\r\n");
    fills(slots_);
    gives({.backend = slots_,
           .cause = "slow_dependency",
           .call = "GET /item/{id}",
           .dependency = cache,
           .dependency_call = "GET"});
}

// Redis is asked as often, and answers at once.
TEST_F(Twin, ApplicationThatIsSlowBesideAFastRedis)
{
    const Address cache = address();
    runs(redis(site("redis", cache)));
    gunicorn_with(4, {.threads = 12, .application = prices_in(cache)});
    baseline({{"/item/{n}", 8}});
    load().becomes({{"/item/{n}?own=1500", 8}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /item/{id}"});
}

// Clients that ask once and stay.
TEST_F(Scenario, MemcachedFullOfIdleClients)
{
    runs(memcached(site("memcached", front_), 40));
    const Side clients{front_, Direction::inbound};
    watch(clients);
    std::vector<Fd> idle;
    for (int count = 0; count < 50; ++count) {
        idle.push_back(connected(space_, front_));
        live::send_text(idle.back(), "get price\r\n");
        pass(0.05);
    }
    fills(clients);
    gives({.backend = clients, .cause = "idle_holders"});
}

// One of three members has gone slow; the balancer goes on sending it its share.
TEST_F(Scenario, HaproxyWithOneSlowMemberOfThree)
{
    const Address second = address();
    const Address third = address();
    application_at(back_);
    application_at(second);
    const Site slow = site("gunicorn", third);
    runs(gunicorn(slow, {.threads = 12,
                         .application = "import os, time\n"
                                        "def answer(path, query):\n"
                                        "    time.sleep(1.5 if os.path.exists('" +
                                        slow.dir + "/slow') else 0.02)\n    return 'ok'\n"}));
    std::string servers;
    for (const Address& each : {back_, second, third})
        servers += "    server s" + std::to_string(each.port) + " " + to_string(each) + " maxconn 4\n";
    runs(haproxy_with_backends(site("haproxy", front_), {{"shop", servers}}));
    const Side slots{third};
    watch(slots);
    clients_of(front_);
    baseline({{"/shop/item/{n}?ms=20", 15}});
    live::write_file(slow.dir + "/slow", "");
    fills(slots);
    gives({.backend = slots, .cause = "slow_backend", .call = "GET /shop/item/{id}"});
}

// Pays at an API that takes `api` ms.
std::string paying_at(const Address& api)
{
    return "import urllib.request\n"
           "def answer(path, query):\n"
           "    return urllib.request.urlopen('http://" +
           to_string(api) + "/v1/charge?ms=' + query.get('api', '20')).read().decode()\n";
}

// Two backends run full at a time; it is one API that both wait for: one verdict, and the other one beside
// it.
TEST_F(Scenario, TwoBackendsThatWaitForOneApi)
{
    const live::Namespace elsewhere;
    const live::Link link(space_, elsewhere, front_.port);
    const Address api = address(link.right4());
    const Address other = address();
    application_at(elsewhere, api);
    runs(gunicorn(site("shop", back_), {.workers = 4, .application = paying_at(api)}));
    runs(gunicorn(site("tickets", other), {.workers = 4, .application = paying_at(api)}));
    runs(haproxy_with_backends(site("haproxy", front_),
                               {{"shop", "    server s1 " + to_string(back_) + " maxconn 4\n"},
                                {"tickets", "    server s1 " + to_string(other) + " maxconn 4\n"}}));
    watch(Side{other});
    clients_of(front_);
    baseline({{"/shop/pay?api=30", 6}, {"/tickets/pay?api=30", 6}});
    load().becomes({{"/shop/pay?api=2500", 6}, {"/tickets/pay?api=2500", 6}});
    fills(slots_);
    fills(Side{other});
    std::vector<nlohmann::json> all;
    const bool linked = live::eventually(
        [&] {
            all = verdicts();
            pass(0.2);
            return all.size() == 1 && all[0].at("cause") == "slow_dependency" &&
                   all[0].at("dependency").at("address") == to_string(api) && all[0].at("linked").size() >= 1;
        },
        std::chrono::seconds(25));
    add_row({.scenario = "Scenario.TwoBackendsThatWaitForOneApi",
             .expected = "slow_dependency, and one linked",
             .got = linked ? "slow_dependency, and one linked" : std::to_string(all.size()) + " verdicts"});
    EXPECT_TRUE(linked) << nlohmann::json(all).dump(1);
}

// Nothing of the calls can be read. With TLS 1.3 a server sends session tickets at the end of the handshake,
// which by timing look like the answer to the request that lies in the same segment.
TEST_F(Scenario, HaproxyOverTlsToASlowApplication)
{
    runs(gunicorn(site("gunicorn", back_), {.threads = 12,
                                            .application = "import time\n"
                                                           "def answer(path, query):\n"
                                                           "    time.sleep(int(query['ms']) / 1000)\n"
                                                           "    return 'ok'\n",
                                            .tls = true}));
    runs(haproxy(site("haproxy", front_, back_), 4, "default-server ssl verify none ssl-max-ver TLSv1.2"));
    watch(slots_);
    clients_of(front_);
    baseline({{"/item/{n}?ms=20", 6}});
    load().becomes({{"/item/{n}?ms=2000", 6}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend"});
}

} // namespace
} // namespace slotscope::scenarios
