// SPDX-License-Identifier: MIT
// Sockets that are older than the agent, and agents that are killed while connections live.
#include "harness/fixture.h"
#include "harness/wait.h"

#include <netinet/tcp.h>

namespace slotscope::live {
namespace {

// The agent starts within the test, once the sockets are there.
class Older : public testing::TestWithParam<Path> {
  protected:
    ~Older() override
    {
        if (agent_) {
            EXPECT_EQ(agent_->stop().exit, 0) << agent_->log();
        }
    }

    void start_agent() { agent_ = std::make_unique<Agent>(); }
    testing::AssertionResult shows(const BackendRef& ref, const Counts& counts) const
    {
        return live::shows(*agent_, ref, counts);
    }
    testing::AssertionResult stays(const BackendRef& ref, const Counts& counts) const
    {
        return live::stays(*agent_, ref, counts);
    }
    testing::AssertionResult holder_is_older(const BackendRef& ref, const std::string& state) const
    {
        return one_holder(*agent_, ref, "that is older, " + state, [&](const nlohmann::json& holder) {
            return holder.at("age_is_lower_bound") == true && holder.at("state") == state;
        });
    }

    Place place_{GetParam()};
    BackendRef out_ = place_.outbound();
    BackendRef in_ = place_.inbound();
    std::unique_ptr<Agent> agent_;
    const Counts up_{.opened = 1, .in_use = 1, .peak = 1, .older = 1};
    const Counts closed_{.opened = 1, .closed = 1, .peak = 1, .older = 1};
    const Counts reset_{.opened = 1, .failed = {{"reset", 1}}, .peak = 1, .older = 1};
};
INSTANTIATE_TEST_SUITE_P(Over, Older, testing::ValuesIn(kEveryPath), path_name);

TEST_P(Older, IdleConnectionsAreCountedOnBothSidesAndEndOnce)
{
    constexpr std::uint64_t kMany = 10;
    const Fd listener = place_.listen();
    std::vector<Pair> pairs;
    while (pairs.size() < kMany)
        pairs.push_back(place_.establish(listener));
    start_agent();
    EXPECT_TRUE(shows(out_, {.opened = kMany, .in_use = kMany, .peak = kMany, .older = kMany}));
    EXPECT_TRUE(shows(in_, {.opened = kMany, .in_use = kMany, .peak = kMany, .older = kMany}));
    for (const BackendRef& ref : {out_, in_})
        for (const nlohmann::json& holder : holders_of(*agent_, ref))
            EXPECT_EQ(holder.at("age_is_lower_bound"), true) << holder;

    Pair younger = place_.establish(listener);
    EXPECT_TRUE(shows(out_, {.opened = kMany + 1, .in_use = kMany + 1, .peak = kMany + 1, .older = kMany}));
    close(younger.client);
    close(younger.server);
    pairs.clear();
    EXPECT_TRUE(stays(out_, {.opened = kMany + 1, .closed = kMany + 1, .peak = kMany + 1, .older = kMany}));
    EXPECT_TRUE(stays(in_, {.opened = kMany + 1, .closed = kMany + 1, .peak = kMany + 1, .older = kMany}));
}

TEST_P(Older, RequestOutstandingIsKnownWhenThePeerResets)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    send_text(pair.client, "request");
    EXPECT_EQ(receive_text(pair.server), "request");
    start_agent();
    EXPECT_TRUE(shows(out_, up_));
    EXPECT_TRUE(shows(in_, up_));
    reset(pair.server);
    await_state(pair.client, TCP_CLOSE);
    close(pair.client);
    EXPECT_TRUE(stays(out_, reset_));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_P(Older, AnsweredRequestIsNotOutstanding)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    send_text(pair.client, "request");
    EXPECT_EQ(receive_text(pair.server), "request");
    // The kernel's own times, which are all that is left of the past, are in ticks.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    send_text(pair.server, "response");
    EXPECT_EQ(receive_text(pair.client), "response");
    start_agent();
    reset(pair.server);
    await_state(pair.client, TCP_CLOSE);
    close(pair.client);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, closed_));
}

testing::AssertionResult calls_are(const Agent& agent, const BackendRef& ref, std::uint64_t in_flight,
                                   std::uint64_t finished, std::uint64_t by_timing)
{
    nlohmann::json calls;
    const bool same = eventually([&] {
        const nlohmann::json backend = look_at(agent, ref);
        if (backend.is_null())
            return false;
        calls = backend.at("calls");
        return calls.at("in_flight") == in_flight && calls.at("finished") == finished &&
               calls.at("by_timing") == by_timing;
    });
    return same ? testing::AssertionSuccess() : testing::AssertionFailure() << calls.dump();
}

