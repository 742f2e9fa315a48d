// SPDX-License-Identifier: MIT
#include "decode/connection.h"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <vector>

namespace slotscope {
namespace {

using decode::read_connections;
using decode::Selection;

class ConnectionTable : public testing::Test {
  protected:
    ConnectionTable()
        : table(4)
    {
        std::memset(table.data(), 0, table.size() * sizeof(ss_bucket));
    }

    ss_connection& add(std::size_t bucket, std::size_t way, std::uint64_t cookie, std::uint32_t backend,
                       std::uint64_t opened_ns)
    {
        table[bucket].cookie[way] = cookie;
        ss_connection& record = table[bucket].way[way];
        record.backend = backend;
        record.opened_ns = opened_ns;
        record.state = SS_CONNECTION_ESTABLISHED;
        record.flags = SS_CONNECTION_HOLDS | SS_CONNECTION_WAS_UP;
        return record;
    }

    // What record_end does.
    void end(std::size_t bucket, std::size_t way, std::uint64_t at_ns)
    {
        ss_connection& record = table[bucket].way[way];
        record.flags = static_cast<__u8>(record.flags & ~SS_CONNECTION_HOLDS);
        record.left_ns = at_ns;
        record.state = SS_CONNECTION_GONE;
        table[bucket].cookie[way] = 0;
    }

    std::vector<std::uint64_t> opened(const Selection& selection)
    {
        std::vector<std::uint64_t> times;
        for (const Connection& connection : read_connections(table, selection))
            times.push_back(connection.opened_ns);
        return times;
    }

    static Selection of_backend(std::uint32_t backend)
    {
        Selection selection;
        selection.backends.resize(backend + 1);
        selection.backends[backend] = true;
        return selection;
    }

