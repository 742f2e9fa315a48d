// SPDX-License-Identifier: MIT
// Databases: pools, locks, and who keeps them.
#include "products/postgresql.h"
#include "scenario.h"

namespace slotscope::scenarios {
namespace {

constexpr const char* kSpeed = "CREATE ROLE app LOGIN\n"
                               "CREATE TABLE speed (ms int)\n"
                               "INSERT INTO speed VALUES (20)\n"
                               "GRANT ALL ON speed TO app";

std::unique_ptr<live::Program> in_the_shell(const live::Namespace& space, const std::string& command)
{
    return std::make_unique<live::Program>(
        live::ProgramOptions{.command = {"/bin/bash", "-c", command}, .netns = space.fd()});
}

std::string psql(const Address& database)
{
    return "psql -h 127.0.0.1 -p " + std::to_string(database.port) + " -U app postgres";
}

std::string mariadb_client(const Address& database)
{
    return "mariadb --no-defaults -n -h 127.0.0.1 -P " + std::to_string(database.port) + " -u app shop";
}

// Clients that each run one statement, one every PAUSE seconds; `client` takes it as its last word.
std::unique_ptr<live::Program> clients_of(const live::Namespace& space, const std::string& client,
                                          const std::string& sql, const std::string& pause)
{
    return in_the_shell(space, "while :; do " + client + " \"" + sql + "\" >/dev/null 2>&1 & sleep " + pause +
                                   "; done");
}

std::unique_ptr<live::Program> psql_clients(const live::Namespace& space, const Address& database,
                                            const std::string& sql, const std::string& pause)
{
    return clients_of(space, psql(database) + " -c", sql, pause);
}

std::unique_ptr<live::Program> mariadb_clients(const live::Namespace& space, const Address& database,
                                               const std::string& sql, const std::string& pause)
{
    return clients_of(space, mariadb_client(database) + " -e", sql, pause);
}

// A client that runs statements, a line each, and stays.
std::unique_ptr<live::Program> stays(const live::Namespace& space, const std::string& client,
                                     const std::string& statements)
{
    return in_the_shell(space, "(echo '" + statements + "'; sleep 300) | " + client);
}

// One statement, of which nothing is said.
void run_one(const live::Namespace& space, const std::string& client, const std::string& sql)
{
    const live::Outcome said =
        live::run({.command = {"/bin/bash", "-c", client + " \"" + sql + "\""}, .netns = space.fd()});
    ASSERT_EQ(said.exit, 0) << said.said();
}

void run_sql(const live::Namespace& space, const Address& database, const std::string& sql)
{
    run_one(space, psql(database) + " -c", sql);
}

void run_in_mariadb(const live::Namespace& space, const Address& database, const std::string& sql)
{
    run_one(space, mariadb_client(database) + " -e", sql);
}

TEST_F(Scenario, PgbouncerWhosePoolIsFullOfSlowQueries)
{
    const Site database = site("postgresql", back_);
    runs(postgresql(database, 50, kSpeed));
    runs(pgbouncer(site("pgbouncer", front_, back_), 5));
    watch(std::nullopt,
          {"pool_" + std::to_string(back_.port) + "=" + to_string(back_) + ":5/calls/outbound"});
    const auto application = asks_pooled(space_, database, front_, 20, 30);
    pass(6);
    run_sql(space_, back_, "UPDATE speed SET ms = 1500");
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "pg_sleep"});
}

constexpr const char* kAccounts = "CREATE TABLE shop.accounts (id INT PRIMARY KEY, n INT) ENGINE=InnoDB;\n"
                                  "INSERT INTO shop.accounts VALUES (1, 0);\n"
                                  "CREATE TABLE shop.speed (s DOUBLE);\n"
                                  "INSERT INTO shop.speed VALUES (0.02);\n";

// Somebody has changed a row and went to lunch: nobody else can change it.
TEST_F(Scenario, MariadbWithALockThatIsKept)
{
    const Site database = site("mariadb", front_);
    runs(mariadb(database, 15, kAccounts));
    const Side sessions{front_, Direction::inbound};
    watch(sessions);
    const auto clients =
        mariadb_clients(space_, front_, "UPDATE accounts SET n = n + 1 WHERE id = 1", "0.25");
    pass(8);
    const auto keeper =
        stays(space_, mariadb_client(front_), "BEGIN; UPDATE accounts SET n = 7 WHERE id = 1;");
    fills(sessions);
    gives({.backend = sessions, .cause = "stuck_calls", .call = "UPDATE accounts"});
}

