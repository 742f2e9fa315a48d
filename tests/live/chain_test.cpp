// SPDX-License-Identifier: MIT
// What holders wait for: a client calls a server of this host, which calls another one for it.
#include "harness/fixture.h"
#include "harness/wait.h"

#include <set>
#include <sys/socket.h>
#include <thread>

namespace slotscope::live {
namespace {

using nlohmann::json;

constexpr const char* kSlowRequest = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr const char* kSlowAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Answers each request once the server behind it has answered its own.
void serve(const Fd& client, const Place& behind)
{
    while (!receive_text(client).empty()) {
        const Fd query = behind.connect();
        send_text(query, kSlowRequest);
        receive_text(query);
        send_text(client, kSlowAnswer);
    }
}

void serve_by_threads(const Fd& listener, const Place& behind, const Channel& channel)
{
    for (int i = 0; i < 2; ++i)
        std::thread([client = accept_from(listener), &behind] { serve(client, behind); }).detach();
    channel.hear(); // until the test is over
}

// As an event loop: passes on the requests of two clients, and waits for no answer.
void serve_in_a_loop(const Fd& listener, const Place& behind, const Channel& channel)
{
    std::vector<Fd> kept;
    for (int i = 0; i < 2; ++i) {
        kept.push_back(accept_from(listener));
        receive_text(kept.back());
        kept.push_back(behind.connect());
        send_text(kept.back(), kSlowRequest);
    }
    channel.hear();
}

class WaitsForTest : public LiveTest, public testing::WithParamInterface<Path> {
  protected:
    void SetUp() override
    {
        if (const std::string why = why_no_messages(agent().get("/v1/status")); !why.empty())
            GTEST_SKIP() << why;
        listener_ = front_.listen();
        behind_listener_ = behind_.listen();
    }

    // Each holder of the front waits, or none does.
    testing::AssertionResult holders_wait(const BackendRef& ref, std::size_t count, bool wait,
                                          bool certain = true)
    {
        std::vector<json> holders;
        const bool as_expected = eventually([&] {
            holders = holders_of(agent(), ref);
            return holders.size() == count &&
                   std::all_of(holders.begin(), holders.end(), [&](const json& holder) {
                       const json& waits_for = holder.at("waits_for");
                       if (waits_for.is_null() == wait)
                           return false;
                       return !wait || (waits_for.at("address") == to_string(behind_.target()) &&
                                        waits_for.at("process").at("pid") == server_->pid() &&
                                        waits_for.at("certain") == certain);
                   });
        });
        return as_expected ? testing::AssertionSuccess()
                           : testing::AssertionFailure()
                                 << json(holders).dump() << ", the server is " << server_->pid();
    }

    Place front_{GetParam()};
    Place behind_{Path::loopback4};
    Fd listener_;
    Fd behind_listener_;
    std::unique_ptr<Actor> server_;
};

TEST_P(WaitsForTest, NamesWhatEachThreadOfTheServerWaitsOn)
{
    server_ = std::make_unique<Actor>(
        Inherit::everything, [&](const Channel& channel) { serve_by_threads(listener_, behind_, channel); });
    const Fd first = front_.connect();
    const Fd second = front_.connect();
    EXPECT_TRUE(holders_wait(front_.outbound(), 2, false));
    send_text(first, kSlowRequest);
    send_text(second, kSlowRequest);
    const Fd query = accept_from(behind_listener_);
    const Fd other_query = accept_from(behind_listener_);
    for (const BackendRef& ref : {front_.outbound(), front_.inbound()}) {
        EXPECT_TRUE(holders_wait(ref, 2, true));
        std::set<json> threads;
        for (const json& holder : holders_of(agent(), ref))
            threads.insert(holder.at("waits_for").at("process").at("tid"));
        EXPECT_EQ(threads.size(), 2U) << "each call has a thread of its own";
    }
    for (const Fd* each : {&query, &other_query}) {
        receive_text(*each);
        send_text(*each, kSlowAnswer);
    }
    receive_text(first);
    receive_text(second);
    EXPECT_TRUE(holders_wait(front_.outbound(), 2, false)) << "idle connections wait for nothing";
}

TEST_P(WaitsForTest, SaysThatItIsNotCertainWhereOneThreadServesAll)
{
    server_ = std::make_unique<Actor>(
        Inherit::everything, [&](const Channel& channel) { serve_in_a_loop(listener_, behind_, channel); });
    const Fd first = front_.connect();
    send_text(first, kSlowRequest);
    const Fd query = accept_from(behind_listener_);
    EXPECT_TRUE(holders_wait(front_.outbound(), 1, true));
    const Fd second = front_.connect();
    send_text(second, kSlowRequest);
    const Fd other_query = accept_from(behind_listener_);
    EXPECT_TRUE(holders_wait(front_.outbound(), 2, true, false));
    EXPECT_TRUE(holders_wait(front_.inbound(), 2, true, false));
}

TEST_P(WaitsForTest, ServerThatHasNotAcceptedWaitsForNothing)
{
    server_ = std::make_unique<Actor>(Inherit::everything, [&](const Channel& channel) { channel.hear(); });
    const Fd client = front_.connect();
    send_text(client, kSlowRequest);
    EXPECT_TRUE(one_holder(agent(), front_.outbound(), "that waits",
                           [](const json& holder) { return holder.at("call_state") == "waiting"; }));
    EXPECT_TRUE(holders_wait(front_.outbound(), 1, false));
}

INSTANTIATE_TEST_SUITE_P(Paths, WaitsForTest, testing::Values(Path::loopback4, Path::loopback6, Path::veth4),
                         path_name);

} // namespace
} // namespace slotscope::live
