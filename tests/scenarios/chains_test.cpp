// SPDX-License-Identifier: MIT
// nginx, php-fpm behind a Unix socket, and what its workers wait for.
#include "scenario.h"

namespace slotscope::scenarios {
namespace {

TEST_F(Scenario, PhpOnAUnixSocketWithOneTenantsSlowQuery)
{
    const Side workers{unix_socket("php.sock"), Direction::inbound};
    const Address database = php_with(4, workers.address);
    baseline({{"/report.php?tenant=3&db=20", 10}, {"/report.php?tenant=7&db=30", 2}});
    load().becomes({{"/report.php?tenant=3&db=20", 10}, {"/report.php?tenant=7&db=4000", 2}});
    fills(workers);
    gives({.backend = workers,
           .cause = "slow_dependency",
           .call = "report.php",
           .dependency = database,
           .dependency_call = "orders_of"});
}

TEST_F(Twin, PhpOnAUnixSocketThatIsSlowItself)
{
    const Side workers{unix_socket("php.sock"), Direction::inbound};
    php_with(4, workers.address);
    baseline({{"/report.php?tenant=3&db=20", 10}, {"/report.php?tenant=7&db=20&php=10", 2}});
    load().becomes({{"/report.php?tenant=3&db=20", 10}, {"/report.php?tenant=7&db=20&php=4000", 2}});
    fills(workers);
    gives({.backend = workers, .cause = "slow_backend", .call = "report.php"});
}

// A pool of three connections to the database is full of one tenant's queries; the workers, who wait for
// PgBouncer, are what it does.
TEST_F(Scenario, PhpThatWaitsForAFullPgbouncer)
{
    const Side workers{unix_socket("php.sock"), Direction::inbound};
    php_with(8, workers.address, 3);
    baseline({{"/report.php?tenant=3&db=20", 10}, {"/report.php?tenant=7&db=30", 2}});
    load().becomes({{"/report.php?tenant=3&db=20", 10}, {"/report.php?tenant=7&db=4000", 2}});
    fills(workers);
    gives({.backend = Side{database_}, .cause = "slow_backend", .call = "orders_of"});
}

// One call of a tenant keeps its session, whose file PHP locks: all other calls of the tenant wait for it,
// and take the workers of everybody.
TEST_F(Scenario, PhpWhoseWorkersWaitForASession)
{
    const Side workers{unix_socket("php.sock"), Direction::inbound};
    php_with(5, workers.address);
    baseline({{"/cart.php?tenant=3&ms=20", 8}, {"/cart.php?tenant=7&ms=20", 4}});
    load().burst("/cart.php?tenant=7&ms=60000", 1);
    fills(workers);
    gives({.backend = workers, .cause = "serialisation", .call = "cart.php"});
}

// As many workers are taken by as slow a script, each of its own accord.
TEST_F(Twin, PhpWhoseWorkersHaveASessionEach)
{
    const Side workers{unix_socket("php.sock"), Direction::inbound};
    php_with(5, workers.address);
    baseline({{"/cart.php?tenant={n}&ms=20", 12}});
    load().becomes({{"/cart.php?tenant={n}&ms=3000", 6}});
    fills(workers);
    gives({.backend = workers, .cause = "slow_backend", .call = "cart.php"});
}

// Two event loops one behind the other.
TEST_F(Scenario, TwoProxiesBeforeOneServer)
{
    application_at(back_);
    const Address middle = address();
    runs(nginx(site("nginx", middle, back_), "location / { proxy_pass http://@BACK@; }"));
    runs(haproxy(site("haproxy", front_, middle), 6));
    watch(Side{middle});
    clients_of(front_);
    baseline({{"/item/{n}?ms=20", 15}, {"/report/{n}?ms=30", 4}});
    load().becomes({{"/item/{n}?ms=20", 15}, {"/report/{n}?ms=3000", 4}});
    fills(Side{middle});
    gives({.backend = Side{middle},
           .cause = "slow_dependency",
           .call = "GET /report/{id}",
           .dependency = back_});
}

// Connections to it come to be, and nobody answers what a client says first.
TEST_F(Scenario, PhpWhoseWorkersWaitForAStoppedDatabase)
{
    const Side workers{unix_socket("php.sock"), Direction::inbound};
    const Address database = php_with(4, workers.address);
    baseline({{"/report.php?tenant=3&db=20", 10}});
    live::run({.command = {"/usr/bin/pkill", "-STOP", "--ns", std::to_string(space_.process()), "--nslist",
                           "net", "-x", "postgres"}});
    fills(workers);
    gives({.backend = workers, .cause = "slow_dependency", .dependency = database});
}

} // namespace
} // namespace slotscope::scenarios
