// SPDX-License-Identifier: MIT
// Products that run for real, an agent that was told no limit, and what each says of the other.
#pragma once

#include "product_fixture.h"

#include <functional>
#include <optional>

namespace slotscope::products {

class DiscoveryTest : public ProductTest {
  public:
    static void SetUpTestSuite();
    static void TearDownTestSuite();

  protected:
    void
    TearDown() override; // ends the product in its own way: kill -9 would leave workers of php-fpm behind

    static live::Agent& finder() { return *finder_; }

    // The limit that the agent has found for this address and side; waits for it, null where it does not
    // come.
    static nlohmann::json found_at(const Address& address, const std::string& direction);

    // Waits until the limit at the address has this many slots.
    static testing::AssertionResult becomes(const Address& address, const std::string& direction,
                                            std::uint32_t slots);

    // The agent knows the limit, counts against it, and has seen it reached.
    testing::AssertionResult reached(const Address& address, Direction direction) const;

    // An event says of a changed limit what TEXT is a part of; other changes may come before it.
    static testing::AssertionResult is_told(live::EventStream& events, const std::string& text);

    // Opens connections to front_ one by one until one is not served, at most 200: how many were. SERVED says
    // whether the connection got what it came for, and may leave it in the middle.
    std::uint32_t served_until_refused(const std::function<bool(const Fd&)>& served);

    // A row of the table product x (discovered, refused at), and whether both are the same.
    testing::AssertionResult agree(const std::string& product, const nlohmann::json& limit,
                                   std::uint32_t refused_at);

    // Starts a program in the test's namespace and waits until it takes connections at front_.
    void start(const std::vector<std::string>& command, uid_t uid = 0);

    // Waits until COUNT processes that the product started run, each with THREADS threads at least, and a
    // file that is written now is newer than they are: the start of a process is known to a tick of the
    // clock.
    void settle(std::size_t count, std::size_t threads = 1) const;

    // Like ProductTest::request, but nobody has to hold it.
    Fd ask() const;

    // Asks COUNT times at once: how many of the requests the backend holds when nothing moves any more.
    std::uint32_t held_of(std::size_t count);

  private:
    static std::unique_ptr<live::Agent> finder_;
};

} // namespace slotscope::products
