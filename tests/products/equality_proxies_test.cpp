// SPDX-License-Identifier: MIT
// Proxies whose backend holds its requests: what slotscope has in use is what the proxy says of itself, at
// every number from none to the limit that was found in its configuration, with idle connections in its pool.
#include "discovery_fixture.h"

#include "harness/wait.h"
#include "products/configuration.h"

#include <regex>

namespace slotscope::products {
namespace {

using live::eventually;
using nlohmann::json;

constexpr std::size_t kLimit = 8;

class HeldProxy : public DiscoveryTest {
  protected:
    json seen(Direction direction) const
    {
        return live::look_at(finder(), {.address = back_, .direction = direction, .own = &space_});
    }

    // SAYS is the proxy's own number of slots in use.
    testing::AssertionResult all_say(std::size_t held, const std::function<std::size_t()>& says) const
    {
        std::size_t product = 0;
        eventually([&] { return (product = says()) == held; });
        const json out = seen(Direction::outbound);
        const json in = seen(Direction::inbound);
        if (product == held && backend_.held() == held && out.at("slots").at("kind") == "calls" &&
            out.at("slots").at("in_use") == held && in.at("calls").at("in_flight") == held &&
            out.at("connections").at("open") == backend_.connections())
            return testing::AssertionSuccess();
        return testing::AssertionFailure()
               << "held: " << backend_.held() << " on " << backend_.connections()
               << " connections; the product says " << product << "; slotscope: " << out << "\n"
               << in;
    }

    void each_number_is_the_same(const std::function<std::size_t()>& says)
    {
        ASSERT_EQ(found_at(back_, "outbound").value("slots", 0U), kLimit);
        for (std::size_t index = 0; index < kLimit; ++index) // fills the pool
            request();
        EXPECT_TRUE(all_say(kLimit, says));
        answer_all();
        EXPECT_TRUE(all_say(0, says));
        EXPECT_GT(backend_.connections(), 0U) << "none is idle in the pool";
        for (std::size_t held = 1; held <= kLimit; ++held) {
            request();
            EXPECT_TRUE(all_say(held, says)) << held;
        }
        answer_all();
        EXPECT_TRUE(all_say(0, says));
        EXPECT_EQ(seen(Direction::outbound).at("slots").at("peak"), kLimit);
    }
};

class HeldHAProxy : public HeldProxy {
  protected:
    std::string asked(const std::string& command) const
    {
        const Fd socket = live::connect_unix(dir_.file("stats.sock"));
        live::must(socket.get(), "connect to HAProxy's stats socket");
        live::send_text(socket, command + "\n");
        return live::read_all(socket, live::kDeadline);
    }
    // The value behind the name in the line of the server app1: words or fields, by `separator`.
    std::size_t column(const std::string& answer, const std::string& name, char separator) const
    {
        std::istringstream lines(answer);
        std::string titles;
        std::getline(lines, titles);
        std::size_t number = 0;
        std::istringstream fields(titles.substr(titles.find(' ') + 1)); // "# " comes first
        for (std::string field; std::getline(fields, field, separator) && field != name;)
            ++number;
        for (std::string line; std::getline(lines, line);) {
            if (line.find("app1") == std::string::npos)
                continue;
            std::istringstream values(line);
            std::string value;
            for (std::size_t at = 0; at <= number; ++at)
                std::getline(values, value, separator);
            return std::stoul(value);
        }
        throw std::runtime_error("no server app1 in " + answer);
    }
};

TEST_F(HeldHAProxy, SaysTheSameAtEveryNumber)
{
    start({"/usr/sbin/haproxy", "-db", "-f", configuration("haproxy.cfg", kHaproxy)});
    each_number_is_the_same([&] {
        const std::size_t used = column(asked("show servers conn"), "used_cur", ' ');
        const std::size_t scur = column(asked("show stat"), "scur", ',');
        return used == scur ? used : 1000 + scur; // a moment between the two questions
    });
}

class HeldNginx : public HeldProxy {};

TEST_F(HeldNginx, SaysTheSameAtEveryNumber)
{
    start({"/usr/sbin/nginx", "-p", dir_.path(), "-e", dir_.file("error.log"), "-c",
           configuration("nginx.conf", kNginx)});
    each_number_is_the_same(
        [&] { // nginx shows no peer's connections: what it works on, but for this question
            const std::string status = get("/status");
            return std::stoul(status.substr(status.find("Writing: ") + 9)) - 1;
        });
}

class HeldVarnish : public HeldProxy {};

TEST_F(HeldVarnish, SaysTheSameAtEveryNumber)
{
    const std::string work = dir_.file("work");
    start({"/usr/sbin/varnishd", "-F", "-j", "none", "-n", work, "-f",
           configuration("site.vcl", "vcl 4.1;\nbackend app {\n  .host = \"127.0.0.1\";\n  .port = \"" +
                                         std::to_string(back_.port) +
                                         "\";\n  .max_connections = 8;\n}\n"
                                         "sub vcl_recv { return (pass); }\n"),
           "-a", to_string(front_)});
    each_number_is_the_same([&] {
        const live::Outcome told =
            live::run({.command = {"/usr/bin/varnishstat", "-n", work, "-1", "-f", "VBE.*.app.conn"}});
        std::smatch found;
        if (!std::regex_search(told.out, found, std::regex("app\\.conn\\s+([0-9]+)")))
            throw std::runtime_error("varnishstat says " + told.said());
        return std::stoul(found[1]);
    });
}

} // namespace
} // namespace slotscope::products