TEST_P(Older, RequestOutstandingIsACallFromTheStartAndTheNextOneIsFramed)
{
    constexpr const char* kRequest = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
    constexpr const char* kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    send_text(pair.client, kRequest);
    EXPECT_EQ(receive_text(pair.server), kRequest);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    start_agent();
    for (const BackendRef& ref : {out_, in_}) {
        EXPECT_TRUE(calls_are(*agent_, ref, 1, 0, 0));
        EXPECT_TRUE(one_holder(*agent_, ref, "with a call that is older", [](const nlohmann::json& holder) {
            return holder.at("call_state") == "waiting" && holder.at("age_is_lower_bound") == true &&
                   holder.at("age_seconds") >= 0.15;
        }));
    }
    send_text(pair.server, kAnswer);
    EXPECT_EQ(receive_text(pair.client), kAnswer);
    send_text(pair.client, kRequest);
    EXPECT_EQ(receive_text(pair.server), kRequest);
    send_text(pair.server, kAnswer);
    EXPECT_EQ(receive_text(pair.client), kAnswer);
    EXPECT_TRUE(calls_are(*agent_, out_, 0, 2, 1));
    EXPECT_TRUE(calls_are(*agent_, in_, 0, 2, 1));
}

TEST_P(Older, IdleAndUnreadConnectionsAreNoCalls)
{
    const Fd listener = place_.listen();
    Pair answered = place_.establish(listener);
    const Pair unread = place_.establish(listener);
    const Pair silent = place_.establish(listener);
    send_text(answered.client, "request");
    EXPECT_EQ(receive_text(answered.server), "request");
    send_text(unread.client, "request");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    send_text(answered.server, "response");
    EXPECT_EQ(receive_text(answered.client), "response");
    start_agent();
    EXPECT_TRUE(calls_are(*agent_, out_, 1, 0, 0)) << "of the one that was not read";
    EXPECT_TRUE(calls_are(*agent_, in_, 0, 0, 0));
    EXPECT_EQ(receive_text(unread.server), "request");
    EXPECT_TRUE(calls_are(*agent_, in_, 1, 0, 0));
}

TEST_P(Older, HalfClosedConnectionsAreInTheirStates)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    shut_down_sending(pair.client);
    await_state(pair.server, TCP_CLOSE_WAIT);
    start_agent();
    EXPECT_TRUE(shows(out_, up_));
    EXPECT_TRUE(shows(in_, up_));
    EXPECT_TRUE(holder_is_older(out_, "half_closed"));
    EXPECT_TRUE(holder_is_older(in_, "peer_closed"));
    close(pair.server);
    close(pair.client);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_P(Older, ClosedByThisSideIsOpenWithoutASlot)
{
    place_.client_side().sysctl("ipv4/tcp_fin_timeout", "120"); // a full socket in FIN_WAIT2
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    close(pair.client);
    await_state(pair.server, TCP_CLOSE_WAIT);
    start_agent();
    EXPECT_TRUE(shows(out_, {.opened = 1, .in_use = 0, .peak = 0, .older = 1}));
    EXPECT_TRUE(shows(in_, up_));
    close(pair.server);
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 0, .older = 1}));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_P(Older, NeverAcceptedHoldsASlotAndIsAbortedWithItsListener)
{
    Fd listener = place_.listen();
    Fd client = place_.connect();
    start_agent();
    EXPECT_TRUE(shows(out_, up_));
    EXPECT_TRUE(shows(in_, up_));
    close(listener);
    EXPECT_TRUE(shows(in_, {.opened = 1, .failed = {{"aborted", 1}}, .peak = 1, .older = 1}));
    close(client);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, {.opened = 1, .failed = {{"aborted", 1}}, .peak = 1, .older = 1}));
}

