// SPDX-License-Identifier: MIT
// What clients do to slots: keep connections, give up and ask again, forget a transaction.
#include "products/postgresql.h"
#include "scenario.h"
#include "table.h"

#include "harness/sock.h"
#include "harness/wait.h"

namespace slotscope::scenarios {
namespace {

constexpr const char* kSpeed = "CREATE ROLE app LOGIN\n"
                               "CREATE TABLE speed (ms int)\n"
                               "INSERT INTO speed VALUES (20)\n"
                               "GRANT ALL ON speed TO app";

TEST_F(Scenario, ApachePreforkFilledByKeptAliveConnections)
{
    runs(apache_prefork(site("apache", front_), 6));
    const Side workers{front_, Direction::inbound};
    watch(workers);
    clients_of(front_);
    baseline({{"/page.txt", 8}});
    std::vector<Fd> kept;
    for (int count = 0; count < 8; ++count) {
        kept.push_back(space_.inside([] { return live::tcp_socket(live::Family::ip4); }));
        live::must(-live::connect_to(kept.back(), front_, live::Family::ip4), "connect to Apache");
        live::send_text(kept.back(), "GET /page.txt HTTP/1.1\r\nHost: shop.example\r\n\r\n");
    }
    fills(workers);
    gives({.backend = workers, .cause = "idle_holders"});
}

// The same workers are taken by a script that has become slow.
TEST_F(Twin, ApachePreforkFilledBySlowCalls)
{
    runs(apache_prefork(site("apache", front_), 6));
    const Side workers{front_, Direction::inbound};
    watch(workers);
    clients_of(front_);
    baseline({{"/page.txt", 8}, {"/report?ms=20", 4}});
    load().becomes({{"/page.txt", 8}, {"/report?ms=3000", 4}});
    fills(workers);
    gives({.backend = workers, .cause = "slow_backend", .call = "GET /report"});
}

// Clients wait for half a second, then they give up and ask again. The answers take two.
TEST_F(Scenario, HaproxyWithARetryStorm)
{
    haproxy_with(6);
    baseline({{.target = "/item/{n}?ms=20", .per_second = 8, .patience_seconds = 0.5}});
    load().becomes({{.target = "/item/{n}?ms=2000", .per_second = 8, .patience_seconds = 0.5}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /item/{id}", .confidence = 0.5});
}

// They would give up as soon, and are answered in time: more of them have come.
TEST_F(Twin, HaproxyWithMoreImpatientClients)
{
    haproxy_with(6);
    baseline({{.target = "/item/{n}?ms=150", .per_second = 6, .patience_seconds = 3}});
    load().becomes({{.target = "/item/{n}?ms=150", .per_second = 60, .patience_seconds = 3}});
    fills(slots_);
    gives({.backend = slots_, .cause = "demand_surge", .call = "GET /item/{id}"});
}

std::string pool_of_five(const Address& database)
{
    return "pool_" + std::to_string(database.port) + "=" + to_string(database) + ":5/connections/outbound";
}

// Clients have begun a transaction and do nothing in it: the pool's connections are theirs.
TEST_F(Scenario, PgbouncerWhosePoolIsIdleInTransactions)
{
    const Site database = site("postgresql", back_);
    runs(postgresql(database, 50, kSpeed));
    runs(pgbouncer(site("pgbouncer", front_, back_), 5));
    watch(std::nullopt, {pool_of_five(back_)});
    const auto application = asks_pooled(space_, database, front_, 15, 12);
    pass(6);
    std::vector<Fd> sessions;
    for (int count = 0; count < 5; ++count) {
        Fd fd = space_.inside([] { return live::tcp_socket(live::Family::ip4); });
        live::must(-live::connect_to(fd, front_, live::Family::ip4), "connect to PgBouncer");
        live::send_text(fd, products::startup_message("app"));
        ASSERT_NE(products::until_ready(fd, std::chrono::seconds(10)), "");
        live::send_text(fd, products::query_message("BEGIN"));
        ASSERT_NE(products::until_ready(fd, std::chrono::seconds(10)), "");
        sessions.push_back(std::move(fd));
    }
    gives({.backend = slots_, .cause = "idle_holders"});
}

// The pool has grown to its size in a burst, and keeps its connections: that is what it is for.
TEST_F(Control, PgbouncerWhosePoolHasGrown)
{
    const Site database = site("postgresql", back_);
    runs(postgresql(database, 50, kSpeed));
    runs(pgbouncer(site("pgbouncer", front_, back_), 5));
    watch(std::nullopt, {pool_of_five(back_)});
    const auto application = asks_pooled(space_, database, front_, 15, 12);
    pass(4);
    live::write_file(database.dir + "/burst.sql", "SELECT pg_sleep(0.1);\n");
    const live::Outcome burst =
        live::run({.command = {std::string(products::kPostgresPrograms) + "pgbench", "-n", "-M", "simple",
                               "-c", "12", "-t", "1", "-f", database.dir + "/burst.sql", "-h", "127.0.0.1",
                               "-p", std::to_string(front_.port), "-U", "app", "postgres"},
                   .netns = space_.fd()});
    ASSERT_EQ(burst.exit, 0) << burst.said();
    ASSERT_TRUE(live::eventually([&] { return backend(slots_).at("slots").at("in_use") == 5; }))
        << backend(slots_);
    gives_nothing(10);
}

// They take 20 s to send what they have: nobody else can do anything about it.
TEST_F(Scenario, HaproxyWithSlowUploads)
{
    runs(gunicorn(site("gunicorn", back_),
                  {.threads = 12, .application = "def answer(path, query):\n    return 'ok'\n"}));
    runs(haproxy(site("haproxy", front_, back_), 6));
    watch(slots_);
    clients_of(front_);
    baseline({{"/item/{n}?ms=20", 10}});
    const live::Program uploads(
        {.command = {"/usr/bin/python3", "-c",
                     "import socket, threading, time\n"
                     "def put(n):\n"
                     "    while True:\n"
                     "        s = socket.create_connection(('127.0.0.1', " +
                         std::to_string(front_.port) +
                         "))\n"
                         "        s.sendall(b'POST /upload HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: "
                         "100000\\r\\nConnection: close\\r\\n\\r\\n')\n"
                         "        for i in range(100):\n"
                         "            s.sendall(b'x' * 1000); time.sleep(0.2)\n"
                         "        s.recv(1000)\n"
                         "for n in range(9): threading.Thread(target=put, args=(n,)).start()\n"},
         .netns = space_.fd()});
    fills(slots_);
    nlohmann::json all;
    const bool told = live::eventually([&] {
        all = verdicts();
        return all.size() == 1 && all[0].at("cause") == "unknown" &&
               text_of(all[0], "sentence").find("clients were still sending their requests (POST /upload)") !=
                   std::string::npos;
    });
    const std::string right = "unknown: clients were still sending";
    add_row({.scenario = "Scenario.HaproxyWithSlowUploads",
             .expected = right,
             .got = told ? right : std::to_string(all.size()) + " verdicts"});
    EXPECT_TRUE(told) << all.dump(1);
}

} // namespace
} // namespace slotscope::scenarios
