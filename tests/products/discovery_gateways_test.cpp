// SPDX-License-Identifier: MIT
// Limits of Apache httpd and Caddy, found without configuration: the number that is found is the one at which
// they refuse or let wait.
#include "discovery_fixture.h"

#include "harness/wait.h"

#include <csignal>
#include <sys/stat.h>

namespace slotscope::products {
namespace {

class DiscoveredApache : public DiscoveryTest {
  protected:
    void start_with(const std::string& workers, const std::string& proxy,
                    const std::string& module = "mpm_event")
    {
        ASSERT_EQ(::chmod(dir_.path().c_str(), 0755), 0);
        std::string modules;
        for (const std::string& each :
             {module, std::string("authz_core"), std::string("proxy"), std::string("proxy_http")})
            modules += "LoadModule " + each + "_module /usr/lib/apache2/modules/mod_" + each + ".so\n";
        live::write_file(dir_.file("modules.load"), modules);
        configuration("mpm.conf", "<IfModule mpm_prefork_module>\nMaxRequestWorkers 3\n</IfModule>\n"
                                  "<IfModule !mpm_prefork_module>\nStartServers 1\n" +
                                      workers + "\n</IfModule>\n");
        configuration("sites.conf", proxy);
        start({"/usr/sbin/apache2", "-D", "FOREGROUND", "-f",
               configuration("apache.conf",
                             "ServerRoot @DIR@\nDefine BACK @BACK@\nDefaultRuntimeDir @DIR@\n"
                             "Include *.load\nInclude mpm.conf\nPidFile @DIR@/pid\nErrorLog @DIR@/log\n"
                             "ServerName test\nUser nobody\nGroup nogroup\nListen @FRONT@\n"
                             "IncludeOptional sites.conf\n")});
    }
};

TEST_F(DiscoveredApache, RefusesAtTheLimitOfItsPool)
{
    start_with("ServerLimit 1\nThreadsPerChild 20\nMaxRequestWorkers 20",
               "<Proxy \"balancer://none\">\nProxySet timeout=5\n</Proxy>\n"
               "ProxyPass \"/\" \"http://${BACK}/\" \\\n  max=4 acquire=300\n");
    const nlohmann::json limit = found_at(back_, "outbound");
    EXPECT_TRUE(agree("apache max=", limit, held_of(8)));
    EXPECT_EQ(limit.at("source"), dir_.file("sites.conf") + ":4");
    EXPECT_EQ(limit.at("origin").at("certainty"), "certain");
    EXPECT_TRUE(reached(back_, Direction::outbound));
}

TEST_F(DiscoveredApache, LetsWaitAtTheLimitOfItsWorkers)
{
    start_with("ServerLimit 5\nThreadsPerChild 3\nMaxRequestWorkers 5", // whole processes: one of three
               "ProxyPass \"/\" \"http://${BACK}/\"\n");
    settle(1, 5); // three that serve, one that listens, the first one
    const nlohmann::json limit = found_at(front_, "inbound");
    EXPECT_TRUE(agree("apache", limit, held_of(8)));
    EXPECT_EQ(limit.at("kind"), "calls");
    EXPECT_EQ(limit.at("source"), dir_.file("mpm.conf") + ":8");
    EXPECT_TRUE(reached(front_, Direction::inbound));
}

// One that was woken for a connection which another one took keeps a thread for the next, and takes none
// while no other thread is free: how many serve is not the same each time, and the arithmetic says so.
TEST_F(DiscoveredApache, SaysThatSeveralProcessesMayLetWaitEarlier)
{
    start_with("StartServers 2\nServerLimit 2\nThreadsPerChild 3\nMaxRequestWorkers 6",
               "ProxyPass \"/\" \"http://${BACK}/\"\n");
    settle(2, 5);
    const nlohmann::json limit = found_at(front_, "inbound");
    ASSERT_FALSE(limit.is_null());
    EXPECT_EQ(limit.at("slots"), 6);
    EXPECT_NE(limit.at("origin").at("arithmetic").back().get<std::string>().find("may wait from 4 on"),
              std::string::npos)
        << limit.dump(2);
    const std::uint32_t held = held_of(10);
    EXPECT_GE(held, 4);
    EXPECT_LE(held, 6);
}

TEST_F(DiscoveredApache, LetsWaitAtTheLimitOfAllItsProcesses)
{
    start_with(
        "StartServers 2\nServerLimit 5\nThreadsPerChild 3\nMaxRequestWorkers 8", // two processes of three
        "ProxyPass \"/\" \"http://${BACK}/\"\n", "mpm_worker");
    settle(2, 5);
    const nlohmann::json limit = found_at(front_, "inbound");
    EXPECT_TRUE(agree("apache worker", limit, held_of(14)));
    EXPECT_EQ(limit.at("kind"), "connections");
    EXPECT_EQ(limit.at("source"), dir_.file("mpm.conf") + ":9");
    EXPECT_TRUE(reached(front_, Direction::inbound));
}

TEST_F(DiscoveredApache, AChangedLimitHoldsFromTheReloadOn)
{
    start_with("ServerLimit 2\nThreadsPerChild 3\nMaxRequestWorkers 3",
               "ProxyPass \"/\" \"http://${BACK}/\"\n");
    settle(1, 5); // a signal that comes before it has a worker is lost
    ASSERT_TRUE(becomes(front_, "inbound", 3));
    settle(1, 5); // it listens before it handles signals
    live::EventStream events(finder().socket());
    configuration("mpm.conf", "StartServers 1\nServerLimit 2\nThreadsPerChild 3\nMaxRequestWorkers 6\n");
    const auto reloaded = std::chrono::steady_clock::now();
    product_->signal(SIGUSR1); // graceful
    EXPECT_TRUE(becomes(front_, "inbound", 6));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - reloaded;
    std::cout << "[ product  ] apache: a reload is seen after " << took.count() << " s" << std::endl;
    EXPECT_TRUE(is_told(events, " has 6 slots instead of 3"));
}

// The older child finishes what it has: the new limit holds all the same, and each has its share.
TEST_F(DiscoveredApache, AnOlderChildThatFinishesIsAGenerationOfItsOwn)
{
    start_with("ServerLimit 4\nThreadsPerChild 3\nMaxRequestWorkers 3",
               "ProxyPass \"/\" \"http://${BACK}/\"\n");
    ASSERT_TRUE(becomes(front_, "inbound", 3));
    settle(1, 5);
    EXPECT_EQ(held_of(2), 2U);
    configuration("mpm.conf", "StartServers 1\nServerLimit 4\nThreadsPerChild 3\nMaxRequestWorkers 6\n");
    product_->signal(SIGUSR1);
    EXPECT_TRUE(becomes(front_, "inbound", 6));
    const auto generations = [&] { return found_at(front_, "inbound").at("origin").at("generations"); };
    EXPECT_TRUE(live::eventually([&] {
        const nlohmann::json all = generations();
        return all.size() == 2 && all[0].at("slots") == 3 && all[0].at("in_use") == 2 &&
               all[1].at("slots") == 6 && all[1].at("newest") == true;
    })) << found_at(front_, "inbound").dump(2);
    EXPECT_TRUE(live::eventually([&] {
        backend_.release();
        return generations().empty();
    })) << found_at(front_, "inbound").dump(2);
}

class DiscoveredCaddy : public DiscoveryTest {};

TEST_F(DiscoveredCaddy, RefusesAtTheLimitThatWasFound)
{
    configuration("site.caddy",
                  "http://:" + std::to_string(front_.port) +
                      " {\n\tbind 127.0.0.1\n\thandle {\n\t\timport limited @BACK@ 4\n\t}\n}\n");
    start({"/usr/bin/env", "XDG_CONFIG_HOME=" + dir_.path(), "/usr/bin/caddy", "run", "--config",
           configuration(
               "Caddyfile",
               "{\n\tadmin off\n\tdebug\n\tstorage file_system @DIR@\n}\n"
               "(limited) {\n\treverse_proxy {args.0} {\n"
               "\t\tunhealthy_request_count {args.1}\n\t\tfail_duration 30s\n\t}\n}\nimport *.caddy\n")});
    const nlohmann::json limit = found_at(back_, "outbound");
    EXPECT_TRUE(agree("caddy", limit, held_of(8)));
    EXPECT_EQ(limit.at("source"), dir_.file("Caddyfile") + ":8");
    EXPECT_TRUE(reached(back_, Direction::outbound));
}

TEST_F(DiscoveredCaddy, ItsLimitIsReadInJson)
{
    start({"/usr/bin/caddy", "run", "--config",
           configuration(
               "caddy.json",
               "{\"admin\":{\"disabled\":true,\"config\":{\"persist\":false}},\n"
               "\"storage\":{\"module\":\"file_system\",\"root\":\"@DIR@\"},\n"
               "\"apps\":{\"http\":{\"servers\":{\"s\":{\"listen\":[\"@FRONT@\"],\n"
               "\"routes\":[{\"handle\":[{\"handler\":\"reverse_proxy\",\n"
               "\"health_checks\":{\"passive\":{\"unhealthy_request_count\":9,\"fail_duration\":\"30s\"}},\n"
               "\"upstreams\":[{\"dial\":\"@BACK@\",\"max_requests\":3}]}]}]}}}}}\n")});
    const nlohmann::json limit = found_at(back_, "outbound");
    EXPECT_TRUE(agree("caddy json", limit, held_of(8)));
    EXPECT_EQ(limit.at("source"), dir_.file("caddy.json") + ":6");
}

// What it counts are connections: a request that finds them all taken waits for one.
TEST_F(DiscoveredCaddy, LetsWaitAtTheLimitOfItsConnections)
{
    start({"/usr/bin/env", "XDG_CONFIG_HOME=" + dir_.path(), "/usr/bin/caddy", "run", "--config",
           configuration("Caddyfile",
                         "{\n\tadmin off\n\tstorage file_system @DIR@\n}\n"
                         "http://:" +
                             std::to_string(front_.port) +
                             " {\n\tbind 127.0.0.1\n\treverse_proxy @BACK@ {\n"
                             "\t\tunhealthy_request_count 40\n\t\tfail_duration 30s\n\t\ttransport http {\n"
                             "\t\t\tmax_conns_per_host 5\n\t\t}\n\t}\n}\n")});
    const nlohmann::json limit = found_at(back_, "outbound");
    EXPECT_TRUE(agree("caddy conns", limit, held_of(9)));
    EXPECT_EQ(limit.at("source"), dir_.file("Caddyfile") + ":11");
    EXPECT_EQ(limit.at("origin").at("certainty"), "certain");
    EXPECT_TRUE(reached(back_, Direction::outbound));
    backend_.release(); // those that waited are served by the connections that are free now
    EXPECT_TRUE(live::eventually([&] { return backend_.held() == 4; }));
    EXPECT_EQ(backend_.connections(), 5U);
}

} // namespace
} // namespace slotscope::products
