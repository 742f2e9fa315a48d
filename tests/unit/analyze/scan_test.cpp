// SPDX-License-Identifier: MIT
#include "analyze/scan.h"

#include "base/clock.h"

#include <gtest/gtest.h>

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

TEST(Scanner, FindsTheOtherEndOfConnectionsOnThisHost)
{
    std::vector<Connection> both = {connection(1, 5, Direction::outbound, 10),
                                    connection(2, 6, Direction::inbound, 20)};
    both[1].accepted = false;
    const Scan scan = Scanner().look(both, kNow_ns);
    EXPECT_EQ(scan.other_end_index(5), 6U);
    EXPECT_EQ(scan.other_end_index(6), 5U);
    ASSERT_TRUE(scan.other_end(5));
    EXPECT_EQ(scan.other_end(5)->not_accepted, 1U);
    EXPECT_FALSE(scan.other_end(6)) << "only a caller has another end that serves it";
    both[1].remote.port = 40002;
    EXPECT_FALSE(Scanner().look(both, kNow_ns).other_end(5));
}

TEST(Scanner, KnowsWhereTheCallsOfAProcessArriveAndWhatItAsks)
{
    std::vector<Connection> all = {connection(1, 5, Direction::outbound, 10),
                                   connection(2, 7, Direction::inbound, 10)};
    all[1].remote.port = 50000;
    all[0].call.state = CallState::waiting;
    all[0].call.began_ns = kNow_ns - kSecond_ns;
    const Scan scan = Scanner().look(all, kNow_ns);
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
    EXPECT_EQ(scanner.look(all, kNow_ns).of(6)->left_open, 0U);
    EXPECT_EQ(scanner.look(all, kNow_ns + 11 * kSecond_ns).of(6)->left_open, 1U);
    EXPECT_EQ(scanner.look({}, kNow_ns + 12 * kSecond_ns).of(6), nullptr);
    EXPECT_EQ(scanner.look(all, kNow_ns + 13 * kSecond_ns).of(6)->left_open, 0U) << "it begins anew";
    all[0].call.state = CallState::waiting;
    EXPECT_EQ(scanner.look(all, kNow_ns + 30 * kSecond_ns).of(6)->left_open, 0U) << "it is being served";
}

TEST(Scanner, CountsWhatConnectsAndWhatWaitsToBeAccepted)
{
    std::vector<Connection> all = {connection(1, 5, Direction::outbound, 10),
                                   connection(2, 6, Direction::inbound, 0)};
    all[0].state = ConnectionState::connecting;
    all[1].accepted = false;
    all[1].opened_ns = kNow_ns - 3 * kSecond_ns;
    const Scan scan = Scanner().look(all, kNow_ns);
    EXPECT_EQ(scan.of(5)->connecting, 1U);
    EXPECT_EQ(scan.of(5)->oldest_connecting_ns, kSecond_ns);
    EXPECT_EQ(scan.of(6)->not_accepted, 1U);
    EXPECT_EQ(scan.of(6)->oldest_not_accepted_ns, 3 * kSecond_ns);
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
    Scanner scanner;
    EXPECT_EQ(scanner.look(connections, 1'000'000'000).serving.at(3).size(), 64U);
}

} // namespace
} // namespace slotscope::analyze
