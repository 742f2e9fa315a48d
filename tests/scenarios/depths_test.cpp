// SPDX-License-Identifier: MIT
// Incidents several processes deep, and some within one: chains, fragments, pools, locks of many threads.
#include "scenario.h"

#include <csignal>

namespace slotscope::scenarios {
namespace {

// HAProxy, nginx, php-fpm, PostgreSQL: all of them fill, and it is one incident of the last.
TEST_F(Scenario, HaproxyBeforeNginxBeforePhpBeforeASlowDatabase)
{
    const Address database = php_with(4);
    const Address door = address();
    runs(haproxy(site("haproxy", door, front_), 8));
    clients_of(door);
    const Side workers{back_, Direction::inbound};
    baseline({{"/report.php?tenant=3&db=20", 10}}, 8);
    load().becomes({{"/report.php?tenant=3&db=3000", 10}});
    fills(workers);
    fills(Side{front_});
    pass(3); // what is an effect is known as such once it was looked at
    gives({.backend = workers,
           .cause = "slow_dependency",
           .call = "report.php",
           .dependency = database,
           .dependency_call = "orders_of"});
}

// A page is put together of fragments, of which one has become slow.
TEST_F(Scenario, VarnishWithASlowFragment)
{
    runs(gunicorn(site("gunicorn", back_),
                  {.threads = 16,
                   .application =
                       "import os, time\n"
                       "def answer(path, query):\n"
                       "    if path == '/page':\n"
                       "        return '<p><esi:include src=\"/menu\"/><esi:include src=\"/basket?ms=' + "
                       "query['ms'] + '\"/></p>'\n"
                       "    time.sleep(int(query.get('ms', '5')) / 1000)\n"
                       "    return 'ok'\n"}));
    runs(varnish(site("varnish", front_, back_), 6,
                 "sub vcl_recv { return (pass); }\n"
                 "sub vcl_backend_response { set beresp.do_esi = true; set beresp.uncacheable = true; }"));
    watch(slots_);
    clients_of(front_);
    baseline({{"/page?ms=20", 8}});
    load().becomes({{"/page?ms=2000", 8}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /basket"});
}

// A pool of three connections to a database within the process, of which a call that fails gives none back.
std::string pooled(const Address& database, const std::string& get)
{
    return "import http.client, queue, time\n"
           "pool = queue.Queue()\n"
           "for i in range(3): pool.put(i)\n"
           "def answer(path, query):\n"
           "    try:\n"
           "        one = pool.get(" +
           get +
           ")\n"
           "    except queue.Empty:\n"
           "        return 'no connection in time'\n"
           "    if 'fails' in query: return 'failed'\n"
           "    db = http.client.HTTPConnection('" +
           to_string(database) +
           "')\n"
           "    db.request('GET', '/orders?ms=10')\n"
           "    db.getresponse().read()\n"
           "    pool.put(one)\n"
           "    return 'ok'\n";
}

// Each call waits three seconds for a connection of the pool and does without: the database is idle.
TEST_F(Scenario, GunicornWhosePoolIsUsedUp)
{
    const Address database = address();
    application_at(database);
    gunicorn_with(8, {.threads = 8, .application = pooled(database, "timeout=3")});
    baseline({{"/checkout", 8}});
    load().burst("/checkout?fails=1", 3);
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /checkout"});
}

// They wait for ever.
TEST_F(Scenario, GunicornWhosePoolIsUsedUpForGood)
{
    const Address database = address();
    application_at(database);
    gunicorn_with(8, {.threads = 8, .application = pooled(database, "")});
    baseline({{"/checkout", 8}});
    load().burst("/checkout?fails=1", 3);
    fills(slots_);
    gives({.backend = slots_, .cause = "stuck_calls", .call = "GET /checkout"});
}

// Twenty-four threads, of which one works.
TEST_F(Scenario, GunicornWhoseManyThreadsWaitForALock)
{
    gunicorn_with(24, {.threads = 24,
                       .application = "import threading, time\n"
                                      "lock = threading.Lock()\n"
                                      "def answer(path, query):\n"
                                      "    with lock:\n"
                                      "        time.sleep(int(query['ms']) / 1000)\n"
                                      "    return 'ok'\n"});
    baseline({{"/stock?ms=20", 10}});
    load().becomes({{"/stock?ms=400", 10}});
    fills(slots_);
    gives({.backend = slots_, .cause = "serialisation", .call = "GET /stock"});
}

// As many, which all work.
TEST_F(Twin, GunicornWhoseManyThreadsAreSlow)
{
    gunicorn_with(24, {.threads = 24,
                       .application = "import time\n"
                                      "def answer(path, query):\n"
                                      "    time.sleep(int(query['ms']) / 1000)\n"
                                      "    return 'ok'\n"});
    baseline({{"/stock?ms=20", 10}});
    load().becomes({{"/stock?ms=6000", 10}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /stock"});
}

// It is gone; scripts fail at once, and no limit fills.
TEST_F(Scenario, PhpWhoseDatabaseIsGone)
{
    const Address database = php_with(4);
    baseline({{"/report.php?tenant=3&db=20", 10}});
    product(0).program().signal(SIGQUIT);
    gives({.backend = Side{database}, .cause = "connect_trouble"});
}

// Workers are replaced under load, each when it is done.
TEST_F(Control, PhpThatIsReloadedUnderLoad)
{
    php_with(4);
    baseline({{"/report.php?tenant=3&db=20", 10}});
    product(1).program().signal(SIGUSR2);
    gives_nothing(6);
}

// A new configuration, and logs that are opened anew.
TEST_F(Control, NginxThatIsReloadedAndRotatesItsLogs)
{
    application_at(back_);
    runs(nginx_with_a_pool(site("nginx", front_, back_), 8, 2));
    watch(slots_);
    clients_of(front_);
    baseline({{"/item/{n}?ms=20", 20}});
    for (const int signal : {SIGHUP, SIGUSR1, SIGHUP}) {
        product(0).program().signal(signal);
        pass(1.5);
    }
    gives_nothing(4);
}

// All that is cached is thrown away: for a moment everything is fetched again.
TEST_F(Control, VarnishWhoseCacheIsEmptied)
{
    application_at(back_);
    const Site cache = site("varnish", front_, back_);
    runs(varnish(cache, 8,
                 "sub vcl_recv { return (hash); }\n"
                 "sub vcl_backend_response { set beresp.ttl = 300s; }"));
    watch(slots_);
    clients_of(front_);
    std::vector<Stream> pages;
    for (int page = 0; page < 12; ++page)
        pages.push_back({"/page" + std::to_string(page) + "?ms=100", 3});
    baseline(pages);
    const live::Outcome said = live::run(
        {.command = {"/usr/bin/varnishadm", "-n", cache.dir + "/varnish", "ban", "req.url", "~", "."},
         .netns = space_.fd()});
    ASSERT_EQ(said.exit, 0) << said.said();
    gives_nothing(6);
}

} // namespace
} // namespace slotscope::scenarios
