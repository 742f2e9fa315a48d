// SPDX-License-Identifier: MIT
// Incidents that begin with a change of somebody's: a configuration, a header, an application.
#include "scenario.h"

#include "products/configuration.h"

#include <csignal>

namespace slotscope::scenarios {
namespace {

// Somebody has written a lower number and reloaded: nothing else has changed.
TEST_F(Scenario, HaproxyWhoseLimitWasLowered)
{
    application_at(back_);
    const Site proxy = site("haproxy", front_, back_);
    runs(haproxy(proxy, 16));
    watch(slots_);
    clients_of(front_);
    baseline({{"/item/{n}?ms=200", 30}}, 8);
    const std::string file = proxy.dir + "/haproxy.cfg";
    std::string text = live::read_file(file);
    text.replace(text.find("maxconn 16"), 10, "maxconn 4");
    live::write_file(file, text);
    product(0).program().signal(SIGUSR2);
    pass(2);
    fills(slots_);
    gives({.backend = slots_, .cause = "limit_too_low", .call = "GET /item/{id}"});
}

// A deployment makes pages that were cached uncacheable: the clients ask for as much as ever.
TEST_F(Scenario, VarnishWhoseCacheIsPassed)
{
    application_at(back_);
    const Site proxy = site("varnish", front_, back_);
    runs(varnish(proxy, 8,
                 "import std;\nsub vcl_recv {\n  if (req.url ~ \"^/item\" || std.file_exists(\"" + proxy.dir +
                     "/off\")) { return (pass); }\n  return (hash);\n}\n"
                     "sub vcl_backend_response { set beresp.ttl = 600s; return (deliver); }"));
    watch(slots_);
    clients_of(front_);
    baseline(
        {{"/item/{n}?ms=100", 8}, {"/page/a?ms=200", 20}, {"/page/b?ms=200", 20}, {"/page/c?ms=200", 20}}, 8);
    live::write_file(proxy.dir + "/off", "");
    fills(slots_);
    gives({.backend = slots_, .cause = "demand_surge", .call = "GET /page/"});
}

// More is asked, and each takes much longer: it is the latter that fills it.
TEST_F(Scenario, HaproxyWithMoreOfWhatIsMuchSlower)
{
    haproxy_with(8);
    baseline({{"/item/{n}?ms=50", 10}});
    load().becomes({{"/item/{n}?ms=1500", 14}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /item/{id}"});
}

// Its workers compute.
TEST_F(Scenario, GunicornWhoseWorkersCompute)
{
    gunicorn_with(4, {.workers = 4,
                      .application = "import time\n"
                                     "def answer(path, query):\n"
                                     "    until = time.thread_time() + int(query['ms']) / 1000\n"
                                     "    while time.thread_time() < until: pass\n"
                                     "    return 'ok'\n"});
    baseline({{"/price?ms=10", 8}});
    load().becomes({{"/price?ms=700", 8}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /price"});
}

TEST_F(Scenario, PhpThatWaitsForAnApi)
{
    const live::Namespace elsewhere;
    const live::Link link(space_, elsewhere, front_.port);
    const Address api = address(link.right4());
    application_at(elsewhere, api);
    Site workers = site("php", back_);
    workers.front = unix_socket("php.sock");
    live::write_file(workers.dir + "/pay.php", "<?php echo file_get_contents('http://" + to_string(api) +
                                                   "/v1/charge?ms=' . intval($_GET['api']));");
    runs(php_fpm(workers, 4));
    runs(nginx(site("nginx", front_, workers.front), runs_scripts_in(workers.dir)));
    const Side slots{workers.front, Direction::inbound};
    watch(slots);
    clients_of(front_);
    baseline({{"/pay.php?api=30", 8}});
    load().becomes({{"/pay.php?api=2500", 8}});
    fills(slots);
    gives({.backend = slots,
           .cause = "slow_dependency",
           .call = "pay.php",
           .dependency = api,
           .dependency_call = "GET /v1/charge"});
}

// nginx counts the requests of all its workers, as it has a zone.
TEST_F(Scenario, NginxWithASlowUrl)
{
    application_at(back_);
    runs(nginx_with_a_pool(site("nginx", front_, back_), 6, 2));
    watch(slots_);
    clients_of(front_);
    baseline({{"/item/{n}?ms=20", 20}, {"/report/{n}?ms=30", 4}});
    load().becomes({{"/item/{n}?ms=20", 20}, {"/report/{n}?ms=3000", 4}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /report/{id}"});
}

TEST_F(Scenario, MariadbFilledByIdleSessions)
{
    const Site database = site("mariadb", front_);
    runs(mariadb(database, 15, "CREATE DATABASE IF NOT EXISTS shop"));
    const Side sessions{front_, Direction::inbound};
    watch(sessions);
    const std::string client = "/usr/bin/mariadb -h 127.0.0.1 -P " + std::to_string(front_.port) + " -u app ";
    const live::Program application(
        {.command = {"/bin/bash", "-c",
                     "while :; do " + client + "-e 'SELECT SLEEP(0.05)' >/dev/null 2>&1 & sleep 0.25; done"},
         .netns = space_.fd()});
    pass(6);
    const live::Program idle({.command = {"/bin/bash", "-c",
                                          "for i in $(seq 20); do (echo 'SELECT 1;'; sleep 300) | " + client +
                                              ">/dev/null 2>&1 & sleep 0.05; done; wait"},
                              .netns = space_.fd()});
    fills(sessions);
    gives({.backend = sessions, .cause = "idle_holders"});
}

// mod_proxy, whose pool has as many connections as it may.
TEST_F(Scenario, ApacheProxyWithASlowUrl)
{
    application_at(back_);
    const Site proxy = site("apache", front_, back_);
    const std::string modules = "/usr/lib/apache2/modules/mod_";
    live::write_file(
        proxy.dir + "/apache.conf",
        products::fill_in("ServerRoot @DIR@\nDefaultRuntimeDir @DIR@\nPidFile @DIR@/pid\nErrorLog @DIR@/log\n"
                          "LoadModule mpm_worker_module @MOD@mpm_worker.so\n"
                          "LoadModule authz_core_module @MOD@authz_core.so\n"
                          "LoadModule proxy_module @MOD@proxy.so\n"
                          "LoadModule proxy_http_module @MOD@proxy_http.so\n"
                          "ServerName test\nUser nobody\nGroup nogroup\nListen @FRONT@\n"
                          "ServerLimit 1\nStartServers 1\nThreadsPerChild 64\nMaxRequestWorkers 64\n"
                          "ProxyPass / http://@BACK@/ max=5\n",
                          {{"@DIR@", proxy.dir},
                           {"@FRONT@", to_string(front_)},
                           {"@BACK@", to_string(back_)},
                           {"@MOD@", modules}}));
    runs(std::make_unique<Product>(space_,
                                   Product::Options{.command = {"/usr/sbin/apache2", "-D", "FOREGROUND", "-f",
                                                                proxy.dir + "/apache.conf"},
                                                    .listens_on = front_,
                                                    .quick_end = SIGKILL}));
    watch(slots_);
    clients_of(front_);
    baseline({{"/item/{n}?ms=20", 20}, {"/report/{n}?ms=30", 4}});
    load().becomes({{"/item/{n}?ms=20", 20}, {"/report/{n}?ms=3000", 4}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /report/{id}"});
}

// An HTTP client whose connections the server closes after a while, and which looks at them when it needs
// one.
std::string client_with_a_pool(const Address& server)
{
    return "import http.client, sys, time\n"
           "kept = []\n"
           "def open_one():\n"
           "    c = http.client.HTTPConnection('127.0.0.1', " +
           std::to_string(server.port) +
           ")\n"
           "    c.request('GET', '/price?ms=20'); c.getresponse().read(); kept.append(c)\n"
           "for i in range(10): open_one()\n"
           "while True:\n"
           "    time.sleep(0.5)\n"
           "    if len(sys.argv) > 1: open_one()\n";
}

Gunicorn closes_idle_connections()
{
    return {.threads = 4, .application = "def answer(path, query):\n    return 'ok'\n"}; // after two seconds
}

TEST_F(Control, PoolWhoseServerClosesIdleConnections)
{
    runs(gunicorn(site("gunicorn", back_), closes_idle_connections()));
    watch(std::nullopt);
    const live::Program client(
        {.command = {"/usr/bin/python3", "-c", client_with_a_pool(back_)}, .netns = space_.fd()});
    holds(slots_, 10, [](const auto& each) { return each.at("state") == "peer_closed"; });
    gives_nothing(15);
}

// It opens others instead.
TEST_F(Scenario, LeakInCloseWaitWithoutALimit)
{
    runs(gunicorn(site("gunicorn", back_), closes_idle_connections()));
    watch(std::nullopt);
    const live::Program client(
        {.command = {"/usr/bin/python3", "-c", client_with_a_pool(back_), "more"}, .netns = space_.fd()});
    holds(slots_, 12, [](const auto& each) { return each.at("state") == "peer_closed"; });
    gives({.backend = slots_, .cause = "connection_leak"});
}

} // namespace
} // namespace slotscope::scenarios
