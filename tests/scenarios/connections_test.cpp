// SPDX-License-Identifier: MIT
// Connections that are never used, never given back, or never come to be.
#include "products/postgresql.h"
#include "scenario.h"

#include "harness/sock.h"
#include "harness/wait.h"

namespace slotscope::scenarios {
namespace {

// Asks the price service, and with leak=1 forgets to close the connection, which the service has closed.
std::string prices(const Address& service)
{
    return "import socket\n"
           "forgotten = []\n"
           "def answer(path, query):\n"
           "    price = socket.create_connection(('127.0.0.1', " +
           std::to_string(service.port) +
           "))\n"
           "    ask = 'GET /price?ms=%s HTTP/1.1\\r\\nHost: prices\\r\\nConnection: close\\r\\n\\r\\n'\n"
           "    price.sendall((ask % query.get('ms', '10')).encode())\n"
           "    while price.recv(4096):\n"
           "        pass\n"
           "    if 'leak' in query:\n"
           "        forgotten.append(price)\n"
           "    else:\n"
           "        price.close()\n"
           "    return 'ok'\n";
}

TEST_F(Scenario, GunicornThatLeaksConnectionsInCloseWait)
{
    application_at(back_);
    runs(gunicorn(site("gunicorn", front_), {.threads = 30, .application = prices(back_)}));
    watch(slots_, {"prices_" + std::to_string(back_.port) + "=" + to_string(back_) + ":20/outbound"});
    clients_of(front_);
    baseline({{"/item/{n}", 8}});
    load().becomes({{"/item/{n}?leak=1", 8}});
    fills(slots_);
    holds(slots_, 20, [](const auto& holder) { return holder.at("state") == "peer_closed"; });
    gives({.backend = slots_, .cause = "connection_leak"});
}

// They are not closed by anybody: each call opens one, and forgets it now and then.
TEST_F(Scenario, LeakOfIdleConnectionsToRedis)
{
    const Address cache = address();
    runs(redis(site("redis", cache)));
    runs(gunicorn(site("gunicorn", front_),
                  {.threads = 4,
                   .application = "import socket\nleaked = []\n"
                                  "def answer(path, query):\n"
                                  "    cache = socket.create_connection(('127.0.0.1', " +
                                  std::to_string(cache.port) +
                                  "))\n"
                                  "    cache.sendall(b'*2\\r\\n$3\\r\\nGET\\r\\n$8\\r\\nprice:17\\r\\n')\n"
                                  "    reply = cache.recv(100).decode().strip()\n"
                                  "    if query.get('leak'): leaked.append(cache)\n"
                                  "    else: cache.close()\n"
                                  "    return reply\n"}));
    watch(std::nullopt,
          {"cache_" + std::to_string(cache.port) + "=" + to_string(cache) + ":30/connections/outbound"});
    clients_of(front_);
    baseline({{"/item/{n}", 8}});
    load().becomes({{"/item/{n}", 8}, {"/item/{n}?leak=1", 5}});
    fills(Side{cache});
    gives({.backend = Side{cache}, .cause = "connection_leak"});
}

// As many connections, and each of them is waited on.
TEST_F(Twin, GunicornWithAsManyConnectionsInUse)
{
    application_at(back_);
    runs(gunicorn(site("gunicorn", front_), {.threads = 30, .application = prices(back_)}));
    watch(slots_, {"prices_" + std::to_string(back_.port) + "=" + to_string(back_) + ":20/outbound"});
    clients_of(front_);
    baseline({{"/item/{n}", 8}});
    load().becomes({{"/item/{n}?ms=5000", 8}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /price"});
}

constexpr const char* kSpeed = "CREATE ROLE app LOGIN\n"
                               "CREATE TABLE speed (ms int)\n"
                               "INSERT INTO speed VALUES (20)\n"
                               "GRANT ALL ON speed TO app";

// A client of PostgreSQL, logged in; invalid where it was not let in.
Fd session(const live::Namespace& space, const Address& database)
{
    Fd fd = space.inside([] { return live::tcp_socket(live::Family::ip4); });
    live::must(-live::connect_to(fd, database, live::Family::ip4), "connect to PostgreSQL");
    live::send_text(fd, products::startup_message("app"));
    const std::string said = products::until_ready(fd, std::chrono::seconds(10));
    return said.empty() || said.find("FATAL") != std::string::npos ? Fd() : std::move(fd);
}

void asks(const Fd& session, const std::string& sql)
{
    live::send_text(session, products::query_message(sql));
    ASSERT_NE(products::until_ready(session, std::chrono::seconds(10)), "") << sql;
}

// pgbench as an application that connects for each query, 6 times a second on average, 12 at a time at most.
std::unique_ptr<live::Program> queries(const live::Namespace& space, const Site& database)
{
    live::write_file(database.dir + "/queries.sql", "SELECT pg_sleep(ms / 1000.0) FROM speed;\n");
    return std::make_unique<live::Program>(
        live::ProgramOptions{.command = {std::string(products::kPostgresPrograms) + "pgbench",
                                         "-n",
                                         "-C",
                                         "-c",
                                         "12",
                                         "-j",
                                         "2",
                                         "-R",
                                         "6",
                                         "-T",
                                         "120",
                                         "-f",
                                         database.dir + "/queries.sql",
                                         "-h",
                                         "127.0.0.1",
                                         "-p",
                                         std::to_string(database.front.port),
                                         "-U",
                                         "app",
                                         "postgres"},
                             .netns = space.fd()});
}

TEST_F(Scenario, PostgresqlFilledByIdleSessions)
{
    const Site database = site("postgresql", front_);
    runs(postgresql(database, 23, kSpeed)); // three are reserved
    const Side sessions{front_, Direction::inbound};
    watch(sessions);
    const auto application = queries(space_, database);
    pass(6);
    std::vector<Fd> idle;
    for (int tries = 0; tries < 60; ++tries) { // the application has one or two of them now and then
        Fd fd = session(space_, front_);
        if (fd) {
            asks(fd, idle.size() % 4 == 0 ? "BEGIN" : "SELECT ms FROM speed");
            idle.push_back(std::move(fd));
        }
        pass(0.05);
    }
    holds(sessions, 18, [](const auto& holder) { // by timing nobody knows that an answer is over
        return holder.at("call_state") == "idle" || holder.at("call_state") == "answered";
    });
    gives({.backend = sessions, .cause = "idle_holders"});
}

// The same slots are taken by sessions that work.
TEST_F(Twin, PostgresqlFilledBySlowQueries)
{
    const Site database = site("postgresql", front_);
    runs(postgresql(database, 15, kSpeed));
    const Side sessions{front_, Direction::inbound};
    watch(sessions);
    const auto application = queries(space_, database);
    pass(6);
    asks(session(space_, front_), "UPDATE speed SET ms = 6000");
    fills(sessions);
    gives({.backend = sessions, .cause = "slow_backend", .call = "pg_sleep"});
}

TEST_F(Scenario, SynBlackHole)
{
    const live::Namespace elsewhere;
    const live::Link link(space_, elsewhere, front_.port);
    const Address far = address(link.right4());
    application_at(elsewhere, far);
    runs(haproxy(site("haproxy", front_, far), 4, "http-reuse never"));
    const Side slots{far};
    watch(slots);
    clients_of(front_);
    baseline({{"/item/{n}?ms=20", 8}});
    link.cut_to_right();
    // HAProxy has reserved its slots; no call is under way yet.
    ASSERT_TRUE(live::eventually([&] { return backend(slots).at("connections").at("connecting") == 4; }))
        << backend(slots);
    gives({.backend = slots, .cause = "connect_trouble"});
}

// The connections come to be, and the answers do not come.
TEST_F(Twin, FarApplicationGoneSlow)
{
    const live::Namespace elsewhere;
    const live::Link link(space_, elsewhere, front_.port);
    const Address far = address(link.right4());
    application_at(elsewhere, far);
    runs(haproxy(site("haproxy", front_, far), 4, "http-reuse never"));
    const Side slots{far};
    watch(slots);
    clients_of(front_);
    baseline({{"/item/{n}?ms=20", 8}});
    load().becomes({{"/item/{n}?ms=2500", 8}});
    fills(slots);
    gives({.backend = slots, .cause = "slow_backend", .call = "GET /item/{id}"});
}

// nginx, whose clients are elsewhere, closes each connection to the application first: their ports stay in
// TIME_WAIT for a minute.
class Ports {
  public:
    Ports(const live::Namespace& space, std::uint32_t number)
        : link(space, elsewhere, number)
    {
        space.sysctl("ipv4/tcp_tw_reuse", "0"); // loopback would use them again after a second
    }

    live::Namespace elsewhere;
    live::Link link;
};

constexpr const char* kProxied = "location / { proxy_pass http://@BACK@; }";

TEST_F(Scenario, EphemeralPortsUsedUp)
{
    const Ports ports(space_, front_.port);
    const Address front = address(ports.link.left4());
    application_at(back_);
    runs(nginx(site("nginx", front, back_), kProxied));
    watch(std::nullopt);
    clients_of(ports.elsewhere, front);
    baseline({{"/item/{n}?ms=10&keep=1", 20}}, 5);
    space_.sysctl("ipv4/ip_local_port_range", "61000 61049");
    ASSERT_TRUE(live::eventually([&] {
        return backend(slots_).at("connections").at("failed").at("no_port").get<int>() > 10;
    })) << backend(slots_);
    gives({.backend = slots_, .cause = "connect_trouble"});
}

// As many connections in TIME_WAIT, and ports enough.
TEST_F(Twin, ManyConnectionsInTimeWait)
{
    const Ports ports(space_, front_.port);
    const Address front = address(ports.link.left4());
    application_at(back_);
    runs(nginx(site("nginx", front, back_), kProxied));
    watch(std::nullopt);
    clients_of(ports.elsewhere, front);
    baseline({{"/item/{n}?ms=10&keep=1", 20}}, 5);
    load().becomes({{"/item/{n}?ms=10&keep=1", 40}});
    gives_nothing(7);
    EXPECT_EQ(load().refused(), 0U);
}

TEST_F(Scenario, VarnishBeforeAStoppedApplication)
{
    varnish_with(8);
    baseline({{"/item/{n}?ms=50", 15}});
    ::kill(application(), SIGSTOP);
    fills(slots_);
    gives({.backend = slots_, .cause = "stuck_calls"});
}

TEST_F(Scenario, HaproxyWithOneOfTwoServersInABlackHole)
{
    const live::Namespace elsewhere;
    const live::Link link(space_, elsewhere, front_.port);
    const Address far = address(link.right4());
    application_at(elsewhere, far);
    application_at(back_);
    runs(haproxy_with_backends(
        site("haproxy", front_),
        {{"shop", "    http-reuse never\n    server s1 " + to_string(back_) + " maxconn 6\n    server s2 " +
                      to_string(far) + " maxconn 6\n"}}));
    const Side slots{far};
    watch(slots);
    clients_of(front_);
    baseline({{"/shop/item/{n}?ms=50", 15}});
    link.cut_to_right();
    gives({.backend = slots, .cause = "connect_trouble"});
}

// Somebody takes a core dump: everything stands still for some seconds, and goes on.
TEST_F(Scenario, ApplicationThatIsStoppedForAWhile)
{
    haproxy_with(8);
    baseline({{"/item/{n}?ms=50", 15}});
    ::kill(application(), SIGSTOP);
    fills(slots_);
    pass(4);
    ::kill(application(), SIGCONT);
    gives({.backend = slots_, .cause = "stuck_calls"});
}

} // namespace
} // namespace slotscope::scenarios
