// SPDX-License-Identifier: MIT
// Limits: exact peaks and hits, holders captured at the hit, shared addresses, reload.
#include "harness/fixture.h"
#include "harness/wait.h"

#include <netinet/tcp.h>

namespace slotscope::live {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

// An agent with limits of the test's own, on one place.
class LimitTest : public testing::Test {
  protected:
    ~LimitTest() override
    {
        if (agent_) {
            EXPECT_EQ(agent_->stop().exit, 0) << agent_->log();
        }
    }

    void start_agent(const AgentOptions& options)
    {
        agent_ = std::make_unique<Agent>(options);
        out_.name = in_.name = "app";
    }
    void start_with_limit(const std::string& slots)
    {
        AgentOptions options;
        options.arguments = {"--limit", "app=" + to_string(place_.target()) + ":" + slots};
        start_agent(options);
    }
    std::vector<Fd> connect_many(int count) const
    {
        std::vector<Fd> clients;
        clients.reserve(static_cast<std::size_t>(count));
        for (int index = 0; index < count; ++index)
            clients.push_back(place_.start_connecting());
        return clients;
    }
    json captured(const BackendRef& ref) const
    {
        return agent_->get("/v1/holders?backend=app&captured=1&direction=" +
                           std::string(to_string(ref.direction)));
    }
    json slots(const BackendRef& ref) const { return look_at(*agent_, ref).at("slots"); }

