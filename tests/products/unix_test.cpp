// SPDX-License-Identifier: MIT
// Products that meet on a Unix socket: the counts are those that the products themselves give.
#include "products/configuration.h"

#include "harness/fixture.h"
#include "harness/wait.h"
#include "model/unix_path.h"

#include <csignal>
#include <regex>
#include <sys/stat.h>

namespace slotscope::products {
namespace {

using live::eventually;
using nlohmann::json;

class UnixProduct : public live::LiveTest {
  protected:
    // Asked to, so that none of their workers stays.
    ~UnixProduct() override
    {
        for (const auto& program : programs_)
            program->signal(SIGTERM);
        for (const auto& program : programs_)
            program->wait(std::chrono::seconds(10));
    }
    void start(const std::vector<std::string>& command)
    {
        ASSERT_EQ(::access(command.front().c_str(), X_OK), 0)
            << command.front() << " is not installed: scripts/setup does it";
        live::ProgramOptions options;
        options.command = command;
        options.netns = space_.fd();
        programs_.push_back(std::make_unique<live::Program>(options));
    }
    bool appears() const
    {
        struct stat there {};
        return eventually([&] { return ::stat(path_.c_str(), &there) == 0 && S_ISSOCK(there.st_mode); });
    }
    std::string said_by(const std::vector<std::string>& command) const
    {
        live::ProgramOptions options;
        options.command = command;
        options.netns = space_.fd();
        const live::Outcome outcome = live::run(options);
        EXPECT_EQ(outcome.exit, 0) << outcome.said();
        return outcome.out;
    }
    json seen(Direction direction) const
    {
        const std::string address = "unix:" + path_; // in whichever namespace
        const json answer = live::fresh_backends(agent());
        for (const json& backend : answer.at("backends"))
            if (backend.at("address") == address && backend.at("direction") == to_string(direction))
                return backend;
        return nullptr;
    }
    // Both sides have opened and closed this many, and none is open any more.
    testing::AssertionResult came_and_went(std::uint64_t count) const
    {
        for (const Direction direction : {Direction::outbound, Direction::inbound})
            if (!eventually([&] {
                    const json backend = seen(direction);
                    return !backend.is_null() && backend.at("connections").at("opened") == count &&
                           backend.at("connections").at("closed") == count &&
                           backend.at("slots").at("in_use") == 0;
                }))
                return testing::AssertionFailure()
                       << to_string(direction) << " instead of " << count << ": " << seen(direction).dump();
        return testing::AssertionSuccess();
    }
    std::string configuration(const std::string& name, const std::string& text) const
    {
        live::write_file(
            dir_.file(name),
            fill_in(text, {{"@FRONT@", to_string(front_)}, {"@SOCKET@", path_}, {"@DIR@", dir_.path()}}));
        return dir_.file(name);
    }

