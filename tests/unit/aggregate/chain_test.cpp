// SPDX-License-Identifier: MIT
#include "aggregate/chain.h"

#include <chrono>
#include <cstdio>
#include <deque>
#include <gtest/gtest.h>
#include <string>

namespace slotscope::aggregate {
namespace {

constexpr std::uint32_t kHere = 1; // network namespaces
constexpr std::uint32_t kThere = 2;
constexpr std::uint32_t kElsewhere = 3;

Address at(const char* text)
{
    return *parse_address(text);
}

struct Owner {
    std::uint32_t pid = 0;
    std::uint32_t tid = 0;
};

class ChainTest : public testing::Test {
  protected:
    Connection make(Direction direction, const char* local, const char* remote, Owner owner,
                    std::uint64_t began_ns, std::uint32_t netns = kHere)
    {
        Connection connection;
        connection.cookie = ++cookies_;
        connection.state = ConnectionState::established;
        connection.direction = direction;
        connection.holds_slot = true;
        connection.opened_ns = began_ns - (direction == Direction::outbound ? 2 : 1);
        connection.local = at(local);
        connection.remote = at(remote);
        connection.pid = owner.pid;
        connection.tid = owner.tid;
        connection.netns = netns;
        connection.call.state = CallState::waiting;
        connection.call.began_ns = began_ns;
        return connection;
    }
    Connection& outbound(const char* local, const char* remote, Owner owner, std::uint64_t began_ns,
                         std::uint32_t netns = kHere)
    {
        all_.push_back(make(Direction::outbound, local, remote, owner, began_ns, netns));
        return all_.back();
    }
    Connection& inbound(const char* local, const char* remote, Owner owner, std::uint64_t began_ns,
                        std::uint32_t netns = kHere)
    {
        all_.push_back(make(Direction::inbound, local, remote, owner, began_ns, netns));
        return all_.back();
    }

    // Where the server of the call waits, "" nowhere; "?" behind it where that is not certain.
    static std::string hop_of(const Chain& chain, const Connection& holder)
    {
        const auto hop = chain.next(holder);
        return hop ? to_string(hop->call->remote) + (hop->certain ? "" : "?") : "";
    }
    std::string hop(const Connection& holder, std::optional<std::uint64_t> at_ns = std::nullopt) const
    {
        return hop_of(Chain({all_.begin(), all_.end()}, at_ns), holder);
    }