    Place place_{Path::loopback4};
    BackendRef out_ = place_.outbound();
    BackendRef in_ = place_.inbound();
    std::unique_ptr<Agent> agent_;
};

TEST_F(LimitTest, BurstThatIsHeldIsAnExactPeakAndOneHitWithItsHolders)
{
    start_with_limit("60");
    EventStream events(agent_->socket());
    const Fd listener = place_.listen({.backlog = 128});
    std::vector<Fd> clients = connect_many(64);
    for (const BackendRef& ref : {out_, in_}) {
        EXPECT_TRUE(shows(*agent_, ref, {.opened = 64, .in_use = 64, .peak = 64}));
        EXPECT_EQ(slots(ref).at("limit"), 60);
        EXPECT_EQ(slots(ref).at("limit_hits"), 1);
        EXPECT_EQ(slots(ref).at("at_limit"), true);
        EXPECT_EQ(slots(ref).at("limit_source"), "--limit");
        EXPECT_GE(captured(ref).at("holders").size(), 60U);
    }
    int reached = 0; // one for each side, in any order
    int captures = 0;
    while (reached < 2 || captures < 2) {
        const auto event = events.next("", "app", 10s);
        ASSERT_TRUE(event) << reached << " limit_reached, " << captures << " holders_captured";
        if (event->at("event") == "limit_reached") {
            ++reached;
            EXPECT_EQ(event->at("limit"), 60) << *event;
            EXPECT_EQ(event->at("in_use"), 60) << *event;
            EXPECT_EQ(event->at("limit_hits"), 1) << *event;
        } else if (event->at("event") == "holders_captured") {
            ++captures;
            EXPECT_GE(event->at("holders_captured"), 60) << *event;
        }
    }
    clients.clear();
    EXPECT_TRUE(events.next("limit_left", "app", 10s));
    ASSERT_TRUE(eventually([&] { return slots(out_).at("at_limit") == false; }));
    EXPECT_GT(slots(out_).at("time_at_limit_seconds"), 0.0);
    EXPECT_EQ(slots(out_).at("limit_hits"), 1);
}

TEST_F(LimitTest, BurstOfTwoMillisecondsIsSeenWithItsHolders)
{
    start_with_limit("60");
    const Fd listener = place_.listen({.backlog = 128});
    {
        std::vector<Fd> clients;
        clients.reserve(64);
        for (int index = 0; index < 64; ++index)
            clients.push_back(place_.client_socket());
        for (const Fd& client : clients)
            ASSERT_EQ(place_.connect(client), 0);
    } // and all are closed at once
    EXPECT_TRUE(stays(*agent_, out_, {.opened = 64, .closed = 64, .peak = 64}));
    EXPECT_TRUE(stays(*agent_, in_, {.opened = 64, .in_use = 64, .peak = 64}));
    EXPECT_EQ(slots(out_).at("limit_hits"), 1);
    EXPECT_EQ(slots(in_).at("limit_hits"), 1);
    EXPECT_GT(slots(out_).at("time_at_limit_seconds"), 0.0);
    for (const BackendRef& ref : {out_, in_}) {
        ASSERT_TRUE(eventually([&] { return captured(ref).at("captured_in_use").is_number(); }));
        EXPECT_GE(captured(ref).at("holders").size(), 60U) << captured(ref);
        EXPECT_GE(captured(ref).at("captured_in_use"), 60);
    }
}

TEST_F(LimitTest, HitsAreRisesToTheLimit)
{
    start_with_limit("2");
    const Fd listener = place_.listen();
    std::vector<Fd> clients = connect_many(1);
    EXPECT_EQ(slots(out_).at("limit_hits"), 0);
    clients.push_back(place_.connect()); // 2: a hit
    clients.push_back(place_.connect()); // 3: above it
    clients.pop_back();                  // 2: from above
    EXPECT_EQ(slots(out_).at("limit_hits"), 1);
    EXPECT_EQ(slots(out_).at("at_limit"), true);
    clients.pop_back(); // 1
    EXPECT_EQ(slots(out_).at("at_limit"), false);
    clients.push_back(place_.connect()); // 2: another hit
    EXPECT_EQ(slots(out_).at("limit_hits"), 2);
    EXPECT_EQ(slots(out_).at("peak"), 3);
}

TEST_F(LimitTest, OfOneDirectionLeavesTheOtherWithout)
{
    start_with_limit("1/inbound");
    out_.name.clear();
    const Fd listener = place_.listen();
    const Pair pair = place_.establish(listener);
    EXPECT_EQ(slots(in_).at("limit"), 1);
    EXPECT_EQ(slots(in_).at("limit_hits"), 1);
    EXPECT_TRUE(slots(out_).at("limit").is_null());
    EXPECT_EQ(slots(out_).at("limit_hits"), 0);
}

TEST_F(LimitTest, IsSharedByTheAddressesOfOneBackend)
{
    const Place place(Path::veth4);
    place.server_side().run("ip addr add 198.18.79.1/24 dev veth0");
    place.client_side().run("ip addr add 198.18.79.2/24 dev veth0");
    const Address first = place.target();
    const Address second = address("198.18.79.1", next_port());
    AgentOptions options;
    options.arguments = {"--limit", "app=" + to_string(first) + "," + to_string(second) + ":3"};
    start_agent(options);
    const Fd first_listener = place.listen();
    const Fd second_listener = place.server_side().inside([&] { return listen_on(second, Family::ip4); });

    std::vector<Fd> clients;
    const auto connect = [&](const Address& target) {
        clients.push_back(place.client_socket());
        ASSERT_EQ(connect_to(clients.back(), target, Family::ip4), 0);
    };
    connect(first);
    connect(second);
    connect(second);
    connect(first);
    json backend;
    ASSERT_TRUE(eventually([&] {
        backend = find_backend(fresh_backends(*agent_), {.address = first, .name = "app"});
        return !backend.is_null() && backend.at("connections").at("opened") == 4;
    }));
    EXPECT_EQ(backend.at("slots").at("in_use"), 4) << backend;
    EXPECT_EQ(backend.at("slots").at("peak"), 4) << backend;
    EXPECT_EQ(backend.at("slots").at("limit"), 3) << backend;
    EXPECT_EQ(backend.at("slots").at("limit_hits"), 1) << backend;
    EXPECT_EQ(backend.at("members").size(), 2U) << backend;
    clients.clear();
    EXPECT_TRUE(eventually([&] {
        backend = find_backend(fresh_backends(*agent_), {.address = first, .name = "app"});
        return backend.at("slots").at("in_use") == 0 && backend.at("connections").at("closed") == 4;
    })) << backend;
}

TEST_F(LimitTest, ReloadChangesTheLimitAndNoCount)
{
    const auto config = [&](int slots) {
        return "[[limit]]\nname = \"app\"\naddress = \"" + to_string(place_.target()) +
               "\"\nslots = " + std::to_string(slots) + "\n";
    };
    AgentOptions options;
    options.config = config(10);
    start_agent(options);
    EventStream events(agent_->socket());
    const Fd listener = place_.listen();
    std::vector<Fd> clients = connect_many(5);
    const Counts counts{.opened = 5, .in_use = 5, .peak = 5};
    EXPECT_TRUE(shows(*agent_, out_, counts));
    EXPECT_EQ(slots(out_).at("limit"), 10);
    EXPECT_EQ(slots(out_).at("limit_source"), "slotscope.toml:4");

    agent_->configure(config(6));
    EXPECT_TRUE(events.next("limits_changed", "", 10s));
    EXPECT_TRUE(eventually([&] { return slots(out_).at("limit") == 6; }));
    EXPECT_TRUE(shows(*agent_, out_, counts));
    EXPECT_TRUE(shows(*agent_, in_, counts));
    clients.push_back(place_.connect()); // 6
    EXPECT_EQ(slots(out_).at("limit_hits"), 1);
    EXPECT_EQ(agent_->get("/v1/limits").at("limits").at(0).at("slots"), 6);

    agent_->configure("[[limit]]\nname = \"app\"\n"); // wrong: the old limits stay, the agent too
    agent_->configure(config(4));                     // already above it
    EXPECT_TRUE(
        eventually([&] { return slots(out_).at("limit") == 4 && slots(out_).at("at_limit") == true; }));
    clients.clear();
    EXPECT_TRUE(stays(*agent_, out_, {.opened = 6, .closed = 6, .peak = 6}));
}

// Somebody calls it otherwise in the configuration, and reloads.
TEST_F(LimitTest, OfSeveralAddressesThatIsRenamedKeepsItsCounts)
{
    const auto config = [&](const char* name) {
        return "[[limit]]\nname = \"" + std::string(name) + "\"\naddresses = [\"" +
               to_string(place_.target()) + "\", \"198.18.79.9:80\"]\nslots = 10\n";
    };
    AgentOptions options;
    options.config = config("app@here");
    start_agent(options);
    const Fd listener = place_.listen();
    std::vector<Fd> clients = connect_many(5);
    clients.resize(3);
    const auto named = [&](const std::string& name) {
        BackendRef of = out_;
        of.name = name;
        return of;
    };
    json backend;
    const auto is_counted_as = [&](const std::string& name) {
        return eventually([&] {
            backend = find_backend(fresh_backends(*agent_), named(name));
            return !backend.is_null() && backend.at("connections").at("closed") == 2;
        });
    };
    EXPECT_TRUE(is_counted_as("app@here"));
    agent_->configure(config("app"));
    ASSERT_TRUE(is_counted_as("app")) << agent_->get("/v1/backends").dump();
    EXPECT_EQ(backend.at("connections").at("opened"), 5) << backend;
    EXPECT_EQ(backend.at("slots").at("in_use"), 3) << backend;
    EXPECT_EQ(backend.at("slots").at("peak"), 5) << backend;
    EXPECT_EQ(backend.at("slots").at("limit"), 10) << backend;
}

TEST_F(LimitTest, ReloadThatIsWrongKeepsTheLimitsThatWere)
{
    AgentOptions options;
    options.config =
        "[[limit]]\nname = \"app\"\naddress = \"" + to_string(place_.target()) + "\"\nslots = 3\n";
    start_agent(options);
    const Fd listener = place_.listen();
    const std::vector<Fd> clients = connect_many(2);
    EXPECT_TRUE(shows(*agent_, out_, {.opened = 2, .in_use = 2, .peak = 2}));
    agent_->configure("[[limit]]\nname = \"app\"\nslot = 5\n");
    EXPECT_TRUE(eventually([&] { return agent_->log().find("slotscope.toml:3") != std::string::npos; }))
        << agent_->log();
    EXPECT_EQ(slots(out_).at("limit"), 3);
    EXPECT_TRUE(agent_->running());
}

TEST_F(LimitTest, ThatComesByReloadTakesConnectionsThatAreThereAlready)
{
    AgentOptions options;
    options.config = "";
    start_agent(options);
    out_.name = in_.name = "";
    const Fd listener = place_.listen();
    std::vector<Fd> clients = connect_many(3);
    const Counts counts{.opened = 3, .in_use = 3, .peak = 3};
    EXPECT_TRUE(shows(*agent_, out_, counts));
    agent_->configure("[[limit]]\nname = \"app\"\naddress = \"" + to_string(place_.target()) +
                      "\"\nslots = 4\n");
    out_.name = in_.name = "app";
    ASSERT_TRUE(eventually([&] {
        const json backend = look_at(*agent_, out_);
        return !backend.is_null() && backend.at("slots").at("limit") == 4;
    }));
    EXPECT_TRUE(shows(*agent_, out_, counts));
    clients.push_back(place_.connect());
    EXPECT_EQ(slots(out_).at("limit_hits"), 1);
    clients.clear();
    EXPECT_TRUE(stays(*agent_, out_, {.opened = 4, .closed = 4, .peak = 4}));
}

} // namespace
} // namespace slotscope::live
