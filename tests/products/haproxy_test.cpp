// SPDX-License-Identifier: MIT
// HAProxy in front of a backend that holds its requests: the agent, HAProxy and the kernel count the same.
#include "product_fixture.h"

#include "harness/wait.h"
#include "products/configuration.h"

#include <algorithm>
#include <iterator>
#include <sstream>

namespace slotscope::products {
namespace {

class HAProxy : public ProductTest {
  protected:
    void SetUp() override
    {
        start_product({"/usr/sbin/haproxy", "-db", "-f", configuration("haproxy.cfg", kHaproxy)});
    }

    std::vector<std::vector<std::string>> stats(const std::string& command) const
    {
        const Fd socket = live::connect_unix(dir_.file("stats.sock"));
        live::must(socket.get(), "connect to HAProxy's stats socket");
        live::send_text(socket, command + "\n");
        std::istringstream text(live::read_all(socket, live::kDeadline));
        std::vector<std::vector<std::string>> rows;
        for (std::string line; std::getline(text, line);) {
            std::istringstream words(line);
            rows.emplace_back(std::istream_iterator<std::string>(words),
                              std::istream_iterator<std::string>());
        }
        return rows;
    }

    // A column of `show servers conn`, by its name; the header has a "#" of its own before the first.
    std::size_t server_column(const std::string& name) const
    {
        const auto rows = stats("show servers conn");
        const auto column = std::ranges::find(rows.at(0), name) - rows.at(0).begin() - 1;
        return std::stoul(rows.at(1).at(static_cast<std::size_t>(column)));
    }

    std::size_t used() const { return server_column("used_cur"); }
    std::size_t idle() const { return server_column("idle_cur"); }
};

TEST_F(HAProxy, HeldRequestsAreSlotsInUseOneByOne)
{
    for (std::size_t held = 0; held <= 8; ++held) {
        SCOPED_TRACE(held);
        if (held > 0)
            request();
        EXPECT_EQ(used(), held);
        EXPECT_EQ(idle(), 0U);
        EXPECT_EQ(backend_.connections(), held);
        EXPECT_TRUE(open_is(held));
    }
    answer_all();
    const nlohmann::json backend =
        look_at(agent(), {.address = back_, .direction = Direction::outbound, .own = &space_});
    EXPECT_EQ(backend.at("slots").at("peak"), 8) << backend;
}

TEST_F(HAProxy, IdlePooledConnectionsStayOpenAndAreReused)
{
    for (int index = 0; index < 6; ++index)
        request();
    answer_all();
    ASSERT_TRUE(live::eventually([&] { return used() == 0; }));
    const std::size_t pooled = idle();
    EXPECT_GT(pooled, 0U);
    EXPECT_EQ(kernel_outbound(), pooled);
    EXPECT_TRUE(open_is(pooled));

    for (int index = 0; index < 3; ++index)
        request();
    EXPECT_EQ(used(), 3U);
    EXPECT_TRUE(open_is(used() + idle()));
    answer_all();
}

TEST_F(HAProxy, ConnectionsEndWithTheProcess)
{
    for (int index = 0; index < 4; ++index)
        request();
    EXPECT_TRUE(open_is(4));
    product_.reset(); // kill -9
    EXPECT_TRUE(open_is(0));
}

} // namespace
} // namespace slotscope::products
