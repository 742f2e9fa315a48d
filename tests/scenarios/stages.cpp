// SPDX-License-Identifier: MIT
// The stages that several scenarios are played on.
#include "products/configuration.h"
#include "scenario.h"

namespace slotscope::scenarios {
namespace {

constexpr const char* kReport = R"(<?php
usleep(1000 * intval($_GET['php'] ?? 0));
$db = pg_connect('host=127.0.0.1 port=@PORT@ dbname=postgres user=app');
$rows = pg_query($db, 'SELECT sum(price) FROM orders_of(' . intval($_GET['tenant']) . ', ' .
                          intval($_GET['db'] ?? 20) . ')');
echo pg_fetch_result($rows, 0, 0);
)";

constexpr const char* kCart = R"(<?php
session_id('tenant' . intval($_GET['tenant']));
session_start();
usleep(1000 * intval($_GET['ms'] ?? 20));
echo 'ok';
)";

// What makes a tenant's orders take long is not the point.
constexpr const char* kOrders = "CREATE ROLE app LOGIN\n"
                                "CREATE FUNCTION orders_of(tenant int, ms int) RETURNS TABLE(price int) "
                                "LANGUAGE sql AS 'SELECT 7 FROM pg_sleep(ms / 1000.0)'";

} // namespace

void ScenarioTest::haproxy_with(int maxconn, const std::string& more)
{
    application_at(back_);
    runs(haproxy(site("haproxy", front_, back_), maxconn, more));
    watch(slots_);
    clients_of(front_);
}

void ScenarioTest::varnish_with(int max_connections)
{
    application_at(back_);
    runs(varnish(site("varnish", front_, back_), max_connections));
    watch(slots_);
    clients_of(front_);
}

Side ScenarioTest::varnish_behind_haproxy(int maxconn, const std::string& vcl)
{
    const Address middle = address();
    application_at(back_);
    runs(varnish(site("varnish", middle, back_), 100, vcl));
    runs(haproxy(site("haproxy", front_, middle), maxconn));
    watch(Side{middle});
    clients_of(front_);
    return {middle};
}

Address ScenarioTest::php_with(int max_children, const std::optional<Address>& socket, int pool_size)
{
    Address database = address();
    runs(postgresql(site("postgresql", database), 50, kOrders));
    database_ = database;
    if (pool_size != 0) {
        const Address pool = address();
        runs(pgbouncer(site("pgbouncer", pool, database), pool_size));
        database = pool;
    }
    const Address at = socket.value_or(back_);
    Site workers = site("php", back_);
    workers.front = at;
    live::write_file(workers.dir + "/cart.php", kCart);
    live::write_file(workers.dir + "/report.php",
                     products::fill_in(kReport, {{"@PORT@", std::to_string(database.port)}}));
    runs(php_fpm(workers, max_children));
    runs(nginx(site("nginx", front_, at), runs_scripts_in(workers.dir)));
    watch(Side{at, Direction::inbound});
    clients_of(front_);
    return database;
}

void ScenarioTest::gunicorn_with(int maxconn, const Gunicorn& options)
{
    runs(gunicorn(site("gunicorn", back_), options));
    runs(haproxy(site("haproxy", front_, back_), maxconn));
    watch(slots_);
    clients_of(front_);
}

} // namespace slotscope::scenarios
