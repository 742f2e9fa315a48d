// SPDX-License-Identifier: MIT
// Limits of servers, found without configuration: the number that is found is the one at which the server
// refuses or lets wait, and the agent says that it is reached.
#include "discovery_fixture.h"

#include "harness/wait.h"
#include "products/fastcgi.h"
#include "products/postgresql.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sys/stat.h>

namespace slotscope::products {
namespace {

using live::eventually;

class DiscoveredServer : public DiscoveryTest {
  protected:
    // What comes within a while; empty: nothing, or the end.
    static std::string reply(const Fd& fd, std::chrono::milliseconds wait = std::chrono::milliseconds(3000))
    {
        pollfd waits{fd.get(), POLLIN, 0};
        if (::poll(&waits, 1, static_cast<int>(wait.count())) != 1)
            return "";
        char part[4096];
        const ssize_t got = ::recv(fd.get(), part, sizeof(part), 0);
        return std::string(part, got > 0 ? static_cast<std::size_t>(got) : 0);
    }

    std::string port() const { return std::to_string(front_.port); }

    void open_directory(uid_t owner) const // to servers that do not run as root
    {
        ASSERT_EQ(::chmod(dir_.path().c_str(), 0755), 0);
        ASSERT_EQ(::chown(dir_.path().c_str(), owner, owner), 0);
    }
};

TEST_F(DiscoveredServer, Redis)
{
    configuration("more.conf", "maxclients 20\n");
    start({"/usr/bin/redis-server",
           configuration("redis.conf", "bind 127.0.0.1\nport " + port() +
                                           "\nsave \"\"\nset-proc-title no\n"
                                           "maxclients 90\ninclude @DIR@/more.conf\n")});
    const nlohmann::json limit = found_at(front_, "inbound");
    EXPECT_TRUE(agree("redis", limit, served_until_refused([](const Fd& fd) {
                          live::send_text(fd, "PING\r\n");
                          return reply(fd).starts_with("+PONG");
                      })));
    EXPECT_EQ(limit.at("source"), dir_.file("more.conf") + ":1");
    EXPECT_TRUE(reached(front_, Direction::inbound));
}

TEST_F(DiscoveredServer, Memcached)
{
    start({"/usr/bin/memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", port(), "-c", "100", "-t", "1"});
    EXPECT_TRUE(agree("memcached", found_at(front_, "inbound"), served_until_refused([](const Fd& fd) {
                          live::send_text(fd, "version\r\n");
                          return reply(fd).starts_with("VERSION");
                      })));
}

TEST_F(DiscoveredServer, PostgreSQL)
{
    const std::string bin = kPostgresPrograms;
    ASSERT_TRUE(std::filesystem::exists(bin + "initdb"))
        << "PostgreSQL 15 is not installed: scripts/setup does it";
    open_directory(live::kNobody);
    const std::string data = dir_.file("data");
    make_cluster(data, live::kNobody, "CREATE ROLE app LOGIN");
    const auto append = [&](const std::string& name, const std::string& line) {
        std::ofstream(data + "/" + name, std::ios::app) << line << "\n";
    };
    append("more.conf", "max_connections=15");
    append("postgresql.conf", "include 'more.conf'");
    append("postgresql.auto.conf", "superuser_reserved_connections=4");
    start({bin + "postgres", "-D", data, "-c", "listen_addresses=127.0.0.1", "-c", "port=" + port(), "-c",
           "unix_socket_directories=" + dir_.path()},
          live::kNobody);
    ASSERT_TRUE(eventually([&] { // it listens before it lets anybody in
        return product_->err().find("ready to accept connections") != std::string::npos;
    })) << product_->err();
    const nlohmann::json limit = found_at(front_, "inbound");
    EXPECT_TRUE(agree("postgresql", limit, served_until_refused([](const Fd& fd) {
                          live::send_text(fd, startup_message("app")); // let in, and then there is no place
                          const std::string said = until_ready(fd, std::chrono::seconds(5));
                          return !said.empty() && said.find("FATAL") == std::string::npos;
                      })));
    EXPECT_EQ(limit.at("source"), data + "/more.conf:1");
    EXPECT_TRUE(reached(front_, Direction::inbound));
}

// Answers MariaDB's greeting as a user without a password: the second packet of the connection.
std::string log_in(const std::string& user)
{
    const std::string body =
        std::string("\0\x82\0\0\0\0\0\1\x21", 9) + std::string(23, '\0') + user + '\0' + '\0';
    return std::string{static_cast<char>(body.size()), '\0', '\0', '\1'} + body;
}

// The first byte of a packet; -1 where there is none.
int packet_kind(const std::string& packet)
{
    return packet.size() > 4 ? static_cast<unsigned char>(packet[4]) : -1;
}

TEST_F(DiscoveredServer, MariaDB)
{
    open_directory(live::kNobody);
    const std::string data = dir_.file("data");
    const live::Outcome made =
        live::run({.command = {"/usr/bin/mariadb-install-db", "--no-defaults", "--datadir=" + data,
                               "--auth-root-authentication-method=normal", "--skip-test-db"},
                   .uid = live::kNobody},
                  std::chrono::seconds(60));
    ASSERT_EQ(made.exit, 0) << made.said();
    live::write_file(dir_.file("init.sql"), "CREATE USER IF NOT EXISTS app@'%';\n");
    std::filesystem::create_directory(dir_.file("d"));
    configuration("d/limits.cnf", "[mariadb]\nmax-connections = 14\n[client]\nmax_connections = 3\n");
    start({"/usr/sbin/mariadbd",
           "--defaults-file=" +
               configuration("my.cnf", "[mysqld]\nmax_connections = 30\nbind-address = 127.0.0.1\nport = " +
                                           port() + "\ndatadir = " + data +
                                           "\nsocket = @DIR@/s.sock\npid-file = @DIR@/pid\n"
                                           "init-file = @DIR@/init.sql\nskip-name-resolve\n"
                                           "!includedir @DIR@/d\n")},
          live::kNobody);
    const nlohmann::json limit = found_at(front_, "inbound");
    EXPECT_TRUE(agree("mariadb", limit, served_until_refused([](const Fd& fd) {
                          if (packet_kind(reply(fd, std::chrono::seconds(5))) != 10) // the greeting's version
                              return false;
                          live::send_text(fd, log_in("app"));
                          return packet_kind(reply(fd, std::chrono::seconds(5))) == 0; // OK
                      })));
    EXPECT_EQ(limit.at("source"), dir_.file("d/limits.cnf") + ":2");
    EXPECT_TRUE(reached(front_, Direction::inbound));
}

TEST_F(DiscoveredServer, PgBouncer)
{
    open_directory(live::kNobody);
    live::write_file(dir_.file("users"), "\"app\" \"x\"\n");
    start({"/usr/sbin/pgbouncer",
           configuration("pgbouncer.ini", "[databases]\npostgres = host=127.0.0.1 port=1\n"
                                          "[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " +
                                              port() +
                                              "\nunix_socket_dir =\nauth_type = trust\n"
                                              "auth_file = @DIR@/users\n"
                                              "max_client_conn = 12\n")},
          live::kNobody);
    EXPECT_TRUE(agree("pgbouncer", found_at(front_, "inbound"), served_until_refused([](const Fd& fd) {
                          live::send_text(fd, startup_message("app"));
                          // It waits for a server that there is not; one too many is told so at once.
                          return reply(fd, std::chrono::milliseconds(400)).find("no more connections") ==
                                 std::string::npos;
                      })));
    EXPECT_TRUE(reached(front_, Direction::inbound));
}

TEST_F(DiscoveredServer, PhpFpm)
{
    open_directory(live::kNobody);
    configuration("pool.conf", "[held]\nlisten = @FRONT@\nuser = nobody\ngroup = nogroup\npm = static\n"
                               "pm.max_children = 4\n");
    live::write_file(dir_.file("held.php"),
                     "<?php touch('" + dir_.path() + "/work' . getmypid()); sleep(60);");
    const std::string fpm = "/usr/sbin/php-fpm8.2";
    start({fpm, "-F", "-y",
           configuration("fpm.conf",
                         "[global]\npid = @DIR@/pid\nerror_log = @DIR@/log\ninclude = @DIR@/po*.conf\n")});
    const nlohmann::json limit = found_at(front_, "inbound");
    for (int index = 0; index < 7; ++index) {
        clients_.push_back(space_.inside([] { return live::tcp_socket(live::Family::ip4); }));
        ASSERT_EQ(live::connect_to(clients_.back(), front_, live::Family::ip4), 0);
        live::send_text(clients_.back(), fastcgi_request(dir_.file("held.php"), "/held.php"));
    }
    const auto at_work = [&] {
        std::uint32_t count = 0;
        for (const auto& entry : std::filesystem::directory_iterator(dir_.path()))
            count += entry.path().filename().string().starts_with("work");
        return count;
    };
    eventually([&] { return at_work() >= 4; });
    std::this_thread::sleep_for(std::chrono::milliseconds(500)); // a fifth would have begun
    EXPECT_TRUE(agree("php-fpm", limit, at_work()));
    EXPECT_EQ(limit.at("source"), dir_.file("pool.conf") + ":6");
    EXPECT_TRUE(reached(front_, Direction::inbound));
}

// Its master executes itself again, with the same pid.
TEST_F(DiscoveredServer, AChangedLimitOfPhpFpmHoldsFromTheReloadOn)
{
    open_directory(live::kNobody);
    std::filesystem::create_directory(dir_.file("pools"));
    const auto write = [&](const std::string& children) {
        configuration("pools/www.conf", "[www]\nlisten = @FRONT@\nuser = nobody\ngroup = nogroup\n"
                                        "pm = static\npm.max_children = " +
                                            children + "\n");
    };
    write("2");
    start({"/usr/sbin/php-fpm8.2", "-F", "-y",
           configuration("fpm.conf", "[global]\npid = @DIR@/pid\nerror_log = @DIR@/log\n"
                                     "include = @DIR@/pools/*.conf\n")});
    ASSERT_TRUE(becomes(front_, "inbound", 2));
    settle(2);
    live::EventStream events(finder().socket());
    write("3");
    EXPECT_TRUE(eventually([&] {
        return finder().get("/v1/limits").at("not_understood").dump().find("before it is reloaded") !=
               std::string::npos;
    }));
    EXPECT_TRUE(becomes(front_, "inbound", 2));
    product_->signal(SIGUSR2);
    EXPECT_TRUE(becomes(front_, "inbound", 3));
    EXPECT_EQ(found_at(front_, "inbound").at("origin").at("certainty"), "certain");
    EXPECT_TRUE(is_told(events, " has 3 slots instead of 2"));
}

} // namespace
} // namespace slotscope::products
