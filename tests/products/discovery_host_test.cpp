// SPDX-License-Identifier: MIT
// A host with HAProxy, nginx before php-fpm, and PostgreSQL, of which the agent was told nothing: the client
// shows their names, limits and rules.
#include "discovery_fixture.h"

#include "harness/wait.h"
#include "products/postgresql.h"

#include <csignal>
#include <sys/stat.h>
#include <unistd.h>

namespace slotscope::products {
namespace {

using live::eventually;
using testing::AllOf;
using testing::HasSubstr;

class WholeHost : public DiscoveryTest {
  protected:
    ~WholeHost() override // asked to, so that none of their workers stays
    {
        for (const auto& program : others_)
            program->signal(SIGTERM);
        for (const auto& program : others_)
            program->wait(std::chrono::seconds(20));
    }

    void run(const std::vector<std::string>& command, uid_t uid = 0)
    {
        ASSERT_EQ(::access(command.front().c_str(), X_OK), 0)
            << command.front() << " is not installed: scripts/setup does it";
        live::ProgramOptions options;
        options.command = command;
        options.netns = space_.fd();
        options.uid = uid;
        others_.push_back(std::make_unique<live::Program>(options));
    }

    void run_php() // behind nginx, by a Unix socket
    {
        live::write_file(dir_.file("slow.php"), "<?php sleep(60);");
        run({"/usr/sbin/php-fpm8.2", "-F", "-y",
             configuration("fpm.conf", "[global]\npid = @DIR@/fpm.pid\nerror_log = @DIR@/fpm.log\n[site]\n"
                                       "listen = @DIR@/php.sock\nlisten.mode = 0666\nuser = nobody\n"
                                       "group = nogroup\npm = static\npm.max_children = 3\n")});
        run({"/usr/sbin/nginx", "-c",
             configuration("nginx.conf", "daemon off;\npid @DIR@/nginx.pid;\nerror_log @DIR@/error.log;\n"
                                         "events { worker_connections 64; }\nhttp { access_log off;\n"
                                         "upstream php { zone php 64k; server unix:@DIR@/php.sock "
                                         "max_conns=5; }\nserver { listen " +
                                             to_string(web_) +
                                             ";\n    location / { fastcgi_pass php; fastcgi_param "
                                             "SCRIPT_FILENAME @DIR@/slow.php;\n"
                                             "        fastcgi_param REQUEST_METHOD GET; } } }\n"),
             "-e", dir_.file("error.log")});
    }

    void run_postgresql()
    {
        const std::string data = dir_.file("data");
        make_cluster(data, live::kNobody, "CREATE ROLE app LOGIN");
        run({std::string(kPostgresPrograms) + "postgres", "-D", data, "-c", "listen_addresses=127.0.0.1",
             "-c", "port=" + std::to_string(database_.port), "-c", "unix_socket_directories=" + dir_.path(),
             "-c", "max_connections=20"},
            live::kNobody);
    }

    // Connects, says TEXT, and stays; where ANSWER is given, as one who was answered so. A server that still
    // starts may take a connection only to turn it away.
    void hold(const Address& address, const std::string& text, char answer = '\0')
    {
        Fd client;
        ASSERT_TRUE(eventually([&] {
            client = space_.inside([] { return live::tcp_socket(live::Family::ip4); });
            if (live::connect_to(client, address, live::Family::ip4) != 0)
                return false;
            live::send_text(client, text);
            char first = '\0';
            return answer == '\0' || (::recv(client.get(), &first, 1, 0) == 1 && first == answer);
        }));
        clients_.push_back(std::move(client));
    }

    static std::string says(const std::string& command)
    {
        const live::Outcome outcome =
            live::run({.command = {live::client_path(), "--socket", finder().socket(), command}});
        EXPECT_EQ(outcome.exit, 0) << outcome.said();
        return outcome.out;
    }

    // Of the test's own, which other tests beside it have too: by the address.
    static nlohmann::json backend(const std::string& address, const std::string& direction)
    {
        const nlohmann::json answer = finder().get("/v1/backends");
        for (const nlohmann::json& each : answer.at("backends"))
            if (each.at("address") == address && each.at("direction") == direction)
                return each;
        return nullptr;
    }

    static testing::AssertionResult shows(const std::string& address, const std::string& direction,
                                          const std::string& name, std::uint32_t limit)
    {
        nlohmann::json found;
        const bool is_right = eventually([&] {
            found = backend(address, direction);
            return !found.is_null() && found.at("slots").at("limit") == limit &&
                   found.at("slots").at("in_use") == 1 &&
                   found.at("name").get<std::string>().starts_with(name);
        });
        return is_right ? testing::AssertionSuccess()
                        : testing::AssertionFailure() << name << ": " << found.dump(2) << says("limits");
    }

    Address web_ = live::address("127.0.0.1", live::next_port());
    Address database_ = live::address("127.0.0.1", live::next_port());
    std::vector<std::unique_ptr<live::Program>> others_;
};

TEST_F(WholeHost, IsShownWithoutConfiguration)
{
    ASSERT_EQ(::chmod(dir_.path().c_str(), 0755), 0);
    ASSERT_EQ(::chown(dir_.path().c_str(), live::kNobody, live::kNobody), 0);
    run_php();
    run_postgresql();
    start({"/usr/sbin/haproxy", "-W", "-db", "-f",
           configuration("haproxy.cfg", "defaults\n    mode http\n    timeout connect 10s\n"
                                        "    timeout client 60s\n    timeout server 60s\n"
                                        "frontend front\n    bind @FRONT@\n    default_backend app\n"
                                        "backend app\n    server app1 @BACK@ maxconn 8\n")});
    clients_.push_back(ask());
    hold(web_, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
    hold(database_, startup_message("app"), 'R'); // it asks for a password, or for none

    const std::string socket = "unix:" + dir_.file("php.sock");
    EXPECT_TRUE(shows(to_string(back_), "outbound", "app/app1", 8));
    EXPECT_TRUE(shows(socket, "outbound", "php/unix:", 5));
    EXPECT_TRUE(shows(socket, "inbound", "php-fpm/site", 3));
    EXPECT_TRUE(shows(to_string(database_), "inbound", "postgresql", 17)); // 3 are for superusers

    EXPECT_THAT(says("backends"),
                AllOf(HasSubstr("app/app1"), HasSubstr("php-fpm/site"), HasSubstr("postgresql")));
    std::string limits = says("limits"); // what a slot is stands below, folded into a column
    std::erase_if(limits, [](char letter) { return letter == ' ' || letter == '\n'; });
    EXPECT_THAT(limits, AllOf(HasSubstr("haproxy,outarequestbeingserved"), HasSubstr("php-fpm,ina"),
                              HasSubstr("postgresql,ina")));
}

} // namespace
} // namespace slotscope::products
