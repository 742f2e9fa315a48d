// SPDX-License-Identifier: MIT
// What happens inside a server: locks between its threads, helpers, an event loop that computes, workers that
// are replaced.
#include "products/configuration.h"
#include "scenario.h"

#include "harness/sock.h"

#include <csignal>

namespace slotscope::scenarios {
namespace {

const Stream kItems{"/item/{n}?ms=20", 20};

// All calls need the same lock, as a connection that is shared, a cache or a file does: whoever has it works.
constexpr const char* kOneLock = "import threading, time\n"
                                 "lock = threading.Lock()\n"
                                 "def answer(path, query):\n"
                                 "    with lock:\n"
                                 "        time.sleep(int(query['ms']) / 1000)\n"
                                 "    return 'ok'\n";

TEST_F(Scenario, GunicornWhoseThreadsWaitForALock)
{
    gunicorn_with(8, {.threads = 8, .application = kOneLock});
    baseline({{"/stock?ms=20", 8}});
    load().becomes({{"/stock?ms=400", 8}});
    fills(slots_);
    gives({.backend = slots_, .cause = "serialisation", .call = "GET /stock"});
}

// They wait for each other as well: for helpers, one for each, which work all at a time.
TEST_F(Twin, GunicornWhoseThreadsWaitForHelpers)
{
    gunicorn_with(8, {.threads = 8,
                      .application = "import time\n"
                                     "from concurrent.futures import ThreadPoolExecutor\n"
                                     "helpers = ThreadPoolExecutor(12)\n"
                                     "def answer(path, query):\n"
                                     "    helpers.submit(time.sleep, int(query['ms']) / 1000).result()\n"
                                     "    return 'ok'\n"});
    baseline({{"/stock?ms=20", 8}});
    load().becomes({{"/stock?ms=2500", 8}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /stock"});
}

// Each call takes the lock for a moment, and works without it.
TEST_F(Twin, GunicornWhoseThreadsAreSlowBesideALock)
{
    gunicorn_with(8, {.threads = 8,
                      .application = "import threading, time\n"
                                     "lock = threading.Lock()\n"
                                     "def answer(path, query):\n"
                                     "    with lock:\n"
                                     "        time.sleep(0.01)\n"
                                     "    time.sleep(int(query['ms']) / 1000)\n"
                                     "    return 'ok'\n"});
    baseline({{"/stock?ms=20", 8}});
    load().becomes({{"/stock?ms=2500", 8}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /stock"});
}

// One URL computes for half a second, and meanwhile the loop does nothing else: that may be called slow, and
// one at a time, which is what all others see.
TEST_F(Scenario, NodeWhoseLoopIsBlockedByOneUrl)
{
    const Site server = site("node", back_);
    live::write_file(server.dir + "/server.js", "require('http').createServer((request, response) => {\n"
                                                "  const q = new URL(request.url, 'http://a').searchParams;\n"
                                                "  const until = Date.now() + Number(q.get('cpu') || 0);\n"
                                                "  while (Date.now() < until);\n"
                                                "  setTimeout(() => response.end('ok'), q.get('ms'));\n"
                                                "}).listen(" +
                                                    std::to_string(back_.port) + ", '127.0.0.1');\n");
    runs(std::make_unique<Product>(space_,
                                   Product::Options{.command = {"/usr/bin/node", server.dir + "/server.js"},
                                                    .listens_on = back_,
                                                    .quick_end = SIGKILL}));
    runs(haproxy(site("haproxy", front_, back_), 8));
    watch(slots_);
    clients_of(front_);
    baseline({kItems, {"/hash?cpu=2&ms=1", 3}});
    load().becomes({kItems, {"/hash?cpu=450&ms=1", 3}});
    fills(slots_);
    gives_one_of({.backend = slots_, .cause = "serialisation"}, {"serialisation", "slow_backend"});
}

// Its workers are replaced under load, again and again: each works on what it has, and ends.
TEST_F(Control, GunicornThatIsReloadedUnderLoad)
{
    runs(gunicorn(site("gunicorn", back_), {.workers = 4,
                                            .application = "import time\n"
                                                           "def answer(path, query):\n"
                                                           "    time.sleep(int(query['ms']) / 1000)\n"
                                                           "    return 'ok'\n"}));
    runs(haproxy(site("haproxy", front_, back_), 20));
    watch(Side{back_, Direction::inbound});
    clients_of(front_);
    baseline({{"/item/{n}?ms=80", 10}});
    for (int reload = 0; reload < 3; ++reload) {
        product(0).program().signal(SIGHUP);
        pass(2);
    }
    gives_nothing(6);
}

// Apache with so many threads of the event MPM, which passes all on to the application.
std::unique_ptr<Product> apache_event(const Site& site, int threads)
{
    live::write_file(
        site.dir + "/apache.conf",
        products::fill_in("ServerRoot @DIR@\nDefaultRuntimeDir @DIR@\nPidFile @DIR@/pid\nErrorLog @DIR@/log\n"
                          "LoadModule mpm_event_module @MOD@mpm_event.so\n"
                          "LoadModule authz_core_module @MOD@authz_core.so\n"
                          "LoadModule proxy_module @MOD@proxy.so\n"
                          "LoadModule proxy_http_module @MOD@proxy_http.so\n"
                          "ServerName test\nUser nobody\nGroup nogroup\nListen @FRONT@\n"
                          "KeepAlive On\nKeepAliveTimeout 120\nMaxKeepAliveRequests 0\n"
                          "ServerLimit 1\nStartServers 1\nThreadsPerChild @MOST@\nMaxRequestWorkers @MOST@\n"
                          "ProxyPass / http://@BACK@/\n",
                          {{"@DIR@", site.dir},
                           {"@FRONT@", to_string(site.front)},
                           {"@BACK@", to_string(site.back)},
                           {"@MOST@", std::to_string(threads)},
                           {"@MOD@", "/usr/lib/apache2/modules/mod_"}}));
    return std::make_unique<Product>(site.space,
                                     Product::Options{.command = {"/usr/sbin/apache2", "-D", "FOREGROUND",
                                                                  "-f", site.dir + "/apache.conf"},
                                                      .listens_on = site.front,
                                                      .quick_end = SIGKILL});
}

TEST_F(Scenario, ApacheEventWhoseThreadsWaitForTheApplication)
{
    application_at(back_);
    runs(apache_event(site("apache", front_, back_), 8));
    const Side threads{front_, Direction::inbound};
    watch(threads);
    clients_of(front_);
    baseline({kItems, {"/report/{n}?ms=30", 4}});
    load().becomes({kItems, {"/report/{n}?ms=4000", 4}});
    fills(threads);
    gives({.backend = threads, .cause = "slow_dependency", .call = "GET /report/{id}", .dependency = back_});
}

// Clients keep more connections than it has threads, and ask nothing: those take none.
TEST_F(Control, ApacheEventWithKeptAliveConnections)
{
    application_at(back_);
    runs(apache_event(site("apache", front_, back_), 8));
    const Side threads{front_, Direction::inbound};
    watch(threads);
    clients_of(front_);
    baseline({kItems});
    std::vector<Fd> kept;
    for (int count = 0; count < 16; ++count) {
        kept.push_back(space_.inside([] { return live::tcp_socket(live::Family::ip4); }));
        live::must(-live::connect_to(kept.back(), front_, live::Family::ip4), "connect to Apache");
        live::send_text(kept.back(), "GET /item/7?ms=20 HTTP/1.1\r\nHost: shop.example\r\n\r\n");
        pass(0.1);
    }
    gives_nothing(8);
}

} // namespace
} // namespace slotscope::scenarios