// A migration waits for somebody who has only read, and all that read wait behind it.
TEST_F(Scenario, MariadbWithAMigrationBehindAnIdleTransaction)
{
    const Site database = site("mariadb", front_);
    runs(mariadb(database, 15, kAccounts));
    const Side sessions{front_, Direction::inbound};
    watch(sessions);
    const auto clients = mariadb_clients(space_, front_, "SELECT n FROM accounts WHERE id = 1", "0.25");
    pass(8);
    const auto reader = stays(space_, mariadb_client(front_), "BEGIN; SELECT n FROM accounts;");
    pass(1);
    const auto migration = stays(space_, mariadb_client(front_), "ALTER TABLE accounts ADD COLUMN m INT;");
    fills(sessions);
    gives({.backend = sessions, .cause = "stuck_calls", .call = "accounts"});
}

// Somebody is idle in a transaction here as well, since a moment before: nothing that only reads waits for
// it.
TEST_F(Twin, MariadbWithSlowStatementsBesideAnIdleTransaction)
{
    const Site database = site("mariadb", front_);
    runs(mariadb(database, 12, kAccounts));
    const Side sessions{front_, Direction::inbound};
    watch(sessions);
    const auto clients = mariadb_clients(space_, front_, "SELECT SLEEP(s) FROM speed", "0.2");
    pass(8);
    const auto keeper =
        stays(space_, mariadb_client(front_), "BEGIN; UPDATE accounts SET n = 7 WHERE id = 1;");
    run_in_mariadb(space_, front_, "UPDATE speed SET s = 3");
    fills(sessions);
    gives({.backend = sessions, .cause = "slow_backend", .call = "SLEEP"});
}

// The sessions are as many, and each ends after three seconds.
TEST_F(Twin, MariadbWithSlowStatements)
{
    const Site database = site("mariadb", front_);
    runs(mariadb(database, 12, kAccounts));
    const Side sessions{front_, Direction::inbound};
    watch(sessions);
    const auto clients = mariadb_clients(space_, front_, "SELECT SLEEP(s) FROM speed", "0.2");
    pass(8);
    run_in_mariadb(space_, front_, "UPDATE speed SET s = 3");
    fills(sessions);
    gives({.backend = sessions, .cause = "slow_backend", .call = "SLEEP"});
}

constexpr const char* kPgAccounts = "CREATE ROLE app LOGIN\n"
                                    "CREATE TABLE accounts (id int PRIMARY KEY, n int)\n"
                                    "INSERT INTO accounts VALUES (1, 0), (2, 0)\n"
                                    "CREATE TABLE speed (ms int)\n"
                                    "INSERT INTO speed VALUES (20)\n"
                                    "GRANT ALL ON accounts, speed TO app";

// A transaction has changed a row, and its client does something else: all others wait for the row.
TEST_F(Scenario, PostgresqlWithALockThatIsKept)
{
    const Site database = site("postgresql", front_);
    runs(postgresql(database, 15, kPgAccounts));
    const Side sessions{front_, Direction::inbound};
    watch(sessions);
    const auto clients = psql_clients(space_, front_, "UPDATE accounts SET n = n + 1 WHERE id = 1", "0.25");
    pass(8);
    const auto keeper = stays(space_, psql(front_), "BEGIN; UPDATE accounts SET n = 7 WHERE id = 1;");
    fills(sessions);
    gives({.backend = sessions, .cause = "stuck_calls", .call = "UPDATE accounts"});
}

// The same through a pool, whose server might be anywhere: the slots are the pool's connections.
TEST_F(Scenario, PgbouncerWhosePoolWaitsForALock)
{
    runs(postgresql(site("postgresql", back_), 50, kPgAccounts));
    runs(pgbouncer(site("pgbouncer", front_, back_), 8));
    watch(std::nullopt,
          {"pool_" + std::to_string(back_.port) + "=" + to_string(back_) + ":8/connections/outbound"});
    const auto clients = psql_clients(space_, front_, "UPDATE accounts SET n = n + 1 WHERE id = 1", "0.25");
    pass(6);
    const auto keeper = stays(space_, psql(front_), "BEGIN; UPDATE accounts SET n = 7 WHERE id = 1;");
    fills(slots_);
    gives({.backend = slots_, .cause = "stuck_calls", .call = "UPDATE accounts"});
}

// Somebody is idle in a transaction here as well, and keeps nothing that anybody wants: the statements are
// slow.
TEST_F(Twin, PostgresqlWithSlowStatementsBesideAnIdleTransaction)
{
    const Site database = site("postgresql", front_);
    runs(postgresql(database, 15, kPgAccounts));
    const Side sessions{front_, Direction::inbound};
    watch(sessions);
    const auto clients = psql_clients(
        space_, front_, "SELECT n, pg_sleep(ms / 1000.0) FROM accounts, speed WHERE id = 1", "0.25");
    pass(8);
    const auto keeper = stays(space_, psql(front_), "BEGIN; UPDATE accounts SET n = 7 WHERE id = 1;");
    run_sql(space_, front_, "UPDATE speed SET ms = 4000");
    fills(sessions);
    gives({.backend = sessions, .cause = "slow_backend", .call = "pg_sleep"});
}