TEST_P(Older, NeverAcceptedCanStillBeAccepted)
{
    const Fd listener = place_.listen();
    Fd client = place_.connect();
    start_agent();
    Fd server = accept_from(listener);
    send_text(client, "request");
    EXPECT_EQ(receive_text(server), "request");
    EXPECT_TRUE(shows(in_, up_));
    EXPECT_TRUE(one_holder(*agent_, in_, "that is accepted",
                           [](const nlohmann::json& holder) { return holder.at("accepted") == true; }));
    close(server);
    close(client);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_P(Older, ListenerThatIsGoneDoesNotTurnTheDirectionRound)
{
    Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    close(listener);
    start_agent();
    EXPECT_TRUE(shows(out_, up_));
    // Nothing but the connection's own address is left of where the listener was.
    BackendRef in = in_;
    in.address = local_address(pair.server);
    EXPECT_TRUE(shows(in, up_));
    const nlohmann::json turned = fresh_backends(*agent_);
    for (const nlohmann::json& backend : turned.at("backends"))
        if (backend.at("direction") == "outbound") {
            EXPECT_NE(backend.at("address"), to_string(local_address(pair.client))) << backend;
        }
    close(pair.client);
    close(pair.server);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in, closed_));
}

TEST_P(Older, SocketsConnectedWhileTheAgentStartsAreCountedOnce)
{
    const Fd listener = place_.listen();
    Actor load = place_.client_side().inside([&] {
        return Actor(Inherit::nothing, [&](const Channel& channel) {
            std::vector<Fd> held;
            for (int index = 0; index < 400; ++index) {
                held.push_back(tcp_socket(place_.family()));
                must(-place_.connect(held.back()), "connect");
                ::usleep(2000);
            }
            channel.say('d');
            channel.hear();
        });
    });
    std::vector<Fd> servers;
    servers.push_back(accept_from(listener));
    start_agent();
    while (servers.size() < 400)
        servers.push_back(accept_from(listener));
    EXPECT_EQ(load.channel().hear(), 'd');
    for (const BackendRef& ref : {out_, in_}) {
        const nlohmann::json backend = look_at(*agent_, ref);
        ASSERT_FALSE(backend.is_null());
        EXPECT_EQ(backend.at("connections").at("opened"), 400) << backend;
        EXPECT_EQ(backend.at("slots").at("in_use"), 400) << backend;
        EXPECT_EQ(backend.at("slots").at("peak"), 400) << backend;
    }
    load.kill();
    servers.clear();
    ASSERT_TRUE(eventually([&] {
        return look_at(*agent_, out_).at("connections").at("open") == 0 &&
               look_at(*agent_, in_).at("connections").at("open") == 0;
    }));
    EXPECT_EQ(look_at(*agent_, out_).at("connections").at("closed"), 400);
    EXPECT_EQ(look_at(*agent_, in_).at("connections").at("closed"), 400);
}

TEST_P(Older, AgentThatIsKilledAndStartedAgainHasTheSlotsRight)
{
    const Fd listener = place_.listen();
    start_agent();
    std::vector<Pair> pairs;
    pairs.reserve(6);
    for (int index = 0; index < 5; ++index)
        pairs.push_back(place_.establish(listener));
    EXPECT_TRUE(shows(out_, {.opened = 5, .in_use = 5, .peak = 5}));
    agent_->kill();
    close(pairs[0].client); // while nobody looks
    close(pairs[0].server);
    pairs.push_back(place_.establish(listener));
    agent_->start_again();
    EXPECT_TRUE(shows(out_, {.opened = 5, .in_use = 5, .peak = 5, .older = 5}));
    EXPECT_TRUE(shows(in_, {.opened = 5, .in_use = 5, .peak = 5, .older = 5}));
    pairs.clear();
    EXPECT_TRUE(stays(out_, {.opened = 5, .closed = 5, .peak = 5, .older = 5}));
    EXPECT_TRUE(stays(in_, {.opened = 5, .closed = 5, .peak = 5, .older = 5}));
}

class OlderAndSilent : public Older {};
INSTANTIATE_TEST_SUITE_P(Over, OlderAndSilent, testing::Values(Path::veth4, Path::veth6), path_name);

TEST_P(OlderAndSilent, ConnectingIsCountedAsConnecting)
{
    place_.link().cut_to_right();
    Fd client = place_.start_connecting();
    start_agent();
    EXPECT_TRUE(shows(out_, {.opened = 1, .connecting = 1, .in_use = 1, .peak = 1, .older = 1}));
    EXPECT_TRUE(holder_is_older(out_, "connecting"));
    close(client);
    EXPECT_TRUE(stays(out_, {.opened = 1, .failed = {{"aborted", 1}}, .peak = 1, .older = 1}));
}

} // namespace
} // namespace slotscope::live
