// SPDX-License-Identifier: MIT
// Connections that never come to be, by reason. The side that would have been connected to sees nothing.
#include "harness/fixture.h"

#include <netinet/tcp.h>

namespace slotscope::live {
namespace {

class ConnectFailure : public EveryPath {
  protected:
    // What is left of one connection that failed for `reason`.
    static Counts failed(const std::string& reason)
    {
        return {.opened = 1, .failed = {{reason, 1}}, .peak = 1};
    }
};
INSTANTIATE_TEST_SUITE_P(Over, ConnectFailure, testing::ValuesIn(kEveryPath), path_name);

TEST_P(ConnectFailure, WhereNobodyListensIsRefused)
{
    const Fd client = place_.client_socket();
    EXPECT_EQ(place_.connect(client), ECONNREFUSED);
    EXPECT_TRUE(stays(out_, failed("refused")));
    EXPECT_TRUE(look_at(agent(), in_).is_null());
}

TEST_P(ConnectFailure, RefusedSocketThatTriesAgainIsASecondConnection)
{
    const Fd client = place_.client_socket();
    EXPECT_EQ(place_.connect(client), ECONNREFUSED);
    const Fd listener = place_.listen();
    EXPECT_EQ(place_.connect(client), 0);
    EXPECT_TRUE(stays(out_, {.opened = 2, .failed = {{"refused", 1}}, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .in_use = 1, .peak = 1}));
}

TEST_P(ConnectFailure, WithoutALocalPortLeftIsNoPort)
{
    place_.client_side().sysctl("ipv4/ip_local_port_range", "61000 61001");
    const Fd listener = place_.listen();
    std::vector<Fd> clients;
    clients.reserve(2);
    for (int index = 0; index < 2; ++index)
        clients.push_back(place_.connect());
    const Fd client = place_.client_socket();
    EXPECT_EQ(place_.connect(client), EADDRNOTAVAIL);
    EXPECT_TRUE(stays(out_, {.opened = 3, .failed = {{"no_port", 1}}, .in_use = 2, .peak = 3}));
    EXPECT_TRUE(stays(in_, {.opened = 2, .in_use = 2, .peak = 2}));
}

// Packets to the server get lost until the link is mended.
class ConnectIntoSilence : public ConnectFailure {
  protected:
    void SetUp() override { place_.link().cut_to_right(); }
};
INSTANTIATE_TEST_SUITE_P(Over, ConnectIntoSilence, testing::Values(Path::veth4, Path::veth6, Path::mapped),
                         path_name);

TEST_P(ConnectIntoSilence, HoldsASlotAsConnectingAndThenTimesOut)
{
    place_.client_side().sysctl("ipv4/tcp_syn_retries", "2"); // seven seconds, instead of two minutes
    const Fd client = place_.start_connecting();
    EXPECT_TRUE(shows(out_, {.opened = 1, .connecting = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(one_holder_in(out_, "connecting"));
    await_state(client, TCP_CLOSE);
    EXPECT_EQ(pending_error(client), ETIMEDOUT);
    EXPECT_TRUE(stays(out_, failed("timed_out")));
    EXPECT_TRUE(look_at(agent(), in_).is_null());
}

TEST_P(ConnectIntoSilence, GivenUpIsAborted)
{
    Fd client = place_.start_connecting();
    EXPECT_TRUE(shows(out_, {.opened = 1, .connecting = 1, .in_use = 1, .peak = 1}));
    close(client);
    EXPECT_TRUE(stays(out_, failed("aborted")));
}

TEST_P(ConnectIntoSilence, GivenUpByAKilledProcessIsAborted)
{
    Actor client = place_.client_side().inside([&] {
        return Actor(Inherit::nothing, [&](const Channel& channel) {
            const Fd fd = tcp_socket(place_.family());
            channel.say('r');
            place_.connect(fd);
        });
    });
    EXPECT_EQ(client.channel().hear(), 'r');
    EXPECT_TRUE(shows(out_, {.opened = 1, .connecting = 1, .in_use = 1, .peak = 1}));
    client.kill();
    EXPECT_TRUE(stays(out_, failed("aborted")));
}

TEST_P(ConnectIntoSilence, TakenBackByDisconnectIsAbortedAndTheSocketCanConnectAgain)
{
    const Fd listener = place_.listen();
    const Fd client = place_.start_connecting();
    EXPECT_TRUE(shows(out_, {.opened = 1, .connecting = 1, .in_use = 1, .peak = 1}));
    const sockaddr nowhere{AF_UNSPEC, {}};
    must(::connect(client.get(), &nowhere, sizeof(nowhere)), "disconnect");
    EXPECT_TRUE(shows(out_, failed("aborted")));
    place_.link().mend_to_right();
    set_blocking(client, true);
    EXPECT_EQ(place_.connect(client), 0);
    EXPECT_TRUE(stays(out_, {.opened = 2, .failed = {{"aborted", 1}}, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .in_use = 1, .peak = 1}));
}

TEST_P(ConnectIntoSilence, MendedInTimeIsAConnection)
{
    const Fd listener = place_.listen();
    const Fd client = place_.start_connecting();
    EXPECT_TRUE(shows(out_, {.opened = 1, .connecting = 1, .in_use = 1, .peak = 1}));
    place_.link().mend_to_right();
    await_state(client, TCP_ESTABLISHED);
    EXPECT_TRUE(stays(out_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .in_use = 1, .peak = 1}));
}

// The router between says that the host cannot be reached.
TEST_F(LiveTest, ConnectToAHostThatARouterCannotReachIsUnreachable)
{
    const Place place(Path::veth4);
    place.server_side().sysctl("ipv4/ip_forward", "1");
    place.server_side().run("ip route add unreachable 198.18.77.0/24");
    place.client_side().run("ip route add 198.18.77.0/24 via " + place.link().right4());
    BackendRef out = place.outbound();
    out.address = address("198.18.77.1", next_port());
    const Fd client = place.client_socket();
    EXPECT_EQ(connect_to(client, out.address, Family::ip4), EHOSTUNREACH);
    EXPECT_TRUE(stays(out, {.opened = 1, .failed = {{"unreachable", 1}}, .peak = 1}));
}

// Without a route nothing is sent and nothing is opened.
TEST_F(LiveTest, ConnectWithoutARouteIsNoConnection)
{
    const Place place(Path::veth4);
    place.client_side().run("ip route add blackhole 198.18.78.0/24");
    BackendRef out = place.outbound();
    out.address = address("198.18.78.1", next_port());
    const Fd client = place.client_socket();
    EXPECT_NE(connect_to(client, out.address, Family::ip4), 0);
    EXPECT_TRUE(stays(out, {}));
}

} // namespace
} // namespace slotscope::live
