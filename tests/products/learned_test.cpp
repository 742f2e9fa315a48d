// SPDX-License-Identifier: MIT
// A limit that the agent was not told and does not look for: it learns about it from what is refused.
#include "product_fixture.h"

#include "harness/wait.h"

namespace slotscope::products {
namespace {

using LearnedLimit = ProductTest;

TEST_F(LearnedLimit, HAProxyThatRefusesAtItsLimit)
{
    start_product({"/usr/sbin/haproxy", "-db", "-f",
                   configuration("haproxy.cfg",
                                 "defaults\n    mode http\n    timeout connect 5s\n    timeout client 20s\n"
                                 "    timeout server 20s\n    timeout queue 100ms\nfrontend front\n"
                                 "    bind @FRONT@\n    default_backend app\nbackend app\n"
                                 "    server app1 @BACK@ maxconn 6\n")});
    live::EventStream events(agent().socket());
    nlohmann::json learned;
    const auto load = [&] { // eight come where six find a place, and a little later all are let go
        for (int each = 0; each < 8; ++each) {
            Fd client = space_.inside([] { return live::tcp_socket(live::Family::ip4); });
            live::must(-live::connect_to(client, front_, live::Family::ip4), "connect to the product");
            live::send_text(client, "GET /held HTTP/1.1\r\nHost: test\r\n\r\n");
            clients_.push_back(std::move(client));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(700));
        backend_.release();
        std::this_thread::sleep_for(std::chrono::milliseconds(100)); // their answers come
        clients_.clear();
    };
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (learned.is_null() && std::chrono::steady_clock::now() < until) {
        load();
        const nlohmann::json answer = agent().get("/v1/limits");
        for (const nlohmann::json& limit : answer.at("limits"))
            if (limit.at("addresses").at(0) == to_string(back_) && limit.at("direction") == "outbound")
                learned = limit;
    }
    ASSERT_FALSE(learned.is_null()) << agent().get("/v1/limits").dump(1);
    EXPECT_EQ(learned.at("slots"), 6) << learned;
    EXPECT_EQ(learned.at("kind"), "calls");
    EXPECT_EQ(learned.at("source"), "learned");
    EXPECT_EQ(learned.at("origin").at("product"), "learned");
    EXPECT_EQ(learned.at("origin").at("certainty"), "unsure");
    EXPECT_THAT(learned.at("origin").at("doubt"), testing::HasSubstr("about 6, learned"));
    EXPECT_TRUE(events.next("limits_changed", "", live::kDeadline).has_value());

    load(); // and it is counted against
    const nlohmann::json backend = live::find_backend(
        agent().get("/v1/backends"), {.address = back_, .direction = Direction::outbound, .own = &space_});
    EXPECT_EQ(backend.at("slots").at("limit"), 6);
    EXPECT_EQ(backend.at("slots").at("limit_source"), "learned");
}

} // namespace
} // namespace slotscope::products
