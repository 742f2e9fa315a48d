// SPDX-License-Identifier: MIT
// Servers whose clients wait at a barrier: what slotscope has in use, and under way, is what the server says
// of itself, at every number up to the limit that was found, with idle connections beside them.
#include "discovery_fixture.h"

#include "harness/wait.h"
#include "products/fastcgi.h"
#include "products/postgresql.h"

#include <filesystem>
#include <poll.h>
#include <regex>
#include <sys/stat.h>

namespace slotscope::products {
namespace {

using live::eventually;
using nlohmann::json;

// What the server and slotscope both have numbers of.
struct Numbers {
    std::size_t connections = 0; // that take a slot of the limit
    std::size_t calls = 0;       // that are under way

    bool operator==(const Numbers&) const = default;
};

class HeldServer : public DiscoveryTest {
  protected:
    Fd client() const
    {
        Fd fd = space_.inside([] { return live::tcp_socket(live::Family::ip4); });
        live::must(-live::connect_to(fd, front_, live::Family::ip4), "connect to the server");
        return fd;
    }
    std::string port() const { return std::to_string(front_.port); }
    void open_directory(uid_t owner) const // to servers that do not run as root
    {
        ASSERT_EQ(::chmod(dir_.path().c_str(), 0755), 0);
        ASSERT_EQ(::chown(dir_.path().c_str(), owner, owner), 0);
    }