    std::deque<Connection> all_; // references into it stay
    std::uint64_t cookies_ = 0;
};

TEST_F(ChainTest, ProcessThatIsItsOwnClientDoesNotWaitForItself)
{
    const Connection holder = outbound("127.0.0.1:40000", "127.0.0.1:80", {10, 10}, 100);
    inbound("127.0.0.1:80", "127.0.0.1:40000", {10, 10}, 101);
    outbound("127.0.0.1:40001", "127.0.0.1:80", {10, 11}, 200);
    EXPECT_EQ(hop(holder), "");
}

TEST_F(ChainTest, NamesTheCallThatTheServingThreadMakes)
{
    const auto& client = outbound("127.0.0.1:40000", "127.0.0.1:80", {10, 10}, 100);
    inbound("127.0.0.1:80", "127.0.0.1:40000", {20, 21}, 110);
    outbound("127.0.0.1:50000", "127.0.0.1:5432", {20, 21}, 120);
    EXPECT_EQ(hop(client), "127.0.0.1:5432");

    const Chain chain({all_.begin(), all_.end()});
    EXPECT_EQ(chain.next(client)->pid, 20U);
    EXPECT_EQ(chain.next(client)->tid, 21U);
    EXPECT_EQ(waiting_since_ns(*chain.next(client)->call), 120U);
}

TEST_F(ChainTest, IsTheOwnProcessOfAnInboundHolder)
{
    const auto& served = inbound("10.0.0.1:80", "10.9.9.9:40000", {20, 21}, 110);
    outbound("10.0.0.1:50000", "10.0.0.5:5432", {20, 21}, 120);
    EXPECT_EQ(hop(served), "10.0.0.5:5432");
}

TEST_F(ChainTest, CanBeFollowedHopByHop)
{
    const auto& client = outbound("127.0.0.1:40000", "127.0.0.1:80", {10, 10}, 100);
    inbound("127.0.0.1:80", "127.0.0.1:40000", {20, 20}, 110);
    outbound("127.0.0.1:41000", "127.0.0.1:81", {20, 20}, 120);
    inbound("127.0.0.1:81", "127.0.0.1:41000", {30, 30}, 130);
    outbound("127.0.0.1:42000", "192.0.2.1:5432", {30, 30}, 140);
    const Chain chain({all_.begin(), all_.end()});
    const auto proxy = chain.next(client);
    ASSERT_TRUE(proxy);
    EXPECT_EQ(hop_of(chain, client), "127.0.0.1:81");
    EXPECT_EQ(hop_of(chain, *proxy->call), "192.0.2.1:5432");
    EXPECT_FALSE(chain.next(*chain.next(*proxy->call)->call)) << "its server is on another host";
}

TEST_F(ChainTest, OtherEndMayBeInAnotherNamespace)
{
    const auto& client = outbound("10.0.0.1:40000", "10.0.0.2:80", {10, 10}, 100, kHere);
    inbound("10.0.0.2:80", "10.0.0.1:40000", {20, 20}, 110, kThere);
    outbound("10.0.0.2:50000", "10.0.0.3:5432", {20, 20}, 120, kThere);
    EXPECT_EQ(hop(client), "10.0.0.3:5432");
}

TEST_F(ChainTest, LoopbackEndsInItsNamespace)
{
    const auto& client = outbound("127.0.0.1:40000", "127.0.0.1:80", {10, 10}, 100, kHere);
    inbound("127.0.0.1:80", "127.0.0.1:40000", {20, 20}, 110, kThere);
    outbound("127.0.0.1:50000", "127.0.0.1:5432", {20, 20}, 120, kThere);
    EXPECT_EQ(hop(client), "");
    const auto& other = outbound("[::1]:40000", "[::1]:80", {10, 10}, 100, kHere);
    inbound("[::1]:80", "[::1]:40000", {20, 20}, 110, kThere);
    EXPECT_EQ(hop(other), "");
}

TEST_F(ChainTest, NobodyCanTellWhichOfSeveralNamespacesItIs)
{
    const auto& client = outbound("10.0.0.1:40000", "10.0.0.2:80", {10, 10}, 100, kHere);
    inbound("10.0.0.2:80", "10.0.0.1:40000", {20, 20}, 110, kThere);
    inbound("10.0.0.2:80", "10.0.0.1:40000", {30, 30}, 110, kElsewhere);
    outbound("10.0.0.2:50000", "10.0.0.3:5432", {20, 20}, 120, kThere);
    outbound("10.0.0.2:50000", "10.0.0.3:3306", {30, 30}, 120, kElsewhere);
    EXPECT_EQ(hop(client), "");
    inbound("10.0.0.2:80", "10.0.0.1:40000", {40, 40}, 110, kHere);
    outbound("10.0.0.2:50000", "10.0.0.3:6379", {40, 40}, 120, kHere);
    EXPECT_EQ(hop(client), "10.0.0.3:6379") << "its own namespace comes first";
}

TEST_F(ChainTest, EndOfAnEarlierConnectionBetweenTheSamePortsIsNotIt)
{
    auto& stale = inbound("127.0.0.1:80", "127.0.0.1:40000", {20, 20}, 50);
    outbound("127.0.0.1:50000", "127.0.0.1:5432", {20, 20}, 120);
    const auto& client = outbound("127.0.0.1:40000", "127.0.0.1:80", {10, 10}, 100);
    EXPECT_EQ(hop(client), "");
    stale.older = true; // its age is only "at least": it may be the one
    EXPECT_EQ(hop(client), "127.0.0.1:5432");
}

TEST_F(ChainTest, ServerThatHasNotAcceptedWaitsOnNothing)
{
    const auto& client = outbound("127.0.0.1:40000", "127.0.0.1:80", {10, 10}, 100);
    auto& waiting = inbound("127.0.0.1:80", "127.0.0.1:40000", {0, 0}, 110);
    waiting.call = {};
    outbound("127.0.0.1:50000", "127.0.0.1:5432", {0, 0}, 120);
    EXPECT_EQ(hop(client), "");
    EXPECT_EQ(hop(waiting), "");
}

TEST_F(ChainTest, RequestThatTheServerHasNotReadIsNotServed)
{
    const auto& client = outbound("127.0.0.1:40000", "127.0.0.1:80", {10, 10}, 200);
    inbound("127.0.0.1:80", "127.0.0.1:40000", {20, 20}, 110).call.state = CallState::none; // the last one's
    outbound("127.0.0.1:50000", "127.0.0.1:5432", {20, 20}, 220);
    EXPECT_EQ(hop(client), "");
}

TEST_F(ChainTest, PooledIdleConnectionsAreNotWaitedFor)
{
    const auto& client = outbound("127.0.0.1:40000", "127.0.0.1:80", {10, 10}, 100);
    inbound("127.0.0.1:80", "127.0.0.1:40000", {20, 20}, 110);
    outbound("127.0.0.1:50000", "127.0.0.1:5432", {20, 20}, 120).call.state = CallState::none;
    auto& greeted = outbound("127.0.0.1:50001", "127.0.0.1:5432", {20, 20}, 120);
    greeted.call = {};
    greeted.bytes_received = 13;
    EXPECT_EQ(hop(client), "");
}

TEST_F(ChainTest, CallsThatBeganBeforeAreSomethingElses)
{
    const auto& client = outbound("127.0.0.1:40000", "127.0.0.1:80", {10, 10}, 100);
    inbound("127.0.0.1:80", "127.0.0.1:40000", {20, 20}, 110);
    outbound("127.0.0.1:50000", "127.0.0.1:6379", {20, 20}, 90); // a subscription
    EXPECT_EQ(hop(client), "");
    outbound("127.0.0.1:50001", "127.0.0.1:5432", {20, 20}, 120);
    EXPECT_EQ(hop(client), "127.0.0.1:5432");
}

TEST_F(ChainTest, OfTwoOlderThanTheAgentNobodyKnowsWhichCameFirst)
{
    const auto& served = [this]() -> Connection& {
        auto& older = inbound("10.0.0.1:80", "10.9.9.9:40000", {20, 20}, 110);
        older.call.older = true;
        return older;
    }();
    auto& made = outbound("10.0.0.1:50000", "10.0.0.5:5432", {20, 20}, 100);
    EXPECT_EQ(hop(served), "");
    made.call.older = true;
    EXPECT_EQ(hop(served), "10.0.0.5:5432");
}

TEST_F(ChainTest, LongestOfSeveralCallsOfTheThread)
{
    const auto& served = inbound("10.0.0.1:80", "10.9.9.9:40000", {20, 20}, 110);
    outbound("10.0.0.1:50002", "10.0.0.7:80", {20, 20}, 140);
    outbound("10.0.0.1:50000", "10.0.0.5:5432", {20, 20}, 120);
    outbound("10.0.0.1:50001", "10.0.0.6:6379", {20, 20}, 130);
    EXPECT_EQ(hop(served), "10.0.0.5:5432");
}

TEST_F(ChainTest, OneThatStillConnectsIsWaitedFor)
{
    const auto& served = inbound("10.0.0.1:80", "10.9.9.9:40000", {20, 20}, 110);
    auto& connecting = outbound("10.0.0.1:50000", "192.0.2.1:5432", {20, 20}, 132);
    connecting.state = ConnectionState::connecting;
    connecting.call = {};
    EXPECT_EQ(hop(served), "192.0.2.1:5432");
    EXPECT_EQ(hop(connecting), "") << "its server has not seen it yet";
    const Chain chain({all_.begin(), all_.end()});
    EXPECT_EQ(waiting_since_ns(*chain.next(served)->call), connecting.opened_ns);
}

// What the client of a database sends first is no call, and a server that hangs does not answer it.
TEST_F(ChainTest, OneWhoseServerHasNotSaidAWordIsWaitedFor)
{
    const auto& served = inbound("10.0.0.1:80", "10.9.9.9:40000", {20, 20}, 110);
    auto& begins = outbound("10.0.0.1:50000", "192.0.2.1:5432", {20, 20}, 132);
    begins.call = {};
    begins.bytes_sent = 80;
    EXPECT_EQ(hop(served), "192.0.2.1:5432");
    begins.bytes_received = 13;
    EXPECT_EQ(hop(served), "") << "it is in a pool";
    begins.bytes_received = 0;
    begins.older = true;
    EXPECT_EQ(hop(served), "") << "it may have been in a pool for long";
}

TEST_F(ChainTest, ThreadsOfOneProcessAreToldApart)
{
    const auto& first = inbound("10.0.0.1:80", "10.9.9.9:1001", {20, 21}, 110);
    const auto& second = inbound("10.0.0.1:80", "10.9.9.9:1002", {20, 22}, 111);
    const auto& busy = inbound("10.0.0.1:80", "10.9.9.9:1003", {20, 23}, 112);
    outbound("10.0.0.1:50000", "10.0.0.5:5432", {20, 22}, 120);
    outbound("10.0.0.1:50001", "10.0.0.6:6379", {20, 21}, 130);
    EXPECT_EQ(hop(first), "10.0.0.6:6379");
    EXPECT_EQ(hop(second), "10.0.0.5:5432");
    EXPECT_EQ(hop(busy), "");
}

TEST_F(ChainTest, ProcessWithOneCallMayMakeItsOwnByAnotherThread)
{
    const auto& served = inbound("10.0.0.1:80", "10.9.9.9:1001", {20, 21}, 110);
    outbound("10.0.0.1:50000", "10.0.0.5:5432", {20, 22}, 120);
    EXPECT_EQ(hop(served), "10.0.0.5:5432");
}

TEST_F(ChainTest, CallsOfThreadsThatServeNoneMayBeThoseOfAny)
{
    const auto& first = inbound("10.0.0.1:80", "10.9.9.9:1001", {20, 21}, 110);
    const auto& second = inbound("10.0.0.1:80", "10.9.9.9:1002", {20, 22}, 120);
    outbound("10.0.0.1:50000", "10.0.0.5:5432", {20, 31}, 115);
    outbound("10.0.0.1:50001", "10.0.0.6:6379", {20, 22}, 130);
    EXPECT_EQ(hop(first), "10.0.0.5:5432?");
    EXPECT_EQ(hop(second), "10.0.0.6:6379");
}

TEST_F(ChainTest, EventLoopGivesEachCallOnceAndSaysThatItIsNotCertain)
{
    const auto& first = inbound("10.0.0.1:80", "10.9.9.9:1001", {20, 20}, 110);
    const auto& idle = inbound("10.0.0.1:80", "10.9.9.9:1002", {20, 20}, 115);
    const auto& second = inbound("10.0.0.1:80", "10.9.9.9:1003", {20, 20}, 120);
    const auto& third = inbound("10.0.0.1:80", "10.9.9.9:1004", {20, 20}, 130);
    outbound("10.0.0.1:50000", "10.0.0.5:5432", {20, 20}, 111);
    outbound("10.0.0.1:50001", "10.0.0.6:6379", {20, 20}, 121);
    outbound("10.0.0.1:50002", "10.0.0.6:6379", {20, 20}, 131);
    EXPECT_EQ(hop(first), "10.0.0.5:5432?");
    EXPECT_EQ(hop(idle), "");
    EXPECT_EQ(hop(second), "10.0.0.6:6379?");
    EXPECT_EQ(hop(third), "10.0.0.6:6379?");
}

TEST_F(ChainTest, CallsHandedFromThreadToThreadAreNotTakenForTheThreads)
{
    // Thread 22 has made a call before it began to serve one: that cannot be the served one's.
    const auto& first = inbound("10.0.0.1:80", "10.9.9.9:1001", {20, 21}, 110);
    const auto& second = inbound("10.0.0.1:80", "10.9.9.9:1002", {20, 22}, 130);
    outbound("10.0.0.1:50000", "10.0.0.5:5432", {20, 22}, 120);
    outbound("10.0.0.1:50001", "10.0.0.6:6379", {20, 21}, 140);
    EXPECT_EQ(hop(first), "10.0.0.5:5432?");
    EXPECT_EQ(hop(second), "10.0.0.6:6379?");
}

TEST_F(ChainTest, IsThatOfItsMoment)
{
    auto& served = inbound("10.0.0.1:80", "10.9.9.9:40000", {20, 20}, 110);
    auto& query = outbound("10.0.0.1:50000", "10.0.0.5:5432", {20, 20}, 120);
    for (Connection* ended : {&served, &query}) {
        ended->call.state = CallState::none;
        ended->call.answered_ns = 200;
    }
    EXPECT_EQ(hop(served), "");
    EXPECT_EQ(hop(served, 150), "10.0.0.5:5432");
    EXPECT_EQ(hop(served, 115), "") << "the query had not begun";
    EXPECT_EQ(hop(served, 250), "");
}

TEST_F(ChainTest, ServerThatCallsItselfIsNotItsOwnHop)
{
    const auto& outer = inbound("127.0.0.1:80", "127.0.0.1:39000", {20, 21}, 90);
    const auto& self = outbound("127.0.0.1:40000", "127.0.0.1:80", {20, 21}, 100);
    inbound("127.0.0.1:80", "127.0.0.1:40000", {20, 22}, 110);
    EXPECT_EQ(hop(outer), "127.0.0.1:80");
    EXPECT_EQ(hop(self), "");
}

TEST_F(ChainTest, CallDoesNotWaitForItsOwnOtherEnd)
{
    for (const std::uint32_t serving_thread : {10U, 11U}) {
        all_.clear();
        Connection& holder = outbound("127.0.0.1:40000", "127.0.0.1:80", {10, 10}, 100);
        Connection& served = inbound("127.0.0.1:80", "127.0.0.1:40000", {10, serving_thread}, 101);
        holder.call.older = holder.older = served.call.older = true; // nobody knows which began first
        EXPECT_EQ(hop(holder), "") << serving_thread;
        outbound("127.0.0.1:50000", "127.0.0.1:5432", {10, serving_thread}, 120);
        EXPECT_EQ(hop(holder), "127.0.0.1:5432") << serving_thread;
    }
}

TEST_F(ChainTest, ThreadThatServesItsOwnCallDoesNotWaitForIt)
{
    Connection& first = outbound("127.0.0.1:40000", "127.0.0.1:80", {10, 10}, 100);
    Connection& served = inbound("127.0.0.1:80", "127.0.0.1:40000", {10, 10}, 101);
    inbound("127.0.0.1:80", "127.0.0.1:40001", {10, 11}, 102);
    first.call.older = first.older = served.call.older = true;
    EXPECT_EQ(hop(first), "");
}

// 10,000 holders among 100,000 connections: milliseconds, with room for a slow machine.
TEST_F(ChainTest, IsQuickForMany)
{
    std::vector<Connection> many;
    constexpr std::uint32_t kCalls = 10'000;
    constexpr std::uint32_t kServers = 100;
    for (std::uint32_t i = 0; i < kCalls; ++i) {
        Connection client = make(Direction::outbound, "10.0.0.1:1", "10.0.0.2:80", {10, 10}, 1000 + i);
        client.local.port = static_cast<std::uint16_t>(10'000 + i);
        Connection server = client;
        server.direction = Direction::inbound;
        std::swap(server.local, server.remote);
        server.pid = 100 + i % kServers;
        server.tid = 1000 + i;
        server.cookie = ++cookies_;
        Connection query =
            make(Direction::outbound, "10.0.0.2:1", "10.0.0.3:5432", {server.pid, server.tid}, 2000 + i);
        query.local.port = client.local.port;
        many.insert(many.end(), {client, server, query});
    }
    Connection idle = make(Direction::inbound, "10.0.0.2:80", "10.8.0.1:1", {7, 7}, 5);
    idle.call = {};
    many.insert(many.end(), 70'000, idle);
    const auto start = std::chrono::steady_clock::now();
    const Chain chain(many);
    std::uint32_t linked = 0;
    for (std::uint32_t i = 0; i < kCalls; ++i)
        if (const auto hop = chain.next(many[i * 3]))
            linked += hop->tid == 1000 + i && hop->certain ? 1 : 0;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    EXPECT_EQ(linked, kCalls);
    EXPECT_LT(took.count(), 0.5);
    RecordProperty("microseconds", std::to_string(took.count() * 1e6));
    std::printf("linked in %.1f ms\n", took.count() * 1e3);
}

} // namespace
} // namespace slotscope::aggregate