    live::TempDir dir_;
    live::Namespace space_;
    std::string path_ = dir_.file("app.sock");
    Address front_ = live::address("127.0.0.1", live::next_port());
    std::vector<std::unique_ptr<live::Program>> programs_; // ended before their files go
};

std::uint64_t number_behind(const std::string& text, const std::string& name)
{
    std::smatch found;
    if (!std::regex_search(text, found, std::regex(name + ":\\s*([0-9]+)")))
        throw std::runtime_error("no " + name + " in " + text);
    return std::stoull(found[1]);
}

TEST_F(UnixProduct, RedisCountsAsManyConnectionsAndCalls)
{
    start(
        {"/usr/bin/redis-server", "--port", "0", "--unixsocket", path_, "--save", "", "--dir", dir_.path()});
    ASSERT_TRUE(appears());
    said_by({"/usr/bin/redis-benchmark", "-s", path_, "-c", "8", "-n", "4000", "-t", "set,get", "-q"});
    const std::string info = said_by({"/usr/bin/redis-cli", "-s", path_, "INFO"});
    const std::uint64_t connections = number_behind(info, "total_connections_received");
    EXPECT_GE(connections, 8U);
    EXPECT_TRUE(came_and_went(connections));
    const json inbound = seen(Direction::inbound);
    EXPECT_GE(inbound.at("slots").at("peak"), 8);
    // Every command is a request and its answer here; INFO itself is not counted yet when it answers. What a
    // program did not get the lock for, because the CPU that held it was taken away meanwhile, is a loss of
    // its own.
    const std::uint64_t commands = number_behind(info, "total_commands_processed") + 1;
    const std::uint64_t lost = agent().get("/v1/status").at("losses").value("unix_busy", std::uint64_t{0});
    for (const Direction direction : {Direction::inbound, Direction::outbound}) {
        const std::uint64_t started = seen(direction).at("calls").at("started");
        EXPECT_LE(started, commands) << to_string(direction);
        EXPECT_GE(started + lost, commands) << to_string(direction);
    }
}

TEST_F(UnixProduct, NginxAndPhpFpmMeetAsOftenAsPhpFpmAccepts)
{
    ASSERT_EQ(::chmod(dir_.path().c_str(), 0755), 0);
    live::write_file(dir_.file("app.php"), "<?php echo 'ok';");
    start({"/usr/sbin/php-fpm8.2", "-F", "-y",
           configuration("fpm.conf",
                         "[global]\npid = @DIR@/pid\nerror_log = @DIR@/log\n[app]\nlisten = @SOCKET@\n"
                         "listen.mode = 0666\nuser = nobody\ngroup = nogroup\npm = static\n"
                         "pm.max_children = 3\npm.status_path = /status\n")});
    ASSERT_TRUE(appears());
    start(
        {"/usr/sbin/nginx", "-p", dir_.path(), "-e", dir_.file("nginx.log"), "-g", "daemon off;", "-c",
         configuration("nginx.conf",
                       "pid @DIR@/nginx.pid;\nevents {}\nhttp {\naccess_log off;\nserver {\nlisten @FRONT@;\n"
                       "location / {\nfastcgi_pass unix:@SOCKET@;\n"
                       "fastcgi_param REQUEST_METHOD $request_method;\nfastcgi_param SCRIPT_NAME $uri;\n"
                       "fastcgi_param SCRIPT_FILENAME @DIR@$uri;\n}\n}\n}\n")});
    const auto get = [&](const std::string& path) {
        const Fd client = space_.inside([] { return live::tcp_socket(live::Family::ip4); });
        if (live::connect_to(client, front_, live::Family::ip4) != 0)
            return std::string();
        live::send_text(client, "GET " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        return live::parse_answer(live::read_all(client, live::kDeadline)).body;
    };
    ASSERT_TRUE(eventually([&] { return get("/app.php") == "ok"; })) << programs_.back()->err();
    for (int round = 0; round < 40; ++round)
        ASSERT_EQ(get("/app.php"), "ok");
    const std::string status = get("/status");
    const std::uint64_t accepted = number_behind(status, "accepted conn"); // with this one
    EXPECT_GE(accepted, 42U);
    EXPECT_TRUE(came_and_went(accepted));
    const json inbound = seen(Direction::inbound);
    // A request that a program did not get the lock for is a loss of its own, and its call is told by timing:
    // one that pauses looks like two then.
    const std::uint64_t started = inbound.at("calls").at("started");
    const std::uint64_t lost = agent().get("/v1/status").at("losses").value("unix_busy", std::uint64_t{0});
    EXPECT_GE(started + lost, accepted) << inbound.dump();
    EXPECT_LE(started, accepted + lost) << inbound.dump();
    // One after the other, but php-fpm closes when it gets round to it: ends that nobody notices would pile
    // up.
    EXPECT_LE(inbound.at("slots").at("peak"), 8);
}

} // namespace
} // namespace slotscope::products
