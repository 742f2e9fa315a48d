// SPDX-License-Identifier: MIT
// The rarer ways to a listener's child and past it: cookies, late accepts, migration, MPTCP, repair.
#include "harness/fixture.h"
#include "harness/wait.h"

#include <netinet/tcp.h>

namespace slotscope::live {
namespace {

constexpr int kMptcp = 262;    // IPPROTO_MPTCP
constexpr int kTcpRepair = 19; // TCP_REPAIR
constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr const char* kNothing = "HTTP/1.1 204 None\r\n\r\n";

class ListenerPath : public EveryPath {
  protected:
    static void call(const Fd& client, const Fd& server)
    {
        send_text(client, kGet);
        EXPECT_EQ(receive_text(server), kGet);
        send_text(server, kNothing);
        EXPECT_EQ(receive_text(client), kNothing);
    }
};
INSTANTIATE_TEST_SUITE_P(Over, ListenerPath, testing::Values(Path::loopback4, Path::veth6), path_name);

TEST_P(ListenerPath, ChildThatIsMadeFromACookieIsAConnection)
{
    place_.server_side().sysctl("ipv4/tcp_syncookies", "2");
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    call(pair.client, pair.server);
    EXPECT_TRUE(shows(out_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(shows(in_, {.opened = 1, .in_use = 1, .peak = 1}));
    close(pair.client);
    close(pair.server);
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_P(ListenerPath, ChildThatIsDeferredTakesASlotWithItsFirstBytes)
{
    const Fd listener = place_.listen();
    set_option(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 30);
    const Fd client = place_.connect();
    EXPECT_TRUE(stays(out_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {}));
    send_text(client, kGet);
    EXPECT_TRUE(shows(in_, {.opened = 1, .in_use = 1, .peak = 1}));
    const Fd server = accept_from(listener);
    EXPECT_EQ(receive_text(server), kGet);
    EXPECT_TRUE(stays(in_, {.opened = 1, .in_use = 1, .peak = 1}));
}

// net.ipv4.tcp_migrate_req: what one of the listeners of a port has not accepted goes to another.
TEST_P(ListenerPath, ChildrenThatMigrateKeepTheirSlots)
{
    constexpr std::uint64_t kClients = 16;
    place_.server_side().sysctl("ipv4/tcp_migrate_req", "1");
    Fd leaves = place_.listen({.reuse_port = true});
    const Fd remains = place_.listen({.reuse_port = true});
    std::vector<Fd> clients;
    while (clients.size() < kClients)
        clients.push_back(place_.connect());
    EXPECT_TRUE(shows(in_, {.opened = kClients, .in_use = kClients, .peak = kClients}));
    close(leaves);
    EXPECT_TRUE(stays(in_, {.opened = kClients, .in_use = kClients, .peak = kClients}));
    for (std::uint64_t client = 0; client < kClients; ++client)
        accept_from(remains);
    EXPECT_TRUE(stays(in_, {.opened = kClients, .closed = kClients, .peak = kClients}));
}

TEST_P(ListenerPath, SocketThatLeavesItsCallForAnotherBackendAbortsIt)
{
    const Fd listener = place_.listen();
    const Pair pair = place_.establish(listener);
    send_text(pair.client, kGet);
    EXPECT_EQ(receive_text(pair.server), kGet);
    const Place other(Path::loopback4);
    const sockaddr nowhere{AF_UNSPEC, {}};
    must(::connect(pair.client.get(), &nowhere, sizeof(nowhere)), "disconnect");
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .failed = {{"reset", 1}}, .peak = 1}));
    EXPECT_TRUE(calls_are(agent(), out_, {.finished = 1, .outcomes = {{"aborted", 1}}}));
}

// A checkpointed process (CRIU) leaves its sockets without a word to the peer.
TEST_P(ListenerPath, ClosedInRepairIsACloseOnItsSideOnly)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    set_option(pair.client, IPPROTO_TCP, kTcpRepair, 1);
    close(pair.client);
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .in_use = 1, .peak = 1}));
}

class Mptcp : public LiveTest {
  protected:
    void SetUp() override
    {
        const Fd probe(::socket(AF_INET, SOCK_STREAM, kMptcp));
        if (!probe)
            GTEST_SKIP() << "this kernel has no MPTCP";
        before_ = losses();
    }

    static std::uint64_t losses()
    {
        return agent().get("/v1/status").at("losses").value("mptcp_calls", std::uint64_t{0});
    }
    Fd socket_of(bool mptcp) const
    {
        return place_.client_side().inside([&] {
            return Fd(must(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, mptcp ? kMptcp : 0), "socket"));
        });
    }
    Fd listener_of(bool mptcp) const
    {
        Fd listener = socket_of(mptcp);
        bind_to(listener, place_.target(), Family::ip4);
        must(::listen(listener.get(), 8), "listen");
        return listener;
    }
    // A connection and a call on it.
    Pair call_between(bool client, bool server)
    {
        listener_ = listener_of(server);
        Pair pair;
        pair.client = socket_of(client);
        EXPECT_EQ(place_.connect(pair.client), 0);
        pair.server = accept_from(listener_);
        send_text(pair.client, kGet);
        EXPECT_EQ(receive_text(pair.server), kGet);
        send_text(pair.server, kNothing);
        EXPECT_EQ(receive_text(pair.client), kNothing);
        return pair;
    }

    Place place_{Path::loopback4};
    BackendRef out_ = place_.outbound();
    BackendRef in_ = place_.inbound();
    Fd listener_;
    std::uint64_t before_ = 0;
};

// What servers in Go do by default.
TEST_F(Mptcp, ListenerOfPlainClientsIsAsAnyOther)
{
    Pair pair = call_between(false, true);
    EXPECT_TRUE(shows(in_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(calls_are(agent(), in_, {.finished = 1}));
    EXPECT_TRUE(calls_are(agent(), out_, {.finished = 1}));
    EXPECT_EQ(losses(), before_);
    close(pair.client);
    close(pair.server);
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_F(Mptcp, ConnectionIsCountedAndItsCallsAreALoss)
{
    Pair pair = call_between(true, true);
    EXPECT_TRUE(shows(in_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(shows(out_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(eventually([&] { return losses() == before_ + 2; })) << "at both ends: " << losses();
    EXPECT_FALSE(agent().get("/v1/backends").at("complete"));
    close(pair.client);
    close(pair.server);
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_F(Mptcp, ClientOfAPlainServerIsALossOnItsSideOnly)
{
    const Pair pair = call_between(true, false);
    EXPECT_TRUE(shows(out_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(calls_are(agent(), in_, {.finished = 1}));
    EXPECT_TRUE(eventually([&] { return losses() == before_ + 1; })) << losses();
}

} // namespace
} // namespace slotscope::live
