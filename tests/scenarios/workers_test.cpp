// SPDX-License-Identifier: MIT
// Servers with a few workers, and what these wait for.
#include "scenario.h"

namespace slotscope::scenarios {
namespace {

// nginx reaches php-fpm over TCP here, over a Unix socket in chains_test.cpp.
TEST_F(Scenario, PhpWithOneTenantsSlowQuery)
{
    const Address database = php_with(4);
    const Side workers{back_, Direction::inbound};
    baseline({{"/report.php?tenant=3&db=20", 10}, {"/report.php?tenant=7&db=30", 2}});
    load().becomes({{"/report.php?tenant=3&db=20", 10}, {"/report.php?tenant=7&db=4000", 2}});
    fills(workers);
    gives({.backend = workers,
           .cause = "slow_dependency",
           .call = "report.php",
           .dependency = database,
           .dependency_call = "orders_of"});
}

// The script is as slow and asks the same of the database, which answers at once.
TEST_F(Twin, PhpThatIsSlowItself)
{
    php_with(4);
    const Side workers{back_, Direction::inbound};
    baseline({{"/report.php?tenant=3&db=20", 10}, {"/report.php?tenant=7&db=20&php=10", 2}});
    load().becomes({{"/report.php?tenant=3&db=20", 10}, {"/report.php?tenant=7&db=20&php=4000", 2}});
    fills(workers);
    gives({.backend = workers, .cause = "slow_backend", .call = "report.php"});
}

// Nothing is slower; more is asked, and waits in the listener's queue, where php-fpm's own counts do not see
// it.
TEST_F(Scenario, PhpWithADemandSurge)
{
    php_with(4);
    const Side workers{back_, Direction::inbound};
    baseline({{"/report.php?tenant=3&db=100", 8}});
    load().becomes({{"/report.php?tenant=3&db=100", 70}});
    fills(workers);
    gives({.backend = workers, .cause = "demand_surge", .call = "report.php", .dependency = {}});
}

// Pays at a third party whose answer takes `api` ms, and thinks for `own` ms.
std::string checkout(const Address& api)
{
    return "import time, urllib.request\n"
           "def answer(path, query):\n"
           "    time.sleep(int(query.get('own', '0')) / 1000)\n"
           "    url = 'http://" +
           to_string(api) +
           "/v1/charge?ms=' + query.get('api', '20')\n"
           "    return urllib.request.urlopen(url).read().decode()\n";
}

TEST_F(Scenario, GunicornWithAThirdPartyGoneSlow)
{
    const live::Namespace elsewhere;
    const live::Link link(space_, elsewhere, front_.port);
    const Address api = address(link.right4());
    application_at(elsewhere, api);
    gunicorn_with(4, {.workers = 4, .application = checkout(api)});
    baseline({{"/checkout?api=30", 8}});
    load().becomes({{"/checkout?api=2000", 8}});
    fills(slots_);
    gives({.backend = slots_,
           .cause = "slow_dependency",
           .call = "GET /checkout",
           .dependency = api,
           .dependency_call = "GET /v1/charge"});
}

// The proxy lets in more than there are workers: the rest waits to be accepted, for workers that wait for the
// API.
TEST_F(Scenario, GunicornWithFewerWorkersThanSlots)
{
    const live::Namespace elsewhere;
    const live::Link link(space_, elsewhere, front_.port);
    const Address api = address(link.right4());
    application_at(elsewhere, api);
    gunicorn_with(10, {.workers = 4, .application = checkout(api)});
    baseline({{"/checkout?api=30", 8}});
    load().becomes({{"/checkout?api=2000", 8}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_dependency", .call = "GET /checkout", .dependency = api});
}

TEST_F(Twin, GunicornThatIsSlowItself)
{
    const live::Namespace elsewhere;
    const live::Link link(space_, elsewhere, front_.port);
    const Address api = address(link.right4());
    application_at(elsewhere, api);
    gunicorn_with(4, {.workers = 4, .application = checkout(api)});
    baseline({{"/checkout?api=30", 8}});
    load().becomes({{"/checkout?api=30&own=2000", 8}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /checkout"});
}

// Takes two locks, in the order that the direction of the transfer makes.
constexpr const char* kTransfers = R"(
import threading, time
one, two = threading.Lock(), threading.Lock()
def answer(path, query):
    first, second = (one, two) if query['to'] == '2' else (two, one)
    with first:
        time.sleep(int(query['ms']) / 1000)
        with second:
            return 'ok'
)";

TEST_F(Scenario, GunicornWhoseThreadsDeadlock)
{
    gunicorn_with(4, {.threads = 4, .application = kTransfers});
    baseline({{"/transfer?to=2&ms=20", 6}});
    load().becomes({{"/transfer?to=2&ms=100", 4}, {"/transfer?to=1&ms=100", 4}});
    fills(slots_);
    gives({.backend = slots_, .cause = "stuck_calls", .call = "GET /transfer"});
}

TEST_F(Scenario, AgentThatComesToADeadlock)
{
    runs(gunicorn(site("gunicorn", back_), {.threads = 4, .application = kTransfers}));
    runs(haproxy(site("haproxy", front_, back_), 4));
    clients_of(front_);
    load().becomes({{"/transfer?to=2&ms=100", 4}, {"/transfer?to=1&ms=100", 4}});
    pass(10);
    watch(slots_);
    // What they were was not seen, and a call without a name may wait for news by nature.
    gives({.backend = slots_, .cause = "stuck_calls", .confidence = 0.4});
}

// The locks are held for long and given back: calls end, one every second.
TEST_F(Twin, GunicornWhoseThreadsAreSlow)
{
    gunicorn_with(4, {.threads = 4,
                      .application = "import time\n"
                                     "def answer(path, query):\n"
                                     "    time.sleep(int(query['ms']) / 1000)\n"
                                     "    return 'ok'\n"});
    baseline({{"/transfer?ms=20", 6}});
    load().becomes({{"/transfer?ms=3000", 6}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /transfer"});
}

constexpr const char* kExports = "import time\n"
                                 "def answer(path, query):\n"
                                 "    time.sleep(int(query['ms']) / 1000)\n"
                                 "    return 'ok'\n";

// Clients connect to the worker itself; nothing says how many it may serve.
TEST_F(Scenario, OneSyncWorkerWithAFullAcceptQueue)
{
    runs(gunicorn(site("gunicorn", back_), {.backlog = 5, .application = kExports}));
    watch(std::nullopt);
    clients_of(back_);
    baseline({{"/item/{n}?ms=10", 8}});
    load().burst("/export?ms=60000", 1);
    const Side worker{back_, Direction::inbound};
    holds(worker, 5, [](const auto& holder) { // nobody has it
        return holder.at("process").is_null() && holder.at("last_io") == "none";
    });
    gives({.backend = worker, .cause = "accept_stall"});
}

// The queue is used as it should be: what comes at once waits a little.
TEST_F(Twin, OneSyncWorkerWithABurst)
{
    runs(gunicorn(site("gunicorn", back_), {.backlog = 5, .application = kExports}));
    watch(std::nullopt);
    clients_of(back_);
    baseline({{"/item/{n}?ms=10", 8}});
    load().burst("/export?ms=60", 5); // a busy host takes longer for it
    gives_nothing(7);
}

TEST_F(Scenario, UwsgiWhoseWorkersWaitForAnApi)
{
    const Address api = address();
    application_at(api);
    const Site server = site("uwsgi", back_);
    live::write_file(server.dir + "/app.py",
                     "import urllib.request\nfrom urllib.parse import parse_qs\n"
                     "def application(environ, start):\n"
                     "    q = parse_qs(environ['QUERY_STRING'])\n"
                     "    body = urllib.request.urlopen('http://" +
                         to_string(api) +
                         "/v1/charge?ms=' + q['api'][0]).read()\n"
                         "    start('200 OK', [('Content-Length', str(len(body)))])\n    return [body]\n");
    runs(std::make_unique<Product>(
        space_, Product::Options{.command = {"/usr/bin/uwsgi", "--plugin", "python3", "--http-socket",
                                             to_string(back_), "--processes", "4", "--master", "--chdir",
                                             server.dir, "--wsgi-file", server.dir + "/app.py"},
                                 .listens_on = back_,
                                 .quick_end = SIGKILL}));
    const Side workers{back_, Direction::inbound};
    watch(workers);
    clients_of(back_);
    baseline({{"/checkout?api=30", 8}});
    load().becomes({{"/checkout?api=2000", 8}});
    fills(workers);
    gives({.backend = workers, .cause = "slow_dependency", .call = "GET /checkout", .dependency = api});
}

// A server with one event loop: `work` is run for each request; text of Python's asyncio.
std::unique_ptr<Product> event_loop(const Site& site, const std::string& work)
{
    live::write_file(
        site.dir + "/loop.py",
        "import asyncio, time\nfrom urllib.parse import urlsplit, parse_qs\n"
        "async def ask(port, path):\n"
        "    r, w = await asyncio.open_connection('127.0.0.1', port)\n"
        "    w.write(b'GET ' + path.encode() + b' HTTP/1.1\\r\\nHost: a\\r\\nConnection: "
        "close\\r\\n\\r\\n')\n"
        "    await r.read(); w.close()\n"
        "async def serve(r, w):\n"
        "    while True:\n"
        "        head = await r.readuntil(b'\\r\\n\\r\\n')\n"
        "        q = {k: v[0] for k, v in parse_qs(urlsplit(head.split()[1].decode()).query).items()}\n"
        "        " +
            work +
            "\n"
            "        w.write(b'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok'); await w.drain()\n"
            "async def main():\n"
            "    s = await asyncio.start_server(serve, '127.0.0.1', " +
            std::to_string(site.front.port) +
            ", backlog=512)\n"
            "    await s.serve_forever()\n"
            "asyncio.run(main())\n");
    return std::make_unique<Product>(site.space,
                                     Product::Options{.command = {"/usr/bin/python3", site.dir + "/loop.py"},
                                                      .listens_on = site.front,
                                                      .quick_end = SIGKILL});
}

TEST_F(Scenario, EventLoopThatWaitsForAnApi)
{
    const Address api = address();
    application_at(api);
    runs(event_loop(site("loop", back_),
                    "await ask(" + std::to_string(api.port) + ", '/v1/charge?ms=' + q['api'])"));
    runs(haproxy(site("haproxy", front_, back_), 8));
    watch(slots_);
    clients_of(front_);
    baseline({{"/checkout?api=30", 10}});
    load().becomes({{"/checkout?api=2000", 10}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_dependency", .call = "GET /checkout", .dependency = api});
}

// It asks the API as well, which answers at once.
TEST_F(Twin, EventLoopThatIsSlowItself)
{
    const Address api = address();
    application_at(api);
    runs(event_loop(site("loop", back_),
                    "await ask(" + std::to_string(api.port) +
                        ", '/v1/charge?ms=20'); await asyncio.sleep(float(q['own']) / 1000)"));
    runs(haproxy(site("haproxy", front_, back_), 8));
    watch(slots_);
    clients_of(front_);
    baseline({{"/checkout?own=30", 10}});
    load().becomes({{"/checkout?own=2000", 10}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /checkout"});
}

} // namespace
} // namespace slotscope::scenarios
