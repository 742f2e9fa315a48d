// SPDX-License-Identifier: MIT
// Limits of proxies, found without configuration: the number that is found is the one at which the proxy
// queues or refuses. Their slots are calls: nothing here says that they are in force.
#include "discovery_fixture.h"

#include "harness/wait.h"

#include <csignal>
#include <filesystem>

namespace slotscope::products {
namespace {

using live::eventually;

class DiscoveredProxy : public DiscoveryTest {};

class DiscoveredHAProxy : public DiscoveredProxy {
  protected:
    void start_with(const std::string& maxconn)
    {
        live::write_file(dir_.file("servers.cfg"), "backend app\n    server app1 " + to_string(back_) +
                                                       " check inter 1h" + " # " + maxconn + "\n");
        write(maxconn);
        start({"/usr/sbin/haproxy", "-W", "-db", "-f", dir_.file("haproxy.cfg"), "-f",
               dir_.file("servers.cfg")});
    }
    void write(const std::string& maxconn) const
    {
        configuration("haproxy.cfg",
                      "global\n    stats socket @DIR@/stats.sock\n    maxconn 200\n"
                      "defaults\n    mode http\n    timeout connect 10s\n    timeout client 60s\n"
                      "    timeout server 60s\n    default-server maxconn " +
                          maxconn + "\nfrontend front\n    bind @FRONT@\n    default_backend app\n");
    }
};

TEST_F(DiscoveredHAProxy, ServersQueueAtTheLimitThatWasFound)
{
    start_with("8"); // in default-server of the defaults, the server in another file
    const nlohmann::json limit = found_at(back_, "outbound");
    EXPECT_TRUE(agree("haproxy", limit, held_of(12)));
    EXPECT_TRUE(reached(back_, Direction::outbound));
    EXPECT_EQ(limit.at("source"), dir_.file("haproxy.cfg") + ":9");
    EXPECT_EQ(limit.at("name"), "app/app1");
    EXPECT_EQ(limit.at("kind"), "calls");
    EXPECT_EQ(limit.at("origin").at("certainty"), "certain");
    EXPECT_EQ(found_at(front_, "inbound").at("slots"), 200); // of the whole process
}

// Neither file nor name gives them addresses of their own; and no frontend has the process's slots alone.
TEST_F(DiscoveredHAProxy, ServersOfATemplateAtOneAddressAndFrontendsOfOneProcessAddUpAndShare)
{
    Address other = front_;
    other.port = 8099;
    start({"/usr/sbin/haproxy", "-W", "-db", "-f",
           configuration(
               "haproxy.cfg",
               "global\n    maxconn 50\ndefaults\n    mode http\n    timeout connect 10s\n"
               "    timeout client 60s\n    timeout server 60s\nfrontend front\n    bind @FRONT@\n"
               "    default_backend app\nfrontend other\n    bind " +
                   to_string(other) +
                   "\n    default_backend app\nbackend app\n    server-template t 3 @BACK@ maxconn 2\n")});
    ASSERT_TRUE(becomes(back_, "outbound", 6));
    ASSERT_TRUE(becomes(other, "inbound", 50));
    EXPECT_TRUE(agree("haproxy 3x2", found_at(back_, "outbound"), held_of(9)));
    EXPECT_TRUE(reached(back_, Direction::outbound));
    EXPECT_EQ(found_at(front_, "inbound"), found_at(other, "inbound")); // one limit, not the same twice
}

TEST_F(DiscoveredHAProxy, AChangedLimitHoldsFromTheReloadOn)
{
    start_with("8");
    ASSERT_TRUE(becomes(back_, "outbound", 8));
    settle(1);
    live::EventStream events(finder().socket());

    write("13");
    EXPECT_TRUE(eventually([&] { // written, and not taken yet
        return finder()
                   .get("/v1/limits")
                   .at("not_understood")
                   .dump()
                   .find("not in force before it is reloaded") != std::string::npos;
    }));
    EXPECT_TRUE(becomes(back_, "outbound", 8));

    const auto reloaded = std::chrono::steady_clock::now();
    product_->signal(SIGUSR2);
    EXPECT_TRUE(becomes(back_, "outbound", 13));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - reloaded;
    std::cout << "[ product  ] haproxy: a reload is seen after " << took.count() << " s" << std::endl;
    EXPECT_TRUE(is_told(events, "app/app1 has 13 slots instead of 8"));
}

class DiscoveredNginx : public DiscoveredProxy {
  protected:
    void start_with(const std::string& zone, const std::string& workers, const std::string& max_conns)
    {
        configuration("upstream.conf",
                      "upstream app { " + zone + " server @BACK@ max_conns=" + max_conns + "; }\n");
        start({"/usr/sbin/nginx", "-c",
               configuration("nginx.conf",
                             "daemon off;\nworker_processes " + workers +
                                 ";\npid @DIR@/nginx.pid;\nerror_log @DIR@/error.log;\n"
                                 "events { worker_connections 256; }\nhttp {\n    access_log off;\n"
                                 "    include *stream.conf;\n"
                                 "    server { listen @FRONT@ reuseport;\n"
                                 "        location / { proxy_pass http://app; } }\n}\n"),
               "-e", dir_.file("error.log")});
    }
};

TEST_F(DiscoveredNginx, RefusesAtTheLimitThatWasFound)
{
    start_with("zone app 64k;", "2", "3");
    const nlohmann::json limit = found_at(back_, "outbound");
    EXPECT_TRUE(agree("nginx zone", limit, held_of(8)));
    EXPECT_TRUE(reached(back_, Direction::outbound));
    EXPECT_EQ(limit.at("source"), dir_.file("upstream.conf") + ":1");
    EXPECT_EQ(limit.at("origin").at("certainty"), "certain");
}

TEST_F(DiscoveredNginx, WithoutAZoneEachWorkerHasItsShare)
{
    start_with("", "2", "3");
    const nlohmann::json limit = found_at(back_, "outbound");
    EXPECT_TRUE(agree("nginx 2x3", limit, held_of(60))); // enough for both workers to get more than 3
    EXPECT_EQ(limit.at("origin").at("certainty"), "at_most");
}

TEST_F(DiscoveredNginx, AChangedLimitHoldsFromTheReloadOn)
{
    start_with("zone app 64k;", "2", "3");
    ASSERT_TRUE(becomes(back_, "outbound", 3));
    settle(2);
    configuration("upstream.conf", "upstream app { zone app2 64k; server @BACK@ max_conns=5; }\n");
    EXPECT_TRUE(eventually([&] {
        return finder().get("/v1/limits").at("not_understood").dump().find("before it is reloaded") !=
               std::string::npos;
    }));
    EXPECT_TRUE(becomes(back_, "outbound", 3));
    const auto reloaded = std::chrono::steady_clock::now();
    product_->signal(SIGHUP);
    EXPECT_TRUE(becomes(back_, "outbound", 5));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - reloaded;
    std::cout << "[ product  ] nginx: a reload is seen after " << took.count() << " s" << std::endl;
}

class DiscoveredVarnish : public DiscoveredProxy {};

TEST_F(DiscoveredVarnish, RefusesAtTheLimitThatWasFound)
{
    const std::string port = std::to_string(back_.port);
    const std::string vcl =
        configuration("site.vcl", "vcl 4.1;\ninclude \"./back.vcl\";\nsub vcl_recv { return (pass); }\n");
    configuration("back.vcl", "backend app {\n  .host = \"127.0.0.1\";\n  .port = \"" + port +
                                  "\";\n  .max_connections = 5;\n}\n");
    start({"/usr/sbin/varnishd", "-F", "-j", "none", "-n", dir_.file("work"), "-f", vcl, "-a",
           to_string(front_)});
    const nlohmann::json limit = found_at(back_, "outbound");
    std::uint32_t refused_at = 0;
    for (std::size_t held = 1; held <= 8; ++held) { // one by one: a burst overshoots (field notes)
        clients_.push_back(ask());
        if (!eventually([&] { return backend_.held() == held; }, std::chrono::seconds(2)))
            break;
        ++refused_at;
    }
    EXPECT_TRUE(agree("varnish", limit, refused_at));
    EXPECT_TRUE(reached(back_, Direction::outbound));
    EXPECT_EQ(limit.at("source"), dir_.file("back.vcl") + ":4");
}

// The libraries of the VCLs that it has loaded tell what it runs with.
TEST_F(DiscoveredVarnish, AChangedLimitHoldsFromItsLoadOn)
{
    const auto write = [&](const std::string& most) {
        return configuration("site.vcl", "vcl 4.1;\nbackend app { .host = \"127.0.0.1\"; .port = \"" +
                                             std::to_string(back_.port) + "\"; .max_connections = " + most +
                                             "; }\n");
    };
    const auto tell = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"/usr/bin/varnishadm", "-n", dir_.file("work")});
        live::ProgramOptions options;
        options.command = std::move(words);
        options.netns = space_.fd();
        const auto told = live::run(options);
        EXPECT_EQ(told.exit, 0) << told.said();
    };
    const auto is_sure = [&] {
        return eventually(
            [&] { return found_at(back_, "outbound").at("origin").at("certainty") == "certain"; });
    };
    const std::string vcl = write("5");
    start({"/usr/sbin/varnishd", "-F", "-j", "none", "-n", dir_.file("work"), "-f", vcl, "-a",
           to_string(front_)});
    ASSERT_TRUE(becomes(back_, "outbound", 5));
    EXPECT_TRUE(is_sure());
    write("7");
    EXPECT_TRUE(eventually([&] {
        return finder().get("/v1/limits").at("not_understood").dump().find("before it is reloaded") !=
               std::string::npos;
    }));
    EXPECT_TRUE(becomes(back_, "outbound", 5));
    tell({"vcl.load", "two", vcl});
    EXPECT_TRUE(becomes(back_, "outbound", 7));
    EXPECT_EQ(found_at(back_, "outbound").at("origin").at("certainty"), "unsure");
    tell({"vcl.use", "two"});
    tell({"vcl.discard", "boot"});
    EXPECT_TRUE(is_sure()) << finder().get("/v1/limits").dump(2);
}

} // namespace
} // namespace slotscope::products
