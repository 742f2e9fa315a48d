// SPDX-License-Identifier: MIT
// nginx in front of a backend that holds its requests: the agent, nginx and the kernel count the same.
#include "product_fixture.h"

#include "harness/wait.h"
#include "products/configuration.h"

namespace slotscope::products {
namespace {

constexpr std::size_t kPool = 4;

class Nginx : public ProductTest {
  protected:
    void SetUp() override
    {
        start_product({"/usr/sbin/nginx", "-c", configuration("nginx.conf", kNginx), "-p", dir_.path(), "-e",
                       dir_.file("error.log")});
    }

    // Requests that nginx works on: all of "Writing" but the one that asks.
    std::size_t working() const
    {
        const std::string status = get("/status");
        const std::size_t at = status.find("Writing: ");
        return at == std::string::npos ? std::string::npos : std::stoul(status.substr(at + 9)) - 1;
    }
};

TEST_F(Nginx, HeldRequestsAreSlotsInUseOneByOne)
{
    for (std::size_t held = 0; held <= 8; ++held) {
        SCOPED_TRACE(held);
        if (held > 0)
            request();
        EXPECT_EQ(working(), held);
        EXPECT_EQ(backend_.connections(), held);
        EXPECT_TRUE(open_is(held));
    }
    answer_all();
    const nlohmann::json backend =
        look_at(agent(), {.address = back_, .direction = Direction::outbound, .own = &space_});
    EXPECT_EQ(backend.at("slots").at("peak"), 8) << backend;
}

TEST_F(Nginx, IdlePooledConnectionsStayOpenAndAreReused)
{
    for (int index = 0; index < 8; ++index)
        request();
    EXPECT_TRUE(open_is(8));
    answer_all();
    // What does not fit into the pool is closed.
    ASSERT_TRUE(live::eventually([&] { return kernel_outbound() == kPool; }));
    EXPECT_EQ(working(), 0U);
    EXPECT_TRUE(open_is(kPool));
    for (std::size_t index = 0; index < kPool; ++index)
        request();
    EXPECT_TRUE(open_is(kPool)); // all from the pool
    request();
    EXPECT_TRUE(open_is(kPool + 1));
    answer_all();
}

TEST_F(Nginx, ConnectionsEndWithTheProcess)
{
    for (int index = 0; index < 4; ++index)
        request();
    EXPECT_TRUE(open_is(4));
    product_.reset(); // kill -9
    EXPECT_TRUE(open_is(0));
}

} // namespace
} // namespace slotscope::products
