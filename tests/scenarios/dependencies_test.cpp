// SPDX-License-Identifier: MIT
// What lies behind the servers fails, cannot be reached, is asked too often, or has nothing to do with it.
#include "scenario.h"

#include <csignal>
#include <filesystem>

namespace slotscope::scenarios {
namespace {

// Asks an API `n` times for each call, which takes `api` ms each time, tries again where it fails, and thinks
// for `own` ms.
std::string asks_often(const Address& api)
{
    return "import time, urllib.request\n"
           "def ask(ms):\n"
           "    for attempt in range(4):\n"
           "        try:\n"
           "            return urllib.request.urlopen('http://" +
           to_string(api) +
           "/v1/charge?ms=' + ms).read().decode()\n"
           "        except OSError:\n"
           "            time.sleep(0.7)\n"
           "    return 'later'\n"
           "def answer(path, query):\n"
           "    time.sleep(int(query.get('own', '0')) / 1000)\n"
           "    for i in range(int(query.get('n', '1'))):\n"
           "        said = ask(query.get('api', '20'))\n"
           "    return said\n";
}

// The workers try again and again, and their slots are held meanwhile: it is the API that is gone.
TEST_F(Scenario, GunicornWhoseApiRefuses)
{
    const Address api = address();
    application_at(api);
    gunicorn_with(4, {.workers = 4, .application = asks_often(api)});
    baseline({{"/checkout?api=60", 8}}, 8);
    ASSERT_EQ(::kill(application(), SIGKILL), 0);
    fills(slots_);
    gives({.backend = Side{api}, .cause = "connect_trouble"});
}

// Nothing answers their SYNs: each worker waits for the API, and why is told as well.
TEST_F(Scenario, GunicornWhoseApiIsInABlackHole)
{
    const live::Namespace elsewhere;
    const live::Link link(space_, elsewhere, front_.port);
    const Address api = address(link.right4());
    application_at(elsewhere, api);
    gunicorn_with(4, {.workers = 4, .application = asks_often(api)});
    baseline({{"/checkout", 8}});
    link.cut_to_right();
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_dependency", .call = "GET /checkout", .dependency = api});
    pass(4);
    std::string said;
    for (const nlohmann::json& verdict : verdicts())
        said += text_of(verdict, "sentence");
    EXPECT_NE(said.find("do not come to be"), std::string::npos) << said;
}

// A release asks sixty times for each call where one was enough. Each answer is as quick as ever, and it is
// where the time goes.
TEST_F(Scenario, GunicornThatAsksSixtyTimesForEachCall)
{
    const Address api = address();
    application_at(api);
    gunicorn_with(4, {.workers = 4, .application = asks_often(api)});
    baseline({{"/checkout?n=1", 8}});
    load().becomes({{"/checkout?n=60", 8}});
    fills(slots_);
    gives({.backend = slots_,
           .cause = "slow_dependency",
           .call = "GET /checkout",
           .dependency = api,
           .dependency_call = "GET /v1/charge"});
}

// Somebody else on the host begins to wait for the API that these workers ask as well, and get quick answers
// from: they are slow themselves.
TEST_F(Twin, GunicornBesideAnotherClientOfASlowApi)
{
    const Address api = address();
    application_at(api);
    gunicorn_with(4, {.workers = 4, .application = asks_often(api)});
    baseline({{"/checkout?api=20", 8}});
    const live::Program other({.command = {"/usr/bin/python3", "-c",
                                           "import threading, urllib.request\n"
                                           "def ask():\n"
                                           "    while True: urllib.request.urlopen('http://" +
                                               to_string(api) +
                                               "/v1/export?ms=4000').read()\n"
                                               "for n in range(12): threading.Thread(target=ask).start()\n"},
                               .netns = space_.fd()});
    load().becomes({{"/checkout?api=20&own=2000", 8}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /checkout"});
}

// It does not run any more; the kernel takes connections for it.
TEST_F(Scenario, PhpWhoseMemcachedHangs)
{
    const Address cache = address();
    runs(memcached(site("memcached", cache), 200));
    Site workers = site("php", back_);
    workers.front = unix_socket("php.sock");
    live::write_file(workers.dir + "/page.php",
                     "<?php $c = stream_socket_client('tcp://" + to_string(cache) +
                         "'); fwrite($c, \"get price\\r\\n\"); fgets($c); usleep(20000); echo 'ok';");
    runs(php_fpm(workers, 5));
    runs(nginx(site("nginx", front_, workers.front), runs_scripts_in(workers.dir)));
    const Side slots{workers.front, Direction::inbound};
    watch(slots);
    clients_of(front_);
    baseline({{"/page.php", 10}});
    product(0).program().signal(SIGSTOP);
    fills(slots);
    gives({.backend = slots, .cause = "slow_dependency", .call = "page.php", .dependency = cache});
    product(0).program().signal(SIGCONT);
}

// Redis is held up again and again, not for good: a script of somebody's, nine tenths of the time. Others
// wait for jobs beside it, as ever.
TEST_F(Scenario, RedisHeldUpByOneScriptAfterTheOther)
{
    const Address cache = address();
    const std::string client = "/usr/bin/redis-cli -p " + std::to_string(cache.port) + " ";
    runs(redis(site("redis", cache)));
    const live::Program jobs(
        {.command = {"/bin/bash", "-c", "for i in 1 2 3; do " + client + "BLPOP jobs 0 & done; wait"},
         .netns = space_.fd()});
    gunicorn_with(
        6, {.threads = 12,
            .application = "import socket\n"
                           "def answer(path, query):\n"
                           "    cache = socket.create_connection(('127.0.0.1', " +
                           std::to_string(cache.port) +
                           "))\n"
                           "    for i in range(3):\n"
                           "        cache.sendall(b'*2\\r\\n$3\\r\\nGET\\r\\n$8\\r\\nprice:17\\r\\n')\n"
                           "        reply = cache.recv(100).decode().strip()\n"
                           "    cache.close()\n"
                           "    return reply\n"});
    baseline({{"/item/{n}", 25}});
    const live::Program scripts(
        {.command = {"/bin/bash", "-c", "while :; do " + client + "DEBUG SLEEP 0.9; done"},
         .netns = space_.fd()});
    fills(slots_);
    gives({.backend = slots_,
           .cause = "slow_dependency",
           .call = "GET /item/{id}",
           .dependency = cache,
           .dependency_call = "GET"});
}

// Five of Ruby's threads. OPTIONS on its command line, which its title hides; else its file says so.
std::unique_ptr<Product> puma(const Site& site, const Address& api, const std::string& options = "")
{
    live::write_file(site.dir + "/config.ru", "require 'net/http'\n"
                                              "run lambda { |env|\n"
                                              "  q = URI.decode_www_form(env['QUERY_STRING']).to_h\n"
                                              "  Net::HTTP.get(URI(\"http://" +
                                                  to_string(api) +
                                                  "/v1/charge?ms=#{q['api'] || 20}\"))\n"
                                                  "  sleep(q['own'].to_i / 1000.0)\n"
                                                  "  [200, { 'content-type' => 'text/plain' }, [\"ok\\n\"]]\n"
                                                  "}\n");
    const std::string listens = "tcp://" + to_string(site.front);
    std::filesystem::create_directory(site.dir + "/config");
    if (!options.empty()) // nothing else says how many threads there are
        live::write_file(site.dir + "/run",
                         "cd " + site.dir + " && exec /usr/bin/puma " + options + " -b " + listens);
    else {
        live::write_file(site.dir + "/config/puma.rb", "threads 5, 5\nbind \"" + listens + "\"\n");
        live::write_file(site.dir + "/run", "cd " + site.dir + " && exec /usr/bin/puma");
    }
    return std::make_unique<Product>(site.space, Product::Options{.command = {"/bin/sh", site.dir + "/run"},
                                                                  .listens_on = site.front,
                                                                  .quick_end = SIGKILL});
}

TEST_F(Scenario, PumaWhoseThreadsWaitForAnApi)
{
    const Address api = address();
    application_at(api);
    runs(puma(site("puma", back_), api));
    const Side threads{back_, Direction::inbound};
    watch(threads);
    clients_of(back_);
    baseline({{"/checkout?api=30", 8}});
    load().becomes({{"/checkout?api=2000", 8}});
    fills(threads);
    gives({.backend = threads, .cause = "slow_dependency", .call = "GET /checkout", .dependency = api});
}

// Nobody knows how many threads it has. Most connections wait to be accepted, by threads that wait for the
// API.
TEST_F(Scenario, PumaOfUnknownSizeWhoseThreadsWaitForAnApi)
{
    const Address api = address();
    application_at(api);
    runs(puma(site("puma", back_), api, "-t 5:5"));
    watch(std::nullopt);
    clients_of(back_);
    baseline({{"/checkout?api=30", 8}});
    load().becomes({{"/checkout?api=2000", 8}});
    gives({.backend = Side{back_, Direction::inbound},
           .cause = "slow_dependency",
           .call = "GET /checkout",
           .dependency = api});
}

TEST_F(Twin, PumaThatIsSlowItself)
{
    const Address api = address();
    application_at(api);
    runs(puma(site("puma", back_), api));
    const Side threads{back_, Direction::inbound};
    watch(threads);
    clients_of(back_);
    baseline({{"/checkout?own=10", 8}});
    load().becomes({{"/checkout?own=2000", 8}});
    fills(threads);
    gives({.backend = threads, .cause = "slow_backend", .call = "GET /checkout"});
}

} // namespace
} // namespace slotscope::scenarios
