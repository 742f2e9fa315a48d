// SPDX-License-Identifier: MIT
#include "serve/metrics_server.h"

#include "support.h"

#include <atomic>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::serve::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Metrics : public testing::Test {
  protected:
    void TearDown() override
    {
        thread.run([&] { server.reset(); });
    }

    // Another program may take a port between finding and using it, hence the attempts.
    void start(HttpLimits limits = {})
    {
        for (int attempt = 0; attempt < 10 && !server; ++attempt) {
            port = free_port();
            thread.run([&] {
                auto made = MetricsServer::listen(thread.loop(), address(), make, limits);
                if (made)
                    server = std::move(made).value();
            });
        }
        ASSERT_TRUE(server);
    }

    std::string address() const { return "127.0.0.1:" + std::to_string(port); }

    Response fetch(const std::string& target) const
    {
        Client client(port);
        client.send(get(target));
        return client.response();
    }

    std::size_t clients()
    {
        std::size_t count = 0;
        thread.run([&] { count = server->clients(); });
        return count;
    }

    std::string page = "slotscope_x 1\n";
    std::function<std::string()> make = [this] { return page; };
    std::uint16_t port = 0;
    LoopThread thread;
    std::unique_ptr<MetricsServer> server;
};

TEST_F(Metrics, ServesThePage)
{
    start();
    const Response response = fetch("/metrics");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, page);
    EXPECT_THAT(response.header, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
}

TEST_F(Metrics, ServesALargePage)
{
    page = std::string(20UL * 1024 * 1024, 'x');
    start();
    EXPECT_EQ(fetch("/metrics").body.size(), page.size());
}

TEST_F(Metrics, HintsAndSaysThatItIsWell)
{
    start();
    EXPECT_THAT(fetch("/").body, HasSubstr("/metrics"));
    EXPECT_EQ(fetch("/healthz").body, "ok\n");
    const Response unknown = fetch("/nowhere");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_THAT(unknown.body, HasSubstr("/, /healthz, /metrics"));
}

TEST_F(Metrics, TakesParametersThatAreNotItsOwn)
{
    start();
    EXPECT_EQ(fetch("/metrics?format=prometheus").status, 200);
}

TEST_F(Metrics, AnswersGarbage)
{
    start();
    Client client(port);
    client.send(std::string(300'000, 'x'));
    EXPECT_EQ(client.response().status, 431);
    Client other(port);
    other.send("garbage\r\n\r\n");
    EXPECT_EQ(other.response().status, 400);
    EXPECT_EQ(fetch("/healthz").status, 200);
}

TEST_F(Metrics, SaysThatThePortIsTaken)
{
    start();
    boost::asio::io_context other;
    const auto second = MetricsServer::listen(other, address(), [] { return std::string(); });
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message,
                AllOf(HasSubstr(address()), HasSubstr("--metrics ADDR:PORT"), HasSubstr("--metrics off")));
}

TEST_F(Metrics, SaysThatTheAddressIsWrong)
{
    boost::asio::io_context loop;
    for (const char* wrong : {"", "localhost:9", "127.0.0.1:0", "127.0.0.1", "::1:80", "127.0.0.1:65536"}) {
        const auto made = MetricsServer::listen(loop, wrong, [] { return std::string(); });
        ASSERT_FALSE(made) << wrong;
        EXPECT_THAT(made.error().message, AllOf(HasSubstr("--metrics"), HasSubstr("is not an address")))
            << wrong;
    }
    const auto foreign = MetricsServer::listen(loop, "192.0.2.1:10048", [] { return std::string(); });
    ASSERT_FALSE(foreign);
    EXPECT_THAT(foreign.error().message, HasSubstr("192.0.2.1:10048"));
}

TEST_F(Metrics, ListensOnWildcardAddresses)
{
    port = free_port();
    thread.run([&] {
        auto made =
            MetricsServer::listen(thread.loop(), "0.0.0.0:" + std::to_string(port), [this] { return page; });
        ASSERT_TRUE(made) << made.error().message;
        server = std::move(made).value();
    });
    EXPECT_EQ(fetch("/metrics").status, 200);
}

TEST_F(Metrics, StartsAgainAtOnceOnTheSamePort)
{
    start();
    EXPECT_EQ(fetch("/metrics").status, 200);
    thread.run([&] {
        server.reset();
        auto made = MetricsServer::listen(thread.loop(), address(), [this] { return page; });
        ASSERT_TRUE(made) << made.error().message;
        server = std::move(made).value();
    });
    EXPECT_EQ(fetch("/metrics").status, 200);
}

// The port has no authentication: a user who takes every place must not blind Prometheus.
TEST_F(Metrics, AnswersWhoComesWhereOthersHoldEveryPlace)
{
    HttpLimits limits;
    limits.clients = 4;
    start(limits);
    std::vector<Client> silent;
    for (int i = 0; i < 20; ++i) {
        silent.emplace_back(port);
        if (i % 2 == 0) {
            silent.back().send(get("/healthz"));
            EXPECT_EQ(silent.back().response().status, 200);
        }
    }
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(fetch("/metrics").status, 200) << i;
    EXPECT_LE(clients(), limits.clients);
}

TEST_F(Metrics, AnswersWhoComesWhereOthersDoNotTakeTheirAnswers)
{
    page = std::string(20UL * 1024 * 1024, 'x');
    HttpLimits limits;
    limits.clients = 4;
    limits.slow_reply = std::chrono::milliseconds(50);
    start(limits);
    std::vector<Client> deaf;
    for (std::size_t i = 0; i < limits.clients; ++i) {
        deaf.emplace_back(port);
        deaf.back().send(get("/metrics"));
    }
    // Memory is for one page, places for four.
    eventually([&] { return fetch("/metrics").body.size() == page.size(); });
}

// As a pair of Prometheus servers does, and whoever looks besides.
TEST_F(Metrics, GivesManyTheSameLargePageAtOnce)
{
    page = std::string(10UL * 1024 * 1024, 'x');
    make = [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300)); // kept for 2.7 s
        return page;
    };
    start();
    std::vector<Client> all;
    for (int i = 0; i < 10; ++i) { // more than there is memory for, were it not one
        all.emplace_back(port);
        all.back().send(get("/metrics"));
    }
    for (Client& each : all)
        EXPECT_EQ(each.response().body.size(), page.size());
}

TEST_F(Metrics, RefusesRatherThanEndAnAnswerUnderWay)
{
    page = std::string(20UL * 1024 * 1024, 'x');
    std::atomic<bool> asked = false;
    make = [&] {
        asked = true;
        return page;
    };
    HttpLimits limits;
    limits.clients = 1;
    limits.slow_reply = std::chrono::hours(1);
    start(limits);
    Client slow(port);
    slow.send(get("/metrics"));
    eventually([&] { return asked.load(); });
    EXPECT_EQ(fetch("/healthz").status, 503);
    EXPECT_EQ(slow.response().body.size(), page.size());
}

TEST_F(Metrics, SpendsATenthOfTheTimeOnThePageAtMost)
{
    std::atomic<int> made = 0;
    make = [&] {
        ++made;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return page;
    };
    start();
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 200; ++i)
        ASSERT_EQ(fetch("/metrics").body, page);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    EXPECT_LE(made, 1 + took.count() / 200);
}

} // namespace
} // namespace slotscope::serve::test
