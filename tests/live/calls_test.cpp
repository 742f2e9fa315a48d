// SPDX-License-Identifier: MIT
// The ranking of calls: sampled slot-seconds against the kernel's exact ones, and what captures keep.
#include "harness/fixture.h"
#include "harness/wait.h"

#include <sys/socket.h>
#include <thread>

namespace slotscope::live {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr const char* kGet = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr const char* kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// A front with a limit of calls. Its server, of one thread, asks another one for each request.
class CallsTest : public testing::Test {
  protected:
    void start(const std::string& slots)
    {
        AgentOptions options;
        options.arguments = {"--limit", "front=" + to_string(front_.target()) + ":" + slots};
        agent_ = std::make_unique<Agent>(options);
        if (const std::string why = why_no_messages(agent_->get("/v1/status")); !why.empty())
            GTEST_SKIP() << why;
        listener_ = front_.listen();
        behind_listener_ = behind_.listen();
        server_ = std::make_unique<Actor>(Inherit::everything, [&](const Channel& channel) {
            const Fd client = accept_from(listener_);
            while (!receive_text(client).empty()) {
                const Fd query = behind_.connect();
                send_text(query, kGet);
                receive_text(query);
                send_text(client, kAnswer);
            }
            channel.hear();
        });
        client_ = front_.connect();
    }

    json calls(const std::string& direction) const
    {
        const json answer = agent_->get("/v1/calls?backend=front&direction=" + direction);
        return answer.at("backends").at(0);
    }