    // The server comes to these numbers, and slotscope has them at that moment.
    testing::AssertionResult both_say(const Numbers& wanted, const std::function<Numbers()>& server) const
    {
        Numbers said;
        eventually([&] { return (said = server()) == wanted; });
        const json seen =
            live::look_at(finder(), {.address = front_, .direction = Direction::inbound, .own = &space_});
        if (said == wanted && seen.at("slots").at("kind") == "connections" &&
            seen.at("slots").at("in_use") == wanted.connections &&
            seen.at("calls").at("in_flight") == wanted.calls)
            return testing::AssertionSuccess();
        return testing::AssertionFailure() << "instead of " << wanted.connections << " connections and "
                                           << wanted.calls << " calls the server says " << said.connections
                                           << " and " << said.calls << ", slotscope: " << seen;
    }
};

std::string until(const Fd& fd, const std::function<bool(const std::string&)>& done)
{
    std::string bytes;
    while (!done(bytes)) {
        const std::string part = live::receive_text(fd);
        if (part.empty())
            throw std::runtime_error("the server has hung up after: " + bytes);
        bytes += part;
    }
    return bytes;
}

std::size_t number_behind(const std::string& text, const std::string& name)
{
    std::smatch found;
    if (!std::regex_search(text, found, std::regex(name + "[:=]\\s*([0-9]+)")))
        throw std::runtime_error("no " + name + " in " + text);
    return std::stoul(found[1]);
}

TEST_F(HeldServer, PostgreSQLsActivity)
{
    constexpr std::size_t kIdle = 3;
    constexpr std::size_t kMost = 10; // 13 less the superuser's
    const std::string bin = kPostgresPrograms;
    ASSERT_TRUE(std::filesystem::exists(bin + "initdb"))
        << "PostgreSQL 15 is not installed: scripts/setup does it";
    open_directory(live::kNobody);
    make_cluster(dir_.file("data"), live::kNobody, "CREATE ROLE app LOGIN");
    start({bin + "postgres", "-D", dir_.file("data"), "-c", "listen_addresses=127.0.0.1", "-c",
           "port=" + port(), "-c", "max_connections=13", "-c", "unix_socket_directories=" + dir_.path()},
          live::kNobody);
    ASSERT_EQ(found_at(front_, "inbound").value("slots", 0U), kMost);
    const auto joined = [&] {
        Fd fd = client();
        live::send_text(fd, startup_message("app"));
        EXPECT_FALSE(until_ready(fd, live::kDeadline).empty());
        return fd;
    };
    const auto asked = [](const Fd& fd, const std::string& sql) {
        live::send_text(fd, query_message(sql));
        return until_ready(fd, live::kDeadline);
    };
    const Fd observer = joined();
    asked(observer, "SELECT pg_advisory_lock(7)"); // the barrier
    const auto activity = [&] {                    // its own question is over when slotscope is asked
        const std::string rows = asked(
            observer,
            "SELECT 'connections=' || count(*) || ' active=' || count(*) FILTER (WHERE state = 'active' "
            "AND pid <> pg_backend_pid()) FROM pg_stat_activity WHERE backend_type = 'client backend'");
        return Numbers{number_behind(rows, "connections"), number_behind(rows, "active")};
    };
    for (std::size_t index = 0; index < kIdle; ++index)
        clients_.push_back(joined());
    for (std::size_t held = 0; held + 1 + kIdle <= kMost; ++held) {
        if (held > 0) {
            clients_.push_back(joined());
            live::send_text(clients_.back(), query_message("SELECT pg_advisory_lock_shared(7)"));
        }
        EXPECT_TRUE(both_say({1 + kIdle + held, held}, activity));
    }
    asked(observer, "SELECT pg_advisory_unlock(7)");
    EXPECT_TRUE(both_say({kMost, 0}, activity));
}

TEST_F(HeldServer, PhpFpmsStatus)
{
    constexpr std::size_t kWorkers = 5;
    const Address status = live::address("127.0.0.1", live::next_port());
    open_directory(live::kNobody);
    live::write_file(dir_.file("quick.php"), "<?php echo 'ok';");
    live::write_file(dir_.file("held.php"), "<?php while (!file_exists('" + dir_.file("go") +
                                                "')) { usleep(5000); clearstatcache(); }");
    start({"/usr/sbin/php-fpm8.2", "-F", "-y",
           configuration("fpm.conf",
                         "[global]\npid = @DIR@/pid\nerror_log = @DIR@/log\n[app]\nlisten = @FRONT@\n"
                         "user = nobody\ngroup = nogroup\npm = static\npm.max_children = 5\n"
                         "pm.status_path = /status\npm.status_listen = " +
                             to_string(status) + "\n")});
    ASSERT_EQ(found_at(front_, "inbound").value("slots", 0U), kWorkers);
    const auto active = [&] {
        const Fd fd = space_.inside([] { return live::tcp_socket(live::Family::ip4); });
        live::must(-live::connect_to(fd, status, live::Family::ip4), "connect to php-fpm's status");
        live::send_text(fd, fastcgi_request("/status", "/status"));
        return number_behind(live::read_all(fd, live::kDeadline), "active processes");
    };
    // A web server's idle connection keeps its worker, which php-fpm calls active.
    clients_.push_back(client());
    live::send_text(clients_.back(), fastcgi_request(dir_.file("quick.php"), "/quick.php", true));
    until(clients_.back(), [](const std::string& bytes) { return fastcgi_answers(bytes) == 1; });
    for (std::size_t held = 0; held < kWorkers; ++held) {
        if (held > 0) {
            clients_.push_back(client());
            live::send_text(clients_.back(), fastcgi_request(dir_.file("held.php"), "/held.php"));
        }
        EXPECT_TRUE(both_say({held + 1, held}, [&] { return Numbers{active(), held}; }));
    }
    live::write_file(dir_.file("go"), "");
    for (std::size_t index = 1; index < clients_.size(); ++index)
        until(clients_[index], [](const std::string& bytes) { return fastcgi_answers(bytes) == 1; });
    EXPECT_TRUE(both_say({kWorkers, 0}, [&] { return Numbers{active(), 0}; })); // until their clients hang up
    clients_.resize(1);
    EXPECT_TRUE(both_say({1, 0}, [&] { return Numbers{active(), 0}; }));
}

std::string redis_command(const std::vector<std::string>& words)
{
    std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
    for (const std::string& word : words)
        bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    return bytes;
}

TEST_F(HeldServer, RedisListOfClients)
{
    constexpr std::size_t kIdle = 3;
    constexpr std::size_t kMost = 12;
    start({"/usr/bin/redis-server",
           configuration("redis.conf", "bind 127.0.0.1\nport " + port() +
                                           "\nsave \"\"\nset-proc-title no\nmaxclients 12\n")});
    ASSERT_EQ(found_at(front_, "inbound").value("slots", 0U), kMost);
    const Fd observer = client();
    const auto list = [&] {
        live::send_text(observer, redis_command({"CLIENT", "LIST"}));
        const std::string bytes = until(observer, [](const std::string& so_far) {
            const std::size_t line = so_far.find("\r\n");
            return line != std::string::npos && so_far.size() == line + 4 + std::stoul(so_far.substr(1));
        });
        Numbers numbers;
        const std::regex each("flags=([A-Za-z]+)");
        for (std::sregex_iterator at(bytes.begin(), bytes.end(), each), end; at != end; ++at) {
            ++numbers.connections;
            numbers.calls += (*at)[1].str().find('b') != std::string::npos; // waits in a blocking command
        }
        return numbers;
    };
    for (std::size_t index = 0; index < kIdle; ++index)
        clients_.push_back(client());
    for (std::size_t held = 0; held + 1 + kIdle <= kMost; ++held) {
        if (held > 0) {
            clients_.push_back(client());
            live::send_text(clients_.back(), redis_command({"BLPOP", "barrier", "0"}));
        }
        EXPECT_TRUE(both_say({1 + kIdle + held, held}, list));
    }
    for (std::size_t held = 0; held < kMost - 1 - kIdle; ++held) {
        live::send_text(observer, redis_command({"RPUSH", "barrier", "go"}));
        until(observer, [](const std::string& bytes) { return bytes.ends_with("\r\n"); });
    }
    EXPECT_TRUE(both_say({kMost, 0}, list));
}

} // namespace
} // namespace slotscope::products
