// SPDX-License-Identifier: MIT
#include "enrich/socket_queues.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace slotscope::enrich {
namespace {

struct Ends {
    Fd client;
    Fd server;
    Connection of_client;
};

Address address_of(const sockaddr_in& name)
{
    Address address = *parse_address("127.0.0.1:1");
    address.port = ntohs(name.sin_port);
    return address;
}

Ends connected()
{
    Ends ends;
    const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(name);
    EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&name), size), 0);
    EXPECT_EQ(::listen(listener.get(), 1), 0);
    EXPECT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&name), &size), 0);
    ends.of_client.remote = address_of(name);
    ends.client = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(ends.client.get(), reinterpret_cast<sockaddr*>(&name), size), 0);
    ends.server = Fd(::accept(listener.get(), nullptr, nullptr));
    EXPECT_EQ(::getsockname(ends.client.get(), reinterpret_cast<sockaddr*>(&name), &size), 0);
    ends.of_client.local = address_of(name);
    socklen_t length = sizeof(ends.of_client.cookie);
    EXPECT_EQ(::getsockopt(ends.client.get(), SOL_SOCKET, SO_COOKIE, &ends.of_client.cookie, &length), 0);
    return ends;
}

TEST(SocketQueues, SayWhatWaitsForItsReader)
{
    const Ends ends = connected();
    SocketQueueReader reader(0);
    const auto empty = reader.look(ends.of_client);
    if (!empty)
        GTEST_SKIP() << "this kernel has no NETLINK_SOCK_DIAG for TCP (tcp_diag)";
    EXPECT_EQ(empty->unread, 0U);
    EXPECT_EQ(empty->unsent, 0U);
    ASSERT_EQ(::send(ends.server.get(), "hello", 5, 0), 5);
    EXPECT_EQ(reader.look(ends.of_client)->unread, 5U);
    const std::string much(8'000'000, 'x');
    ASSERT_GT(::send(ends.client.get(), much.data(), much.size(), MSG_DONTWAIT), 0);
    EXPECT_GT(reader.look(ends.of_client)->unsent, 0U) << "the server does not read";
}

TEST(SocketQueues, KnowNothingOfASocketThatHasGone)
{
    Ends ends = connected();
    ends.of_client.cookie += 1'000'000;
    EXPECT_FALSE(SocketQueueReader(0).look(ends.of_client));
}

TEST(SocketQueues, KnowNothingOfANamespaceThatCannotBeEntered)
{
    Ends ends = connected();
    ends.of_client.netns = 4; // no namespace has this number
    ends.of_client.pid = static_cast<std::uint32_t>(::getpid());
    EXPECT_FALSE(SocketQueueReader(1).look(ends.of_client));
}

} // namespace
} // namespace slotscope::enrich