// A session for each statement: many are closed, or just forked, at any moment.
TEST_F(Scenario, PostgresqlWithASurgeOfSessions)
{
    runs(postgresql(site("postgresql", front_), 15, "CREATE ROLE app LOGIN"));
    const Side sessions{front_, Direction::inbound};
    watch(sessions);
    const auto usual = psql_clients(space_, front_, "SELECT pg_sleep(1)", "0.4");
    pass(8);
    const auto surge = psql_clients(space_, front_, "SELECT pg_sleep(1)", "0.08");
    fills(sessions);
    gives({.backend = sessions, .cause = "demand_surge", .call = "pg_sleep", .confidence = 0.4});
}

// HAProxy as a pooler of connections in front of a database, mode tcp.
TEST_F(Scenario, HaproxyOfTcpInFrontOfASlowDatabase)
{
    const Site database = site("postgresql", back_);
    runs(postgresql(database, 50, kPgAccounts));
    const Site proxy = site("haproxy", front_, back_);
    live::write_file(proxy.dir + "/haproxy.cfg",
                     "global\n    maxconn 1000\ndefaults\n    mode tcp\n    timeout connect 30s\n    timeout "
                     "client 60s\n    timeout server 60s\n    timeout queue 60s\n"
                     "listen " +
                         proxy.name + "\n    bind " + to_string(front_) + "\n    server s1 " +
                         to_string(back_) + " maxconn 8\n");
    runs(std::make_unique<Product>(space_, Product::Options{.command = {"/usr/sbin/haproxy", "-W", "-db",
                                                                        "-f", proxy.dir + "/haproxy.cfg"},
                                                            .listens_on = front_}));
    watch(slots_);
    const auto clients = psql_clients(space_, front_, "SELECT pg_sleep(ms / 1000.0) FROM speed", "0.2");
    pass(8);
    run_sql(space_, back_, "UPDATE speed SET ms = 4000");
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "pg_sleep"});
}

// An application of this host opens a session for each job and forgets it. The limit is the database's own,
// and filled by idle sessions: whose they are has to be said.
TEST_F(Scenario, PostgresqlWithAnApplicationThatForgetsItsSessions)
{
    const Site database = site("postgresql", front_);
    runs(postgresql(database, 23, kSpeed));
    const Side sessions{front_, Direction::inbound};
    watch(sessions);
    const std::string connect = "pg_connect('host=127.0.0.1 port=" + std::to_string(front_.port) +
                                " dbname=postgres user=app', PGSQL_CONNECT_FORCE_NEW)";
    live::write_file(database.dir + "/usual.php", "<?php while (true) { $c = " + connect +
                                                      "; pg_query($c, 'SELECT ms FROM speed'); pg_close($c); "
                                                      "usleep(150000); }");
    live::write_file(database.dir + "/jobs.php", "<?php $all = []; while (true) { $c = @" + connect +
                                                     "; if ($c) { pg_query($c, 'SELECT ms FROM speed'); "
                                                     "$all[] = $c; } usleep(300000); }");
    const live::Program usual(
        {.command = {"/usr/bin/php", database.dir + "/usual.php"}, .netns = space_.fd()});
    pass(6);
    const live::Program jobs({.command = {"/usr/bin/php", database.dir + "/jobs.php"}, .netns = space_.fd()});
    fills(sessions);
    gives_one_of({.backend = sessions, .cause = "idle_holders"}, {"idle_holders", "connection_leak"});
    std::string said;
    for (const nlohmann::json& verdict : verdicts())
        said += text_of(verdict, "sentence");
    EXPECT_NE(said.find("of them connections of php"), std::string::npos) << said;
}

// A report reads a table, somebody who wants to alter it waits for its end, and everybody else behind him:
// they wait for a lock of one that works.
TEST_F(Scenario, PostgresqlWithATableThatIsToBeAltered)
{
    const Site database = site("postgresql", front_);
    runs(postgresql(database, 15, kSpeed));
    const Side sessions{front_, Direction::inbound};
    watch(sessions);
    const auto clients = psql_clients(space_, front_, "SELECT ms FROM speed", "0.25");
    pass(8);
    const auto report = stays(space_, psql(front_), "SELECT ms, pg_sleep(60) FROM speed;");
    pass(1);
    const auto change = stays(space_, psql(front_), "BEGIN; LOCK TABLE speed; COMMIT;");
    fills(sessions);
    gives_one_of({.backend = sessions, .cause = "serialisation", .call = "SELECT ms FROM speed"},
                 {"serialisation", "stuck_calls"});
}

} // namespace
} // namespace slotscope::scenarios
