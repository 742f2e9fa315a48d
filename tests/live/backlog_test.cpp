// SPDX-License-Identifier: MIT
// Listeners: connections that wait to be accepted, listeners that close, start again, or share an address.
#include "harness/fixture.h"
#include "harness/wait.h"

#include <netinet/tcp.h>

namespace slotscope::live {
namespace {

class Backlog : public EveryPath {
  protected:
    std::vector<Fd> connect_many(int count) const
    {
        std::vector<Fd> clients;
        clients.reserve(static_cast<std::size_t>(count));
        for (int index = 0; index < count; ++index)
            clients.push_back(place_.connect());
        return clients;
    }
    std::uint64_t listeners() const
    {
        const nlohmann::json backend = look_at(agent(), in_);
        return backend.is_null() ? 0 : backend.at("listeners").get<std::uint64_t>();
    }
};
INSTANTIATE_TEST_SUITE_P(Over, Backlog, testing::ValuesIn(kEveryPath), path_name);

TEST_P(Backlog, HoldsSlotsFromTheEndOfTheHandshakeOn)
{
    const Fd listener = place_.listen();
    const std::vector<Fd> clients = connect_many(3);
    EXPECT_TRUE(shows(out_, {.opened = 3, .in_use = 3, .peak = 3}));
    EXPECT_TRUE(shows(in_, {.opened = 3, .in_use = 3, .peak = 3}));
    for (const nlohmann::json& holder : holders_of(agent(), in_))
        EXPECT_EQ(holder.value("accepted", false), false) << holder; // absent: accepts are not seen here
}

TEST_P(Backlog, NeverAcceptedIsAbortedWhenItsListenerCloses)
{
    Fd listener = place_.listen();
    std::vector<Fd> clients = connect_many(3);
    EXPECT_TRUE(shows(in_, {.opened = 3, .in_use = 3, .peak = 3}));
    close(listener);
    EXPECT_TRUE(shows(in_, {.opened = 3, .failed = {{"aborted", 3}}, .peak = 3}));
    EXPECT_TRUE(shows(out_, {.opened = 3, .closed = 3, .peak = 3})); // reset, with nothing asked
    clients.clear();
    EXPECT_TRUE(stays(in_, {.opened = 3, .failed = {{"aborted", 3}}, .peak = 3}));
    EXPECT_TRUE(stays(out_, {.opened = 3, .closed = 3, .peak = 3}));
}

TEST_P(Backlog, RequestsThatNobodyAcceptedAreResetForTheirClients)
{
    Fd listener = place_.listen();
    std::vector<Fd> clients = connect_many(2);
    for (const Fd& client : clients)
        send_text(client, "request");
    close(listener);
    for (const Fd& client : clients)
        await_state(client, TCP_CLOSE);
    clients.clear();
    EXPECT_TRUE(stays(in_, {.opened = 2, .failed = {{"aborted", 2}}, .peak = 2}));
    EXPECT_TRUE(stays(out_, {.opened = 2, .failed = {{"reset", 2}}, .peak = 2}));
}

TEST_P(Backlog, ClosedByTheClientBeforeTheAcceptKeepsItsSlotUntilTheServerCloses)
{
    const Fd listener = place_.listen();
    Fd client = place_.connect();
    close(client);
    EXPECT_TRUE(shows(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(shows(in_, {.opened = 1, .in_use = 1, .peak = 1}));
    Fd server = accept_from(listener);
    EXPECT_EQ(receive_text(server), "");
    EXPECT_TRUE(shows(in_, {.opened = 1, .in_use = 1, .peak = 1}));
    close(server);
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_P(Backlog, ClosedByTheClientAndNeverAcceptedIsAborted)
{
    Fd listener = place_.listen();
    Fd client = place_.connect();
    close(client);
    EXPECT_TRUE(shows(in_, {.opened = 1, .in_use = 1, .peak = 1}));
    close(listener);
    EXPECT_TRUE(stays(in_, {.opened = 1, .failed = {{"aborted", 1}}, .peak = 1}));
}

TEST_P(Backlog, ResetByTheClientBeforeTheAcceptEndsOnce)
{
    const Fd listener = place_.listen();
    Fd client = place_.connect();
    EXPECT_TRUE(shows(in_, {.opened = 1, .in_use = 1, .peak = 1}));
    reset(client);
    EXPECT_TRUE(shows(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(shows(in_, {.opened = 1, .closed = 1, .peak = 1}));
    Fd server = accept_from(listener); // Linux still hands it out
    close(server);
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_P(Backlog, OverflowLeavesClientsConnectingUntilThereIsRoom)
{
    constexpr std::uint64_t kRoom = 2; // a backlog of 1 takes one more
    constexpr std::uint64_t kClients = 6;
    // With cookies a client may be connected to nobody for ever: the server forgets it and it has nothing to
    // send.
    place_.server_side().sysctl("ipv4/tcp_syncookies", "0");
    const Fd listener = place_.listen({.backlog = 1});
    // The queue is full before the others come. SYNs that come together are all answered, and then it is the
    // kernel's affair which client believes it is connected.
    std::vector<Fd> clients = connect_many(kRoom);
    ASSERT_TRUE(shows(in_, {.opened = kRoom, .in_use = kRoom, .peak = kRoom}));
    while (clients.size() < kClients)
        clients.push_back(place_.start_connecting());
    EXPECT_TRUE(shows(
        out_, {.opened = kClients, .connecting = kClients - kRoom, .in_use = kClients, .peak = kClients}));
    EXPECT_TRUE(stays(in_, {.opened = kRoom, .in_use = kRoom, .peak = kRoom}));

    std::vector<Fd> servers;
    while (servers.size() < kClients)
        servers.push_back(accept_from(listener));
    EXPECT_TRUE(shows(out_, {.opened = kClients, .in_use = kClients, .peak = kClients}));
    EXPECT_TRUE(shows(in_, {.opened = kClients, .in_use = kClients, .peak = kClients}));
    clients.clear();
    servers.clear();
    EXPECT_TRUE(stays(out_, {.opened = kClients, .closed = kClients, .peak = kClients}));
    EXPECT_TRUE(stays(in_, {.opened = kClients, .closed = kClients, .peak = kClients}));
}

TEST_P(Backlog, OverflowAnsweredWithAResetEndsEachConnectionOnce)
{
    constexpr std::uint64_t kClients = 6;
    place_.server_side().sysctl("ipv4/tcp_abort_on_overflow", "1");
    // What a cookie admits to a full queue is dropped without a reset, and its client's FIN waits for
    // minutes.
    place_.server_side().sysctl("ipv4/tcp_syncookies", "0");
    const Fd listener = place_.listen({.backlog = 0});
    std::vector<Fd> clients;
    for (std::uint64_t index = 0; index < kClients; ++index)
        clients.push_back(place_.start_connecting());
    clients.clear();
    ASSERT_TRUE(eventually(
        [&] { return kernel_open(place_.client_side(), place_.target(), Direction::outbound) == 0; }));
    const nlohmann::json backend = look_at(agent(), out_);
    ASSERT_FALSE(backend.is_null());
    const nlohmann::json& counts = backend.at("connections");
    std::uint64_t ended = counts.at("closed");
    for (const auto& [reason, count] : counts.at("failed").items())
        ended += count.get<std::uint64_t>();
    EXPECT_EQ(counts.at("opened"), kClients) << backend;
    EXPECT_EQ(ended, kClients) << backend;
    EXPECT_EQ(backend.at("slots").at("in_use"), 0) << backend;
}

TEST_P(Backlog, ListenerStartedAgainOnTheSamePortIsTheSameBackend)
{
    Fd listener = place_.listen();
    EXPECT_TRUE(eventually([&] { return listeners() == 1; }));
    Pair first = place_.establish(listener);
    close(listener);
    EXPECT_TRUE(shows(in_, {.opened = 1, .in_use = 1, .peak = 1})); // what was accepted lives on
    EXPECT_TRUE(eventually([&] { return listeners() == 0; }));

    listener = place_.listen();
    Pair second = place_.establish(listener);
    EXPECT_TRUE(shows(in_, {.opened = 2, .in_use = 2, .peak = 2}));
    EXPECT_TRUE(shows(out_, {.opened = 2, .in_use = 2, .peak = 2}));
    EXPECT_TRUE(eventually([&] { return listeners() == 1; }));
    for (Pair* pair : {&first, &second}) {
        close(pair->client);
        close(pair->server);
    }
    EXPECT_TRUE(stays(in_, {.opened = 2, .closed = 2, .peak = 2}));
    EXPECT_TRUE(stays(out_, {.opened = 2, .closed = 2, .peak = 2}));
}

TEST_P(Backlog, ListenersThatShareAPortAreOneBackend)
{
    constexpr std::uint64_t kMany = 20;
    const Fd first = place_.listen({.reuse_port = true});
    Fd second = place_.listen({.reuse_port = true});
    EXPECT_TRUE(eventually([&] { return listeners() == 2; }));
    std::vector<Fd> clients = connect_many(kMany);
    EXPECT_TRUE(shows(in_, {.opened = kMany, .in_use = kMany, .peak = kMany}));

    std::vector<Fd> servers;
    while (Fd server = accept_now(first))
        servers.push_back(std::move(server));
    const std::uint64_t lost = kMany - servers.size(); // they wait at the second one
    close(second);
    EXPECT_TRUE(eventually([&] { return listeners() == 1; }));
    EXPECT_TRUE(
        shows(in_, {.opened = kMany, .failed = {{"aborted", lost}}, .in_use = kMany - lost, .peak = kMany}));
    clients.clear();
    servers.clear();
    EXPECT_TRUE(
        stays(in_, {.opened = kMany, .closed = kMany - lost, .failed = {{"aborted", lost}}, .peak = kMany}));
    EXPECT_TRUE(stays(out_, {.opened = kMany, .closed = kMany, .peak = kMany}));
}

TEST_P(Backlog, ListenerThatIsShutDownStopsListening)
{
    const Fd listener = place_.listen();
    EXPECT_TRUE(eventually([&] { return listeners() == 1; }));
    const Fd client = place_.connect();
    must(::shutdown(listener.get(), SHUT_RDWR), "shutdown");
    EXPECT_TRUE(eventually([&] { return listeners() == 0; }));
    EXPECT_TRUE(stays(in_, {.opened = 1, .failed = {{"aborted", 1}}, .peak = 1}));
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
}

} // namespace
} // namespace slotscope::live
