// SPDX-License-Identifier: MIT
// Incidents beside something that is there all the time and looks like another one, and twins of those
// elsewhere.
#include "scenario.h"
#include "table.h"

#include "harness/sock.h"
#include "harness/wait.h"

#include <csignal>

namespace slotscope::scenarios {
namespace {

// Long polls hold most of the slots, as ever; then everything else takes longer.
TEST_F(Scenario, HaproxyWithASlowUrlBesideLongPolls)
{
    haproxy_with(10);
    load().burst("/poll?ms=55000", 7);
    pass(1);
    baseline({{"/item/{n}?ms=20", 15}}, 8);
    load().becomes({{"/item/{n}?ms=700", 15}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /item/{id}"});
}

// Nothing in it runs any more, and the kernel goes on taking connections for it.
TEST_F(Scenario, HaproxyWithAServerThatIsStopped)
{
    haproxy_with(4);
    baseline({{"/item/{n}?ms=100", 12}});
    ASSERT_EQ(::kill(application(), SIGSTOP), 0);
    fills(slots_);
    gives({.backend = slots_, .cause = "stuck_calls", .call = "GET /item/{id}"});
    ::kill(application(), SIGCONT);
}

// All of three members have gone slow: that is one incident. (The third may be linked to the second.)
TEST_F(Twin, HaproxyWithAllMembersSlow)
{
    const Address second = address();
    const Address third = address();
    std::string servers;
    for (const Address& each : {back_, second, third}) {
        application_at(each);
        servers += "    server s" + std::to_string(each.port) + " " + to_string(each) + " maxconn 4\n";
    }
    runs(haproxy_with_backends(site("haproxy", front_), {{"shop", servers}}));
    watch(Side{third});
    clients_of(front_);
    baseline({{"/shop/item/{n}?ms=20", 15}});
    load().becomes({{"/shop/item/{n}?ms=1500", 15}});
    for (const Address& each : {back_, second, third})
        fills(Side{each});
    std::vector<nlohmann::json> all;
    const auto is_one = [&] {
        all = verdicts();
        pass(0.2);
        return all.size() == 1 && all[0].at("cause") == "slow_backend" && !all[0].at("linked").empty() &&
               all[0].at("confidence") >= 0.6;
    };
    const bool one = live::eventually(is_one, std::chrono::seconds(25));
    add_row({.scenario = "Twin.HaproxyWithAllMembersSlow",
             .expected = "slow_backend, and linked ones",
             .got = one ? "slow_backend, and linked ones" : std::to_string(all.size()) + " verdicts"});
    EXPECT_TRUE(one) << nlohmann::json(all).dump(1);
}

// Each call takes as long as before; ten times as many come.
TEST_F(Twin, HaproxyOverTlsWithADemandSurge)
{
    runs(gunicorn(site("gunicorn", back_), {.threads = 24,
                                            .application = "import time\n"
                                                           "def answer(path, query):\n"
                                                           "    time.sleep(int(query['ms']) / 1000)\n"
                                                           "    return 'ok'\n",
                                            .tls = true}));
    runs(haproxy(site("haproxy", front_, back_), 4, "default-server ssl verify none ssl-max-ver TLSv1.2"));
    watch(slots_);
    clients_of(front_);
    baseline({{"/item/{n}?ms=100", 6}});
    load().becomes({{"/item/{n}?ms=100", 55}});
    fills(slots_);
    gives({.backend = slots_, .cause = "demand_surge"});
}

// Many clients, each of which asks again and again: nobody is idle, however short the calls are.
TEST_F(Twin, MemcachedFullOfBusyClients)
{
    runs(memcached(site("memcached", front_), 40));
    const Side clients{front_, Direction::inbound};
    watch(clients);
    const live::Program busy(
        live::ProgramOptions{.command = {"/usr/bin/python3", "-c",
                                         "import random, socket, threading, time\n"
                                         "def ask():\n"
                                         "    s = socket.create_connection(('127.0.0.1', " +
                                             std::to_string(front_.port) +
                                             "))\n"
                                             "    while True:\n"
                                             "        s.sendall(b'get price\\r\\n')\n"
                                             "        s.recv(100)\n"
                                             "        time.sleep(0.1 * random.random())\n"
                                             "for count in range(50):\n"
                                             "    threading.Thread(target=ask).start()\n"
                                             "    time.sleep(0.05)\n"},
                             .netns = space_.fd()});
    fills(clients);
    std::string said = "no idle_holders";
    for (int look = 0; look < 30; ++look, pass(0.2))
        for (const nlohmann::json& verdict : verdicts())
            if (text_of(verdict, "cause") == "idle_holders")
                said = verdict.dump(1);
    add_row({.scenario = "Twin.MemcachedFullOfBusyClients",
             .expected = "no idle_holders",
             .got = said.substr(0, said.find('\n'))});
    EXPECT_EQ(said, "no idle_holders");
}

// Workers wait for jobs, for as long as it takes: these clients are idle, though a command is under way.
TEST_F(Scenario, RedisFullOfWorkersThatWaitForJobs)
{
    runs(redis(site("redis", front_)));
    const Side clients{front_, Direction::inbound};
    watch(std::nullopt,
          {"jobs_" + std::to_string(front_.port) + "=" + to_string(front_) + ":20/connections/inbound"});
    std::vector<Fd> workers;
    for (int count = 0; count < 22; ++count, pass(0.1)) {
        Fd fd = space_.inside([] { return live::tcp_socket(live::Family::ip4); });
        live::must(-live::connect_to(fd, front_, live::Family::ip4), "connect to Redis");
        live::send_text(fd, "*3\r\n$5\r\nBLPOP\r\n$4\r\njobs\r\n$1\r\n0\r\n");
        workers.push_back(std::move(fd));
    }
    gives({.backend = clients, .cause = "idle_holders"});
}

// Something that runs every few seconds asks for more than there are slots, and is done at once.
TEST_F(Control, HaproxyWithABurstEveryFiveSeconds)
{
    haproxy_with(6);
    baseline({{"/item/{n}?ms=20", 10}}, 4);
    for (int burst = 0; burst < 3; ++burst) {
        load().burst("/item/{n}?ms=50", 12);
        pass(4);
    }
    load().burst("/item/{n}?ms=50", 12);
    gives_nothing(5);
}

} // namespace
} // namespace slotscope::scenarios
