// SPDX-License-Identifier: MIT
// Limits that change while the product runs: set at its stats socket, moving with its load, and those of
// several generations beside each other.
#include "discovery_fixture.h"

#include "harness/wait.h"

#include <csignal>
#include <sys/socket.h>
#include <sys/un.h>

namespace slotscope::products {
namespace {

using live::eventually;
using testing::HasSubstr;
using testing::StartsWith;

class RunTime : public DiscoveryTest {
  protected:
    // Each test has one server, app/app1, with these words after its address.
    void haproxy(const std::string& server, const std::string& backend = "")
    {
        write(server, backend);
        start({"/usr/sbin/haproxy", "-W", "-db", "-f", dir_.file("haproxy.cfg")});
    }
    void write(const std::string& server, const std::string& backend = "") const
    {
        configuration("haproxy.cfg", "global\n    stats socket @DIR@/stats.sock mode 600 level admin\n"
                                     "    maxconn 200\n"
                                     "defaults\n    mode http\n    timeout connect 10s\n"
                                     "    timeout client 60s\n    timeout server 60s\n"
                                     "frontend front\n    bind @FRONT@\n    default_backend app\n"
                                     "backend app\n" +
                                         backend + "    server app1 @BACK@ " + server + "\n");
    }

    // What an operator does at the stats socket.
    void tell_haproxy(const std::string& command) const
    {
        const Fd admin(live::must(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = dir_.file("stats.sock");
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        live::must(::connect(admin.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)),
                   "connect to " + path);
        live::send_text(admin, command + "\n");
        EXPECT_EQ(live::receive_text(admin), "\n") << command;
    }

    nlohmann::json limit_now() const { return found_at(back_, "outbound"); }

    // The newest generation's slots and those that it holds, and the same of the older one.
    bool generations_are(std::uint64_t slots, std::uint64_t in_use, std::uint64_t older_slots,
                         std::uint64_t older_in_use) const
    {
        return eventually([&] {
            const nlohmann::json limit = limit_now();
            const nlohmann::json& all = limit.at("origin").at("generations");
            return limit.at("slots") == slots && all.size() == 2 && all[1].at("newest") == true &&
                   all[1].at("slots") == slots && all[1].at("in_use") == in_use &&
                   all[0].at("slots") == older_slots && all[0].at("in_use") == older_in_use;
        });
    }
};

TEST_F(RunTime, WhatWasSetAtTheStatsSocketHolds)
{
    haproxy("maxconn 8");
    ASSERT_TRUE(becomes(back_, "outbound", 8));
    live::EventStream events(finder().socket());
    tell_haproxy("set maxconn server app/app1 5");
    ASSERT_TRUE(becomes(back_, "outbound", 5));
    const nlohmann::json limit = limit_now();
    EXPECT_TRUE(agree("haproxy live", limit, held_of(8)));
    EXPECT_EQ(limit.at("source"), "stats socket " + dir_.file("stats.sock"));
    EXPECT_EQ(limit.at("origin").at("live"), "stats socket " + dir_.file("stats.sock"));
    EXPECT_EQ(limit.at("origin").at("certainty"), "certain");
    const auto event = events.next("limits_changed", "", live::kDeadline);
    ASSERT_TRUE(event.has_value());
    EXPECT_THAT(event->at("text"), HasSubstr("app/app1 has 5 slots instead of 8"));
    tell_haproxy("set maxconn frontend front 77");
    EXPECT_TRUE(becomes(front_, "inbound", 77));
}

// limit = max(minconn, sessions of the backend x maxconn / fullconn). HAProxy looks at it when a slot is
// given back: 29 wait, two are served and answered, and of the 27 that are left 27 x 10 / 50 are served.
TEST_F(RunTime, ALimitThatMovesWithTheLoadIsFollowed)
{
    haproxy("minconn 2 maxconn 10", "    fullconn 50\n");
    ASSERT_TRUE(becomes(back_, "outbound", 2));
    for (int index = 0; index < 29; ++index)
        clients_.push_back(ask());
    ASSERT_TRUE(becomes(back_, "outbound", 5));
    backend_.release();
    EXPECT_TRUE(eventually([&] { return backend_.held() >= 5; }));
    const nlohmann::json limit = limit_now();
    EXPECT_TRUE(agree("haproxy min", limit, static_cast<std::uint32_t>(backend_.held())));
    EXPECT_EQ(limit.at("origin").at("certainty"), "moving");
    EXPECT_THAT(limit.at("origin").at("arithmetic").dump(), HasSubstr("x maxconn 10 / fullconn 50"));
    EXPECT_TRUE(reached(back_, Direction::outbound));
    EXPECT_TRUE(eventually([&] { // all are answered: the least holds again
        backend_.release();
        return limit_now().at("slots") == 2;
    }));
}

TEST_F(RunTime, OfHAProxyEachGenerationHasItsShare)
{
    haproxy("maxconn 8");
    ASSERT_TRUE(becomes(back_, "outbound", 8));
    EXPECT_EQ(held_of(3), 3U);
    write("maxconn 13");
    product_->signal(SIGUSR2);
    ASSERT_TRUE(becomes(back_, "outbound", 13));
    EXPECT_EQ(held_of(2), 5U);
    EXPECT_TRUE(generations_are(13, 2, 8, 3)) << limit_now().dump(2);
    EXPECT_THAT(limit_now().at("origin").at("arithmetic").dump(), HasSubstr("2 generations run"));
    EXPECT_TRUE(eventually([&] { // the older one ends with its connections
        backend_.release();
        return limit_now().at("origin").at("generations").empty();
    })) << limit_now().dump(2);
}

// -sf: the older process is neither master nor child of the new one.
TEST_F(RunTime, OfHAProxyWithoutAMasterEachGenerationHasItsShare)
{
    const auto with_maxconn = [&](const std::string& maxconn) {
        return configuration("direct.cfg",
                             "global\n    hard-stop-after 20s\ndefaults\n    mode http\n"
                             "    timeout connect 10s\n    timeout client 60s\n    timeout server 60s\n"
                             "frontend front\n    bind @FRONT@\n    default_backend app\n"
                             "backend app\n    server app1 @BACK@ maxconn " +
                                 maxconn + "\n");
    };
    start({"/usr/sbin/haproxy", "-db", "-f", with_maxconn("8")});
    ASSERT_TRUE(becomes(back_, "outbound", 8));
    EXPECT_EQ(held_of(3), 3U);
    const std::unique_ptr<live::Program> older = std::move(product_);
    start({"/usr/sbin/haproxy", "-db", "-f", with_maxconn("13"), "-sf", std::to_string(older->pid())});
    ASSERT_TRUE(becomes(back_, "outbound", 13));
    EXPECT_EQ(held_of(2), 5U);
    EXPECT_TRUE(generations_are(13, 2, 8, 3)) << limit_now().dump(2);
    EXPECT_TRUE(eventually([&] {
        backend_.release();
        return !older->running() && limit_now().at("origin").at("generations").empty();
    })) << limit_now().dump(2);
}

TEST_F(RunTime, OfNginxEachGenerationHasItsShare)
{
    const auto nginx = [&](const std::string& max_conns) {
        return configuration("nginx.conf", "daemon off;\npid @DIR@/nginx.pid;\nerror_log @DIR@/error.log;\n"
                                           "events { worker_connections 64; }\nhttp { access_log off;\n"
                                           "upstream app { zone app" +
                                               max_conns + " 64k; server @BACK@ max_conns=" + max_conns +
                                               "; }\nserver { listen @FRONT@;\n"
                                               "    location / { proxy_pass http://app; } }\n}\n");
    };
    start({"/usr/sbin/nginx", "-c", nginx("4"), "-e", dir_.file("error.log")});
    ASSERT_TRUE(becomes(back_, "outbound", 4));
    EXPECT_EQ(held_of(3), 3U);
    nginx("6");
    product_->signal(SIGHUP);
    ASSERT_TRUE(becomes(back_, "outbound", 6));
    EXPECT_EQ(held_of(2), 5U);
    EXPECT_TRUE(generations_are(6, 2, 4, 3)) << limit_now().dump(2);
}

// 20 connections of the only worker: one for its listening socket and one for its master are its own, and a
// request that is passed on takes two.
TEST_F(RunTime, ConnectionsOfAnNginxWorkerAreSharedByBothSides)
{
    start({"/usr/sbin/nginx", "-c",
           configuration("nginx.conf", "daemon off;\nworker_processes 1;\npid @DIR@/nginx.pid;\n"
                                       "error_log @DIR@/error.log;\nevents { worker_connections 20; }\n"
                                       "http { access_log off; server { listen @FRONT@;\n"
                                       "    location / { proxy_pass http://@BACK@; } } }\n"),
           "-e", dir_.file("error.log")});
    const nlohmann::json limit = found_at(front_, "inbound");
    EXPECT_TRUE(agree("nginx both", limit, held_of(14)));
    EXPECT_EQ(limit.at("kind"), "calls");
    EXPECT_EQ(limit.at("source"), dir_.file("nginx.conf") + ":5");
}

} // namespace
} // namespace slotscope::products
