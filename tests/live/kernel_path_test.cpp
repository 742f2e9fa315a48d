// SPDX-License-Identifier: MIT
// The kernel's rarer paths: TIME_WAIT, FIN_WAIT2, AF_UNSPEC, TCP Fast Open, namespaces that go.
#include "harness/fixture.h"
#include "harness/wait.h"

#include <netinet/tcp.h>

namespace slotscope::live {
namespace {

class KernelPath : public EveryPath {};
INSTANTIATE_TEST_SUITE_P(Over, KernelPath, testing::ValuesIn(kEveryPath), path_name);

// The server closes first, so that TIME_WAIT is with it, and the next SYN from the same port meets it there.
TEST_P(KernelPath, PortThatComesBackDuringTimeWaitIsANewConnection)
{
    constexpr std::uint64_t kTimes = 5;
    const Fd listener = place_.listen();
    Address own;
    for (std::uint64_t time = 0; time < kTimes; ++time) {
        Fd client = place_.client_socket();
        if (time > 0)
            bind_to(client, own, place_.family());
        ASSERT_EQ(place_.connect(client), 0);
        own = local_address(client);
        Fd server = accept_from(listener);
        EXPECT_TRUE(shows(in_, {.opened = time + 1, .closed = time, .in_use = 1, .peak = 1}));
        close(server);
        await_state(client, TCP_CLOSE_WAIT);
        close(client);
    }
    EXPECT_TRUE(stays(out_, {.opened = kTimes, .closed = kTimes, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = kTimes, .closed = kTimes, .peak = 1}));
}

// The client closes first and takes its own port back out of TIME_WAIT.
TEST_P(KernelPath, ClientThatReusesItsPortInTimeWaitIsANewConnection)
{
    place_.client_side().sysctl("ipv4/tcp_tw_reuse", "1");
    place_.client_side().sysctl("ipv4/ip_local_port_range", "61000 61000"); // nothing else is left
    const Fd listener = place_.listen();
    Pair first = place_.establish(listener);
    close(first.client);
    close(first.server);
    EXPECT_TRUE(shows(out_, {.opened = 1, .closed = 1, .peak = 1}));
    // The kernel lets it go after a second; until then there is no port, which is counted too.
    Fd client = place_.client_socket();
    std::uint64_t without_port = 0;
    ASSERT_TRUE(eventually([&] {
        const int error = place_.connect(client);
        without_port += error == EADDRNOTAVAIL ? 1 : 0;
        return error == 0;
    }));
    Fd server = accept_from(listener);
    Counts counts{.opened = 2 + without_port,
                  .closed = 1,
                  .failed = {{"no_port", without_port}},
                  .in_use = 1,
                  .peak = 1};
    EXPECT_TRUE(shows(out_, counts));
    EXPECT_TRUE(shows(in_, {.opened = 2, .closed = 1, .in_use = 1, .peak = 1}));
    close(client);
    close(server);
    counts.closed = 2;
    counts.in_use = 0;
    EXPECT_TRUE(stays(out_, counts));
    EXPECT_TRUE(stays(in_, {.opened = 2, .closed = 2, .peak = 1}));
}

// With tcp_fin_timeout above 60 s the kernel keeps a full socket in FIN_WAIT2 that nobody owns.
TEST_P(KernelPath, OrphanInFinWait2IsOpenButHoldsNoSlot)
{
    place_.client_side().sysctl("ipv4/tcp_fin_timeout", "120");
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    close(pair.client);
    await_state(pair.server, TCP_CLOSE_WAIT);
    EXPECT_TRUE(stays(out_, {.opened = 1, .in_use = 0, .peak = 1}));
    EXPECT_TRUE(shows(in_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(holders_of(agent(), out_).empty());
    close(pair.server);
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_P(KernelPath, HalfClosedThenClosedGivesTheSlotBackAtTheClose)
{
    place_.client_side().sysctl("ipv4/tcp_fin_timeout", "120");
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    shut_down_sending(pair.client);
    await_state(pair.client, TCP_FIN_WAIT2);
    EXPECT_TRUE(shows(out_, {.opened = 1, .in_use = 1, .peak = 1}));
    close(pair.client); // FIN_WAIT2 all the time: no change of state tells
    EXPECT_TRUE(stays(out_, {.opened = 1, .in_use = 0, .peak = 1}));
    close(pair.server);
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_P(KernelPath, DisconnectedSocketThatConnectsAgainIsASecondConnection)
{
    const Fd listener = place_.listen();
    const Fd client = place_.connect();
    Fd first = accept_from(listener);
    const sockaddr nowhere{AF_UNSPEC, {}};
    must(::connect(client.get(), &nowhere, sizeof(nowhere)), "disconnect");
    await_state(first, TCP_CLOSE);
    EXPECT_TRUE(shows(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(shows(in_, {.opened = 1, .closed = 1, .peak = 1}));
    close(first);
    ASSERT_EQ(place_.connect(client), 0);
    const Fd second = accept_from(listener);
    EXPECT_TRUE(stays(out_, {.opened = 2, .closed = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 2, .closed = 1, .in_use = 1, .peak = 1}));
}

TEST_P(KernelPath, SocketThatIsOnlyBoundIsNoConnection)
{
    {
        const Fd fd = place_.client_socket();
        const Fd bound = place_.server_side().inside([&] { return tcp_socket(place_.family()); });
        bind_to(bound, place_.listens_on(), place_.family());
    }
    EXPECT_TRUE(look_at(agent(), out_).is_null());
    EXPECT_TRUE(look_at(agent(), in_).is_null());
}

class FastOpen : public EveryPath {
  protected:
    FastOpen()
    {
        // 3: client and server; 0x4 and 0x200: without cookies, so that the first connection has data in its
        // SYN
        place_.client_side().sysctl("ipv4/tcp_fastopen", "519");
        place_.server_side().sysctl("ipv4/tcp_fastopen", "519");
    }

    Fd open_with(const std::string& data) const
    {
        Fd fd = place_.client_socket();
        const SocketAddress target(place_.target(), place_.family());
        must(static_cast<int>(::sendto(fd.get(), data.data(), data.size(), MSG_FASTOPEN | MSG_NOSIGNAL,
                                       target.get(), target.size)),
             "send with the SYN");
        return fd;
    }
};
INSTANTIATE_TEST_SUITE_P(Over, FastOpen, testing::ValuesIn(kEveryPath), path_name);

TEST_P(FastOpen, IsCountedOnceOnBothSides)
{
    constexpr std::uint64_t kTimes = 5;
    const Fd listener = place_.listen({.fast_open = true});
    for (std::uint64_t time = 0; time < kTimes; ++time) {
        Fd client = open_with("request");
        Fd server = accept_from(listener);
        EXPECT_EQ(receive_text(server), "request");
        send_text(server, "response");
        EXPECT_EQ(receive_text(client), "response");
        EXPECT_TRUE(shows(out_, {.opened = time + 1, .closed = time, .in_use = 1, .peak = 1}));
        EXPECT_TRUE(shows(in_, {.opened = time + 1, .closed = time, .in_use = 1, .peak = 1}));
        close(client);
        close(server);
    }
    EXPECT_TRUE(stays(out_, {.opened = kTimes, .closed = kTimes, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = kTimes, .closed = kTimes, .peak = 1}));
}

TEST_P(FastOpen, RequestThatGoesWithTheSynIsACallOnBothSides)
{
    const Fd listener = place_.listen({.fast_open = true});
    const auto calls_are = [&](const BackendRef& ref, std::uint64_t started, std::uint64_t in_flight) {
        return eventually([&] {
            const nlohmann::json backend = look_at(agent(), ref);
            return !backend.is_null() && backend.at("calls").at("started") == started &&
                   backend.at("calls").at("in_flight") == in_flight;
        });
    };
    for (std::uint64_t time = 1; time <= 2; ++time) {
        Fd client = open_with("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        EXPECT_TRUE(calls_are(out_, time, 1));
        const Fd server = accept_from(listener);
        EXPECT_NE(receive_text(server), "");
        EXPECT_TRUE(calls_are(in_, time, 1));
        send_text(server, "HTTP/1.1 204 No Content\r\n\r\n");
        EXPECT_NE(receive_text(client), "");
        EXPECT_TRUE(calls_are(out_, time, 0));
        EXPECT_TRUE(calls_are(in_, time, 0));
    }
}

TEST_P(FastOpen, RequestOfADeferredConnectIsACall)
{
    const Fd listener = place_.listen({.fast_open = true});
    const Fd client = place_.client_socket();
    set_option(client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
    ASSERT_EQ(place_.connect(client), 0); // nothing has been sent
    send_text(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const Fd server = accept_from(listener);
    EXPECT_NE(receive_text(server), "");
    for (std::uint64_t calls = 1; calls <= 3; ++calls) { // the later ones as on any connection
        send_text(server, "HTTP/1.1 204 No Content\r\n\r\n");
        EXPECT_NE(receive_text(client), "");
        EXPECT_TRUE(eventually([&] {
            const nlohmann::json seen = look_at(agent(), out_).at("calls");
            return seen.at("started") == calls && seen.at("in_flight") == 0;
        })) << look_at(agent(), out_);
        send_text(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        EXPECT_NE(receive_text(server), "");
    }
}

TEST_P(FastOpen, ThatNobodyListensForIsRefused)
{
    Fd client = place_.client_socket();
    const SocketAddress target(place_.target(), place_.family());
    EXPECT_LT(::sendto(client.get(), "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, target.get(), target.size), 0);
    EXPECT_EQ(errno, ECONNREFUSED);
    close(client);
    EXPECT_TRUE(stays(out_, {.opened = 1, .failed = {{"refused", 1}}, .peak = 1}));
}

TEST_P(FastOpen, DeferredConnectGivenUpBeforeItsFirstByteIsAborted)
{
    const Fd listener = place_.listen({.fast_open = true});
    Fd client = place_.client_socket();
    set_option(client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
    ASSERT_EQ(place_.connect(client), 0); // nothing has been sent
    close(client);
    ASSERT_TRUE(eventually(
        [&] { return kernel_open(place_.client_side(), place_.target(), Direction::outbound) == 0; }));
    const nlohmann::json backend = look_at(agent(), out_);
    if (!backend.is_null()) { // whether this is a connection at all is the kernel's affair
        EXPECT_EQ(backend.at("connections").at("open"), 0) << backend;
        EXPECT_EQ(backend.at("connections").at("closed"), 0) << backend;
        EXPECT_EQ(backend.at("slots").at("in_use"), 0) << backend;
    }
}

TEST_F(LiveTest, NamespaceThatDisappearsLeavesNoConnections)
{
    Place place(Path::veth4);
    const BackendRef out = place.outbound();
    const BackendRef in = place.inbound();
    place.client_side().sysctl("ipv4/tcp_orphan_retries", "1");
    std::vector<Fd> clients;
    {
        const Fd listener = place.listen();
        Actor server = place.server_side().inside([&] {
            return Actor(Inherit::everything, [&](const Channel& channel) {
                std::vector<Fd> held;
                while (held.size() < 3)
                    held.push_back(accept_from(listener));
                channel.say('h');
                channel.hear();
            });
        });
        for (int index = 0; index < 4; ++index) // the last one is not accepted
            clients.push_back(place.connect());
        EXPECT_EQ(server.channel().hear(), 'h');
        EXPECT_TRUE(shows(in, {.opened = 4, .in_use = 4, .peak = 4}));
        EXPECT_TRUE(shows(out, {.opened = 4, .in_use = 4, .peak = 4}));
    } // the listener's last copy and its process are gone; then the namespace
    place.lose_server_side();
    for (Fd& client : clients)
        EXPECT_NE(kernel_state(client), TCP_ESTABLISHED);
    clients.clear();
    BackendRef gone = in;
    gone.places.clear();
    EXPECT_TRUE(stays(gone, {.opened = 4, .closed = 3, .failed = {{"aborted", 1}}, .peak = 4}));
    BackendRef left = out;
    left.places = {&place.client_side()};
    EXPECT_TRUE(stays(left, {.opened = 4, .closed = 4, .peak = 4}));
}

} // namespace
} // namespace slotscope::live