    std::vector<ss_bucket> table;
};

TEST_F(ConnectionTable, GivesHoldersOfTheBackendOldestFirst)
{
    add(0, 0, 11, 2, 300);
    add(1, 3, 12, 2, 100);
    add(3, 7, 13, 2, 200);
    add(2, 0, 14, 1, 50);
    EXPECT_EQ(opened(of_backend(2)), (std::vector<std::uint64_t>{100, 200, 300}));
}

TEST_F(ConnectionTable, GivesThemOneAtATimeAsWell)
{
    add(0, 0, 11, 2, 300);
    add(1, 3, 12, 2, 100);
    add(2, 0, 14, 1, 50);
    add(3, 7, 13, 2, 200);
    end(3, 7, 250);
    std::vector<std::uint64_t> cookies;
    decode::for_each_connection(table, of_backend(2),
                                [&](const Connection& each) { cookies.push_back(each.cookie); });
    EXPECT_EQ(cookies, (std::vector<std::uint64_t>{11, 12}));
}

TEST_F(ConnectionTable, LeavesOutFreeClaimedAndListeningWays)
{
    add(0, 0, 0, 2, 1);
    add(0, 1, ~std::uint64_t{0}, 2, 2);
    add(0, 2, 12, 2, 3).state = SS_CONNECTION_LISTENING;
    add(0, 3, 13, 2, 4);
    EXPECT_EQ(opened(of_backend(2)), (std::vector<std::uint64_t>{4}));
}

TEST_F(ConnectionTable, OneThatGaveItsSlotBackHoldsNone)
{
    ss_connection& record = add(0, 0, 11, 2, 100);
    record.flags = SS_CONNECTION_WAS_UP;
    record.state = SS_CONNECTION_CLOSING;
    EXPECT_TRUE(opened(of_backend(2)).empty());
    Selection every = of_backend(2);
    every.only_holders = false;
    EXPECT_EQ(opened(every).size(), 1U);
}

TEST_F(ConnectionTable, AsOfAMomentFindsThoseThatHaveLeftSince)
{
    add(0, 0, 11, 2, 100);
    end(0, 0, 500); // held from 100 to 500
    add(0, 1, 12, 2, 200);
    add(0, 2, 13, 2, 400); // came later
    add(0, 3, 14, 2, 100);
    end(0, 3, 250); // left before
    Selection then = of_backend(2);
    then.at_ns = 300;
    EXPECT_EQ(opened(then), (std::vector<std::uint64_t>{100, 200}));
}

TEST_F(ConnectionTable, AsOfAMomentFindsOneThatIsClosingNow)
{
    ss_connection& record = add(0, 0, 11, 2, 100);
    record.flags = SS_CONNECTION_WAS_UP;
    record.state = SS_CONNECTION_CLOSING;
    record.left_ns = 350;
    Selection then = of_backend(2);
    then.at_ns = 300;
    EXPECT_EQ(opened(then).size(), 1U);
    then.at_ns = 400;
    EXPECT_TRUE(opened(then).empty());
}

std::vector<std::uint64_t> cookies_of(const std::vector<Connection>& connections)
{
    std::vector<std::uint64_t> cookies;
    for (const Connection& connection : connections)
        cookies.push_back(connection.cookie);
    std::sort(cookies.begin(), cookies.end());
    return cookies;
}

TEST_F(ConnectionTable, BusyAreThoseWithACallAndThoseThatBegin)
{
    add(0, 0, 11, 2, 100).bytes_received = 1; // idle
    add(0, 2, 18, 2, 100).pid = 5;            // its server has not said a word yet
    add(0, 4, 21, 2, 100).pid = 6;            // likewise, but its process serves nobody
    add(0, 3, 19, 2, 100).flags |= SS_CONNECTION_INBOUND;
    add(2, 2, 20, 2, 100).flags |= SS_CONNECTION_OLDER; // what it said before is not known
    add(0, 1, 12, 2, 100).call_state = SS_CALL_WAITING;
    add(1, 0, 13, 7, 100).call_state = SS_CALL_RESPONSE;
    ss_connection& connecting = add(1, 1, 14, 2, 100);
    connecting.state = SS_CONNECTION_CONNECTING;
    connecting.pid = 5;
    ss_connection& served = add(1, 3, 22, 8, 100);
    served.flags |= SS_CONNECTION_INBOUND;
    served.call_state = SS_CALL_WAITING;
    served.pid = 5;
    add(1, 2, 15, 2, 100).state = SS_CONNECTION_LISTENING;
    ss_connection& answered = add(2, 0, 16, 2, 100);
    answered.call_state = SS_CALL_ANSWERED; // by timing: it may be over
    answered.bytes_received = 1;
    ss_connection& gone = add(2, 1, 17, 2, 100);
    gone.call_state = SS_CALL_WAITING;
    end(2, 1, 200);
    EXPECT_EQ(cookies_of(decode::read_busy_connections(table)),
              (std::vector<std::uint64_t>{12, 13, 14, 18, 22}));
}

TEST_F(ConnectionTable, BusySinceAMomentAreAlsoThoseWhoseCallHasEndedSince)
{
    const auto called = [this](std::size_t way, std::uint64_t cookie, std::uint64_t began_ns,
                               std::uint64_t ended_ns) {
        ss_connection& record = add(0, way, cookie, 2, 50);
        record.call_began_ns = began_ns;
        record.call_answered_ns = ended_ns;
        record.call_state = ended_ns == 0 ? SS_CALL_WAITING : SS_CALL_NONE;
    };
    called(0, 11, 100, 150);
    called(1, 12, 100, 250);
    called(2, 13, 210, 250);
    called(3, 14, 210, 0);
    EXPECT_EQ(cookies_of(decode::read_busy_connections(table, 200)),
              (std::vector<std::uint64_t>{12, 13, 14}));
}

TEST_F(ConnectionTable, CallEndedWithItsAnswerOrWithItsConnection)
{
    // Of a table of four buckets, one is hot.
    ss_connection& record = add(0, 3, 12, 2, 50);
    record.call_began_ns = 100;
    record.call_state = SS_CALL_WAITING;
    EXPECT_FALSE(decode::find_call_end(table, 12, 100)) << "it has not ended";
    record.call_answered_ns = 170;
    record.call_state = SS_CALL_NONE;
    EXPECT_EQ(decode::find_call_end(table, 12, 100), 170U);
    EXPECT_FALSE(decode::find_call_end(table, 12, 99)) << "another call has the connection";
    EXPECT_FALSE(decode::find_call_end(table, 13, 100)) << "another connection has the way";
    record.call_state = SS_CALL_WAITING;
    end(0, 3, 180);
    EXPECT_EQ(decode::find_call_end(table, 12, 100), 180U);
}

TEST_F(ConnectionTable, DecodesEveryField)
{
    ss_connection& record = add(1, 2, 77, 5, 1000);
    record.flags |= SS_CONNECTION_OLDER | SS_CONNECTION_INBOUND;
    record.activity = SS_ACTIVITY_ACCEPTED | SS_ACTIVITY_RECEIVED_LAST;
    record.pid = 12;
    record.tid = 13;
    record.netns = 14;
    record.bytes_sent = 15;
    record.bytes_received = 16;
    record.last_io_ticks = 17;
    record.local_port = 80;
    record.remote_port = 41234;
    record.remote_ip[15] = 1;
    const auto connection = decode::decode_connection(table[1], 2);
    ASSERT_TRUE(connection);
    EXPECT_EQ(connection->cookie, 77U);
    EXPECT_EQ(connection->backend, 5U);
    EXPECT_EQ(connection->direction, Direction::inbound);
    EXPECT_TRUE(connection->holds_slot && connection->older && connection->accepted);
    EXPECT_EQ(connection->last_io, LastIo::received);
    EXPECT_EQ(connection->pid, 12U);
    EXPECT_EQ(connection->tid, 13U);
    EXPECT_EQ(connection->netns, 14U);
    EXPECT_EQ(connection->bytes_sent, 15U);
    EXPECT_EQ(connection->bytes_received, 16U);
    EXPECT_EQ(connection->last_io_ticks, 17U);
    EXPECT_EQ(connection->left_ns, 0U);
    EXPECT_EQ(to_string(connection->remote), "[::1]:41234");
    EXPECT_EQ(connection->local.port, 80U);
}

TEST_F(ConnectionTable, StreamsOfHttp2AreSlotsOfOneConnection)
{
    ss_connection& record = add(0, 0, 11, 2, 100);
    record.protocol = SS_PROTOCOL_HTTP2;
    record.call_state = SS_CALL_RESPONSE;
    record.http2_streams = 37;
    record.call_stream = 300;
    EXPECT_EQ(decode::decode_connection(table[0], 0)->call.stream, 300U);
    EXPECT_EQ(decode::decode_connection(table[0], 0)->call.protocol, Protocol::http2);
    EXPECT_EQ(decode::decode_connection(table[0], 0)->call.in_flight(), 37U);
    record.http2_streams = 0;
    record.call_state = SS_CALL_NONE;
    EXPECT_EQ(decode::decode_connection(table[0], 0)->call.in_flight(), 0U);
    record.protocol = SS_PROTOCOL_HTTP1;
    record.call_state = SS_CALL_WAITING;
    record.http2_streams = 5; // means nothing there
    EXPECT_EQ(decode::decode_connection(table[0], 0)->call.in_flight(), 1U);
}

TEST_F(ConnectionTable, AnUnknownStateIsNotTaken)
{
    add(0, 0, 11, 2, 100).state = 99;
    const auto connection = decode::decode_connection(table[0], 0);
    ASSERT_TRUE(connection);
    EXPECT_EQ(connection->state, ConnectionState::gone);
}

TEST_F(ConnectionTable, ABackendBeyondTheSelectionIsNotWanted)
{
    add(0, 0, 11, 4'000'000, 100);
    EXPECT_TRUE(opened(of_backend(2)).empty());
}

} // namespace
} // namespace slotscope
