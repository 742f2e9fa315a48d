// SPDX-License-Identifier: MIT
#include "discovery_fixture.h"

#include "discovery_table.h"
#include "harness/server.h"
#include "harness/wait.h"

#include <csignal>
#include <filesystem>
#include <thread>

namespace slotscope::products {

std::unique_ptr<live::Agent> DiscoveryTest::finder_;

void DiscoveryTest::SetUpTestSuite()
{
    live::AgentOptions options;
    options.discovery = true;
    finder_ = std::make_unique<live::Agent>(options);
}

void DiscoveryTest::TearDownTestSuite()
{
    ASSERT_TRUE(finder_ && finder_->running()) << "the agent died during the tests";
    EXPECT_EQ(finder_->stop().exit, 0);
    finder_.reset();
}

void DiscoveryTest::TearDown()
{
    backend_.release(); // some wait for their requests before they end
    clients_.clear();
    if (!product_ || !product_->running())
        return;
    product_->signal(SIGTERM);
    const bool ended = live::eventually(
        [this] {
            backend_.release(); // those that waited come now
            return !product_->running();
        },
        std::chrono::seconds(20));
    EXPECT_TRUE(ended) << "the product does not end";
}

namespace {

nlohmann::json find_limit(const nlohmann::json& answer, const std::string& address,
                          const std::string& direction)
{
    for (const nlohmann::json& limit : answer.at("limits"))
        for (const nlohmann::json& each : limit.at("addresses"))
            if (each == address && limit.at("direction") == direction)
                return limit;
    return nullptr;
}

} // namespace

nlohmann::json DiscoveryTest::found_at(const Address& address, const std::string& direction)
{
    nlohmann::json limit;
    live::eventually([&] {
        limit = find_limit(finder().get("/v1/limits"), to_string(address), direction);
        return !limit.is_null();
    });
    return limit;
}

testing::AssertionResult DiscoveryTest::becomes(const Address& address, const std::string& direction,
                                                std::uint32_t slots)
{
    nlohmann::json answer;
    const bool became = live::eventually([&] {
        answer = finder().get("/v1/limits");
        const nlohmann::json limit = find_limit(answer, to_string(address), direction);
        return !limit.is_null() && limit.at("slots") == slots;
    });
    return became ? testing::AssertionSuccess() : testing::AssertionFailure() << answer.dump(2);
}

testing::AssertionResult DiscoveryTest::reached(const Address& address, Direction direction) const
{
    nlohmann::json backend;
    const bool is_reached = live::eventually([&] {
        backend = live::find_backend(finder().get("/v1/backends"),
                                     {.address = address, .direction = direction, .own = &space_});
        return !backend.is_null() && !backend.at("slots").at("limit").is_null() &&
               backend.at("slots").at("limit_hits") > 0;
    });
    return is_reached ? testing::AssertionSuccess() : testing::AssertionFailure() << backend.dump(2);
}

testing::AssertionResult DiscoveryTest::is_told(live::EventStream& events, const std::string& text)
{
    std::string others;
    while (const auto event = events.next("limits_changed", "", live::kDeadline)) {
        if (event->at("text").get<std::string>().find(text) != std::string::npos)
            return testing::AssertionSuccess();
        others += "\n" + event->dump();
    }
    return testing::AssertionFailure() << "no event of \"" << text << "\", only" << others;
}

std::uint32_t DiscoveryTest::served_until_refused(const std::function<bool(const Fd&)>& served)
{
    constexpr std::uint32_t kMost = 200;
    for (std::uint32_t count = 0; count < kMost; ++count) {
        clients_.push_back(space_.inside([] { return live::tcp_socket(live::Family::ip4); }));
        if (live::connect_to(clients_.back(), front_, live::Family::ip4) != 0 || !served(clients_.back()))
            return count;
    }
    return kMost;
}

testing::AssertionResult DiscoveryTest::agree(const std::string& product, const nlohmann::json& limit,
                                              std::uint32_t refused_at)
{
    const std::string found = limit.is_null() ? "nothing" : limit.at("slots").dump();
    add_row(product, found, refused_at);
    if (found == std::to_string(refused_at))
        return testing::AssertionSuccess();
    return testing::AssertionFailure() << limit.dump(2) << "\n" << finder().get("/v1/limits").dump(2);
}

void DiscoveryTest::start(const std::vector<std::string>& command, uid_t uid)
{
    product_ = live::start_server({.command = command, .uid = uid}, space_, front_);
}

void DiscoveryTest::settle(std::size_t count, std::size_t threads) const
{
    namespace fs = std::filesystem;
    constexpr std::string_view kThreads = "\nThreads:\t";
    const std::string is_child = "\nPPid:\t" + std::to_string(product_->pid()) + "\n";
    const auto settled = [&] {
        std::size_t children = 0;
        for (const fs::directory_entry& process : fs::directory_iterator("/proc")) {
            const std::string status = live::read_file(process.path() / "status");
            const std::size_t found = status.find(kThreads);
            if (found != std::string::npos && status.find(is_child) != std::string::npos &&
                std::stoul(status.substr(found + kThreads.size())) >= threads)
                ++children;
        }
        return children >= count;
    };
    ASSERT_TRUE(live::eventually(settled)) << product_->out() << product_->err();
    std::this_thread::sleep_for(std::chrono::milliseconds(100)); // of real time, however slow the machine is
}

Fd DiscoveryTest::ask() const
{
    Fd client = space_.inside([] { return live::tcp_socket(live::Family::ip4); });
    live::must(-live::connect_to(client, front_, live::Family::ip4), "connect to the product");
    live::send_text(client, "GET /held HTTP/1.1\r\nHost: test\r\n\r\n");
    return client;
}

// One after the other: products that ask whether there is room before they take it let more in of those that
// come at once, and of several workers all have to wait for some to get theirs.
std::uint32_t DiscoveryTest::held_of(std::size_t count)
{
    constexpr auto kBetween = std::chrono::milliseconds(50);
    constexpr auto kSettled = std::chrono::milliseconds(800);
    std::size_t held = 0;
    auto since = std::chrono::steady_clock::now();
    const auto stands_for = [&](std::chrono::milliseconds time) {
        if (const std::size_t now = backend_.held(); now != held) {
            held = now;
            since = std::chrono::steady_clock::now();
        }
        return std::chrono::steady_clock::now() - since > time;
    };
    for (std::size_t index = 0; index < count; ++index) {
        clients_.push_back(ask());
        const std::size_t before = held;
        since = std::chrono::steady_clock::now();
        live::eventually([&] { return stands_for(kBetween) || held > before; });
    }
    live::eventually([&] { return stands_for(kSettled) && held > 0; });
    return static_cast<std::uint32_t>(held);
}

} // namespace slotscope::products