    Place front_{Path::loopback4};
    Place behind_{Path::loopback4};
    Fd listener_;
    Fd behind_listener_;
    std::unique_ptr<Agent> agent_;
    std::unique_ptr<Actor> server_;
    Fd client_;
};

TEST_F(CallsTest, SampledSlotSecondsAreThoseOfTheCounters)
{
    start("1/calls");
    if (IsSkipped())
        return;
    send_text(client_, kGet);
    const Fd query = accept_from(behind_listener_);
    std::this_thread::sleep_for(4s);
    const json during = calls("outbound"); // it has not ended: no tool that waits for its end knows it
    EXPECT_EQ(during.at("calls").at("started"), 1);
    EXPECT_EQ(during.at("calls").at("finished"), 0);
    EXPECT_GE(during.at("slot_seconds"), 3.9);
    EXPECT_GE(during.at("shares").at(0).at("oldest_seconds"), 2);
    receive_text(query);
    send_text(query, kAnswer);
    receive_text(client_);
    std::this_thread::sleep_for(1500ms); // idle: nothing is added
    for (const std::string direction : {"outbound", "inbound"}) {
        const json backend = calls(direction);
        const double exact = backend.at("slot_seconds");
        EXPECT_GE(exact, 4);
        // The last look before the call and the one after it are each up to 1.25 s away from its ends.
        EXPECT_NEAR(backend.at("sampled_slot_seconds"), exact, 1.4) << backend.dump();
        EXPECT_EQ(backend.at("calls").at("finished"), 1);
        EXPECT_GE(backend.at("calls").at("mean_seconds"), 4);
        ASSERT_GE(backend.at("shares").size(), 1U) << backend.dump();
        const json& share = backend.at("shares").at(0);
        EXPECT_EQ(share.at("state"), "waiting");
        EXPECT_EQ(share.at("protocol"), "http");
        EXPECT_EQ(share.at("waits_for").at("address"), to_string(behind_.target()));
        EXPECT_EQ(share.at("waits_for").at("certain"), true);
        EXPECT_GT(share.at("share"), 0.6);
    }
    const Outcome shown = run({.command = {client_path(), "--socket", agent_->socket(), "calls", "front"}});
    EXPECT_EQ(shown.exit, 0) << shown.err;
    EXPECT_NE(shown.out.find("front outbound, last"), std::string::npos) << shown.out;
    EXPECT_NE(shown.out.find(to_string(behind_.target())), std::string::npos) << shown.out;
}

TEST_F(CallsTest, ThoseThatEndedAreCountedByName)
{
    start("8/calls");
    if (IsSkipped())
        return;
    constexpr int kQuick = 30;
    constexpr int kSlow = 5;
    const auto ask = [&](const std::string& path, std::chrono::milliseconds wait) {
        send_text(client_, "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
        const Fd query = accept_from(behind_listener_);
        receive_text(query);
        std::this_thread::sleep_for(wait);
        send_text(query, kAnswer);
        receive_text(client_);
    };
    for (int i = 0; i < kQuick; ++i)
        ask("/item/" + std::to_string(1000 + i), 0ms);
    for (int i = 0; i < kSlow; ++i)
        ask("/report", 100ms);
    for (const std::string direction : {"outbound", "inbound"}) {
        const json backend = calls(direction);
        SCOPED_TRACE(backend.dump());
        json quick;
        json slow;
        for (const json& each : backend.at("by_call")) {
            if (each.at("call") == "GET /item/{id}")
                quick = each;
            if (each.at("call") == "GET /report")
                slow = each;
        }
        ASSERT_TRUE(quick.is_object() && slow.is_object());
        EXPECT_EQ(slow.at("protocol"), "http");
        EXPECT_GE(slow.at("mean_seconds"), 0.1);
        EXPECT_GE(slow.at("p99_seconds"), 0.08);
        // Other tests beside this one may have so many calls that of these, too, only a part is told.
        if (!backend.at("counted").at("exact").get<bool>())
            continue;
        EXPECT_EQ(quick.at("count"), kQuick);
        EXPECT_EQ(slow.at("count"), kSlow);
        EXPECT_EQ(backend.at("counted").at("calls"), kQuick + kSlow);
        EXPECT_EQ(backend.at("counted").at("nameless"), 0);
        const double exact = backend.at("calls").at("mean_seconds").get<double>() * (kQuick + kSlow);
        EXPECT_NEAR(quick.at("mean_seconds").get<double>() * kQuick +
                        slow.at("mean_seconds").get<double>() * kSlow,
                    exact, 1e-3 * exact);
    }
}

TEST_F(CallsTest, SlowOnesAreToldWhileTheyLastAndWhenTheyEnd)
{
    start("1/calls");
    if (IsSkipped())
        return;
    EventStream events(agent_->socket());
    send_text(client_, kGet);
    const Fd query = accept_from(behind_listener_);
    const auto slow = events.next("slow_call", "front", 20s);
    ASSERT_TRUE(slow);
    EXPECT_GE(slow->at("seconds"), 1.0) << *slow;
    EXPECT_EQ(slow->at("slow_from_milliseconds"), 1000) << *slow;
    EXPECT_NE(slow->at("text").get<std::string>().find("waits for " + to_string(behind_.target())),
              std::string::npos)
        << *slow;
    receive_text(query);
    send_text(query, kAnswer);
    receive_text(client_);
    const auto ended = events.next("slow_call_ended", "front", 20s);
    ASSERT_TRUE(ended);
    EXPECT_GE(ended->at("seconds"), slow->at("seconds")) << *ended;
    EXPECT_EQ(ended->at("text").get<std::string>().find("at least"), std::string::npos)
        << "its end is known exactly: " << *ended;
    const Outcome shown = run({.command = {client_path(), "--socket", agent_->socket(), "holders", "front"}});
    EXPECT_EQ(shown.exit, 0) << shown.err;
}

TEST_F(CallsTest, CapturesKeepWhatWasWaitedForAtTheirMoment)
{
    start("2/calls");
    if (IsSkipped())
        return;
    send_text(client_, kGet);
    const Fd query = accept_from(behind_listener_);
    receive_text(query);                // now the server waits for the answer
    const Fd second = front_.connect(); // its request reaches the limit; nobody accepts it
    send_text(second, kGet);
    const auto captured = [&] {
        return agent_->get("/v1/holders?backend=front&direction=outbound&captured=1").at("holders");
    };
    ASSERT_TRUE(eventually([&] { return captured().size() == 2; }));
    const json then = captured();
    EXPECT_EQ(then.at(0).at("waits_for").at("address"), to_string(behind_.target())) << then.dump();
    EXPECT_EQ(then.at(0).at("waits_for").at("process").at("pid"), server_->pid());
    EXPECT_EQ(then.at(1).at("waits_for"), nullptr) << then.dump();
    send_text(query, kAnswer);
    receive_text(client_);
    EXPECT_EQ(captured().at(0).at("waits_for"), then.at(0).at("waits_for")) << "it is not looked up again";
}

} // namespace
} // namespace slotscope::live
