// SPDX-License-Identifier: MIT
#include "analyze/scan.h"

#include "base/clock.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

namespace slotscope::analyze {
namespace {

constexpr std::uint64_t kNow_ns = 1000 * kSecond_ns;

Connection connection(std::uint64_t cookie, std::uint32_t backend, Direction direction, std::uint32_t pid)
{
    Connection each;
    each.cookie = cookie;
    each.backend = backend;
    each.direction = direction;
    each.state = ConnectionState::established;
    each.holds_slot = true;
    each.accepted = direction == Direction::inbound;
    each.opened_ns = kNow_ns - kSecond_ns;
    each.pid = pid;
    each.local = *parse_address(direction == Direction::outbound ? "127.0.0.1:40001" : "127.0.0.1:80");
    each.remote = *parse_address(direction == Direction::outbound ? "127.0.0.1:80" : "127.0.0.1:40001");
    return each;
}

Scan look(Scanner& scanner, const std::vector<Connection>& connections, std::uint64_t now_ns)
{
    return scanner.look(
        [&](const auto& visit) { std::for_each(connections.begin(), connections.end(), visit); }, now_ns);
}

Scan first_look(const std::vector<Connection>& connections)
{
    Scanner scanner;
    return look(scanner, connections, kNow_ns);
}

TEST(Scanner, FindsTheOtherEndOfConnectionsOnThisHost)
{
    std::vector<Connection> both = {connection(1, 5, Direction::outbound, 10),
                                    connection(2, 6, Direction::inbound, 20)};
    both[1].accepted = false;
    const Scan scan = first_look(both);
    EXPECT_EQ(scan.other_end_index(5), 6U);
    EXPECT_EQ(scan.other_end_index(6), 5U);
    ASSERT_TRUE(scan.other_end(5));
    EXPECT_EQ(scan.other_end(5)->not_accepted, 1U);
    EXPECT_FALSE(scan.other_end(6)) << "only a caller has another end that serves it";
    both[1].remote.port = 40002;
    EXPECT_FALSE(first_look(both).other_end(5));
}

TEST(Scanner, KnowsWhereTheCallsOfAProcessArriveAndWhatItAsks)
{
    std::vector<Connection> all = {connection(1, 5, Direction::outbound, 10),
                                   connection(2, 7, Direction::inbound, 10)};
    all[1].remote.port = 50000;
    all[0].call.state = CallState::waiting;
    all[0].call.began_ns = kNow_ns - kSecond_ns;
    const Scan scan = first_look(all);
    EXPECT_EQ(scan.served_by({10}), (std::set<std::uint32_t>{7}));
    EXPECT_EQ(scan.asked_by({10}).concurrency, 1);
    EXPECT_EQ(scan.asked_by({10}).address, "127.0.0.1:80");
    EXPECT_EQ(scan.asked_by({11}).concurrency, 0);
    EXPECT_EQ(scan.of(5)->in_call, 1U);
}

TEST(Scanner, AConnectionIsLeftOpenAfterTenSeconds)
{
    std::vector<Connection> all = {connection(1, 6, Direction::inbound, 20)};
    all[0].state = ConnectionState::peer_closed;
    Scanner scanner;
    EXPECT_EQ(look(scanner, all, kNow_ns).of(6)->left_open, 0U);
    EXPECT_EQ(look(scanner, all, kNow_ns + 11 * kSecond_ns).of(6)->left_open, 1U);
    EXPECT_EQ(look(scanner, {}, kNow_ns + 12 * kSecond_ns).of(6), nullptr);
    EXPECT_EQ(look(scanner, all, kNow_ns + 13 * kSecond_ns).of(6)->left_open, 0U) << "it begins anew";
    all[0].call.state = CallState::waiting;
    EXPECT_EQ(look(scanner, all, kNow_ns + 30 * kSecond_ns).of(6)->left_open, 0U) << "it is being served";
}

TEST(Scanner, CountsWhatConnectsAndWhatWaitsToBeAccepted)
{
    std::vector<Connection> all = {connection(1, 5, Direction::outbound, 10),
                                   connection(2, 6, Direction::inbound, 0)};
    all[0].state = ConnectionState::connecting;
    all[1].accepted = false;
    all[1].opened_ns = kNow_ns - 3 * kSecond_ns;
    const Scan scan = first_look(all);
    EXPECT_EQ(scan.of(5)->connecting, 1U);
    EXPECT_EQ(scan.of(5)->oldest_connecting_ns, kSecond_ns);
    EXPECT_EQ(scan.of(6)->not_accepted, 1U);
    EXPECT_EQ(scan.of(6)->oldest_not_accepted_ns, 3 * kSecond_ns);
}

// A pool of forty that is idle, and a call on one of another two hundred of the same server.
TEST(Scanner, FindsTheOtherEndsOfLargePools)
{
    constexpr std::uint16_t kFirstPort = 30'000;
    std::vector<Connection> all;
    const auto add = [&all](std::uint32_t record, std::uint64_t count, std::uint32_t pid) {
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto port = static_cast<std::uint16_t>(kFirstPort + all.size());
            Connection client = connection(all.size() + 1, record, Direction::outbound, pid);
            Connection server = connection(all.size() + 2, 9, Direction::inbound, 20);
            client.local.port = server.remote.port = port;
            all.push_back(client);
            all.push_back(server);
        }
    };
    add(5, 40, 10);
    add(6, 200, 11);
    all[2 * 39 + 1].call.state = CallState::waiting; // of the first pool's last one
    all[2 * 39 + 1].tid = 21;
    all[2 * 39].call.state = CallState::waiting;
    const Scan scan = first_look(all);
    EXPECT_EQ(scan.other_end_index(5), 9U);
    EXPECT_EQ(scan.other_end_index(6), 9U);
    EXPECT_EQ(scan.other_end_index(9), 6U) << "more of its connections are of the larger pool";
    EXPECT_EQ(scan.of(9)->open, 240U) << "counted one by one";
    ASSERT_EQ(scan.serving.at(5).size(), 1U) << "a call is always found";
    EXPECT_EQ(scan.serving.at(5)[0], (Serves{20, 21}));
    EXPECT_NEAR(static_cast<double>(scan.of(9)->other_ends.at(6)), 200, 10);
}

// In table order processes alternate.
TEST(Scanner, CountsForEachProcessWhateverTheOrder)
{
    std::vector<Connection> all;
    for (std::uint64_t i = 0; i < 6; ++i) {
        all.push_back(connection(i + 1, 5, Direction::outbound, i % 2 == 0 ? 10 : 11));
        all.back().call.state = i < 4 ? CallState::waiting : CallState::none;
    }
    const Scan scan = first_look(all);
    EXPECT_EQ(scan.of(5)->pids, (std::set<std::uint32_t>{10, 11}));
    EXPECT_EQ(scan.processes.at(10).asks.at(5), 2U);
    EXPECT_EQ(scan.processes.at(11).asks.at(5), 2U);
}

// Of many threads the one that has the lock would often not be among a few.
TEST(Scanner, NamesSixtyFourThreadsThatServe)
{
    std::vector<Connection> connections;
    for (std::uint32_t i = 0; i < 80; ++i) {
        Connection each;
        each.backend = 3;
        each.direction = Direction::inbound;
        each.accepted = true;
        each.pid = 100;
        each.tid = 100 + i;
        each.call.state = CallState::waiting;
        connections.push_back(each);
    }
    EXPECT_EQ(first_look(connections).serving.at(3).size(), 64U);
}

} // namespace
} // namespace slotscope::analyze
