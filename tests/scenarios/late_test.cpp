// SPDX-License-Identifier: MIT
// Agents that are started in the middle of it, and what lies between the slots and the cause.
#include "scenario.h"

#include "harness/sock.h"

namespace slotscope::scenarios {
namespace {

TEST_F(Scenario, AgentThatComesToASlowDependency)
{
    const live::Namespace elsewhere;
    const live::Link link(space_, elsewhere, front_.port);
    const Address api = address(link.right4());
    application_at(elsewhere, api);
    runs(gunicorn(site("gunicorn", back_),
                  {.workers = 4,
                   .application = "import urllib.request\n"
                                  "def answer(path, query):\n"
                                  "    return urllib.request.urlopen('http://" +
                                  to_string(api) +
                                  "/v1/charge?ms=' + query.get('api', '20')).read().decode()\n"}));
    runs(haproxy(site("haproxy", front_, back_), 4));
    clients_of(front_);
    load().becomes({{"/checkout?api=2000", 8}});
    pass(6);
    watch(slots_);
    fills(slots_);
    gives({.backend = slots_,
           .cause = "slow_dependency",
           .call = "GET /checkout",
           .dependency = api,
           .confidence = 0.4});
}

// Nothing says what is usual.
TEST_F(Scenario, AgentThatComesToASlowUrl)
{
    application_at(back_);
    runs(haproxy(site("haproxy", front_, back_), 6));
    clients_of(front_);
    load().becomes({{"/item/{n}?ms=20", 20}, {"/report/{n}?ms=3000", 4}});
    pass(6);
    watch(slots_);
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /report/{id}", .confidence = 0.4});
}

TEST_F(Scenario, AgentThatComesToASurge)
{
    application_at(back_);
    runs(haproxy(site("haproxy", front_, back_), 6));
    clients_of(front_);
    load().becomes({{"/item/{n}?ms=100", 80}});
    pass(6);
    watch(slots_);
    fills(slots_);
    gives({.backend = slots_, .cause = "limit_too_low", .call = "GET /item/{id}"});
}

// Eight threads share two connections to the database, which has become slow.
TEST_F(Scenario, GunicornWhosePoolOfTwoIsSlow)
{
    const Address api = address();
    application_at(api);
    gunicorn_with(8, {.threads = 8,
                      .application = "import http.client, queue\n"
                                     "pool = queue.Queue()\n"
                                     "for i in range(2): pool.put(http.client.HTTPConnection('127.0.0.1', " +
                                     std::to_string(api.port) +
                                     "))\n"
                                     "def answer(path, query):\n"
                                     "    each = pool.get()\n"
                                     "    try:\n"
                                     "        each.request('GET', '/v1/stock?ms=' + query['api'])\n"
                                     "        return each.getresponse().read().decode()\n"
                                     "    finally:\n"
                                     "        pool.put(each)\n"});
    baseline({{"/stock?api=20", 8}});
    load().becomes({{"/stock?api=1500", 8}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_dependency", .dependency = api});
}

// Clients that keep their connection and ask nothing take what HAProxy lets in.
TEST_F(Scenario, HaproxyFullOfIdleClients)
{
    application_at(back_);
    const Site proxy = site("haproxy", front_, back_);
    live::write_file(proxy.dir + "/haproxy.cfg",
                     "global\n    maxconn 1000\ndefaults\n    mode http\n    timeout connect 30s\n    "
                     "timeout client 60s\n    timeout server 60s\n    timeout http-keep-alive 60s\n"
                     "frontend " +
                         proxy.name + "\n    bind " + to_string(front_) +
                         "\n    maxconn 20\n    default_backend app\nbackend app\n    server s1 " +
                         to_string(back_) + "\n");
    runs(std::make_unique<Product>(space_, Product::Options{.command = {"/usr/sbin/haproxy", "-W", "-db",
                                                                        "-f", proxy.dir + "/haproxy.cfg"},
                                                            .listens_on = front_}));
    const Side clients{front_, Direction::inbound};
    watch(clients);
    clients_of(front_);
    baseline({{"/item/{n}?ms=20", 10}});
    std::vector<Fd> idle;
    for (int count = 0; count < 24; ++count) {
        idle.push_back(space_.inside([] { return live::tcp_socket(live::Family::ip4); }));
        live::must(-live::connect_to(idle.back(), front_, live::Family::ip4), "connect");
        live::send_text(idle.back(), "GET /item/7?ms=20 HTTP/1.1\r\nHost: a\r\n\r\n");
        pass(0.05);
    }
    fills(clients);
    gives({.backend = clients, .cause = "idle_holders"});
}

} // namespace
} // namespace slotscope::scenarios
