// SPDX-License-Identifier: MIT
// Calls are the same whatever system calls their bytes go and come by.
#include "harness/call_fixture.h"
#include "harness/uring.h"

#include <netinet/tcp.h>
#include <sys/uio.h>
#include <unistd.h>

namespace slotscope::live {
namespace {

const std::string kPost = "POST /p HTTP/1.1\r\nContent-Length: 2000\r\n\r\n" + std::string(2000, 'y');
constexpr unsigned kCalls = 3;

// A way to hand bytes over, or to take them.
struct Way {
    const char* name;
    void (*send)(const Fd& fd, const std::string& bytes);
    std::string (*receive)(const Fd& fd, std::size_t bytes);
};

std::string receive_all(const Fd& fd, std::size_t bytes)
{
    std::string all(bytes, '\0');
    EXPECT_EQ(::recv(fd.get(), all.data(), bytes, MSG_WAITALL), static_cast<ssize_t>(bytes));
    return all;
}

void send_with(const Fd& fd, const std::string& bytes, int flags)
{
    EXPECT_EQ(::send(fd.get(), bytes.data(), bytes.size(), flags | MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
}

void send_as_records(const Fd& fd, const std::string& bytes)
{
    send_with(fd, bytes, MSG_EOR);
}

void send_without_a_copy(const Fd& fd, const std::string& bytes)
{
    set_option(fd, SOL_SOCKET, SO_ZEROCOPY, 1);
    send_with(fd, bytes, MSG_ZEROCOPY);
}

void send_in_many_segments(const Fd& fd, const std::string& bytes)
{
    std::vector<iovec> segments;
    for (std::size_t at = 0; at < bytes.size(); at += 5) {
        segments.push_back(
            {const_cast<char*>(bytes.data()) + at, std::min<std::size_t>(5, bytes.size() - at)});
        segments.push_back({nullptr, 0});
    }
    EXPECT_EQ(::writev(fd.get(), segments.data(), static_cast<int>(segments.size())),
              static_cast<ssize_t>(bytes.size()));
}

void send_as_messages(const Fd& fd, const std::string& bytes)
{
    iovec segments[3] = {{const_cast<char*>(bytes.data()), 20},
                         {const_cast<char*>(bytes.data()) + 20, 9},
                         {const_cast<char*>(bytes.data()) + 29, bytes.size() - 29}};
    mmsghdr messages[3]{};
    for (int index = 0; index < 3; ++index) {
        messages[index].msg_hdr.msg_iov = &segments[index];
        messages[index].msg_hdr.msg_iovlen = 1;
    }
    EXPECT_EQ(::sendmmsg(fd.get(), messages, 3, MSG_NOSIGNAL), 3);
}

std::string receive_in_small_pieces(const Fd& fd, std::size_t bytes)
{
    std::string all(bytes, '\0');
    std::vector<iovec> pieces;
    for (std::size_t at = 0; at < bytes; at += 3)
        pieces.push_back({all.data() + at, std::min<std::size_t>(3, bytes - at)});
    for (std::size_t first = 0; first < pieces.size(); first += 1000)
        EXPECT_GT(::readv(fd.get(), pieces.data() + first,
                          static_cast<int>(std::min<std::size_t>(1000, pieces.size() - first))),
                  0);
    return all;
}

constexpr Way kWays[] = {
    {"Records", send_as_records, receive_all},
    {"WithoutACopy", send_without_a_copy, receive_all},
    {"ManySegments", send_in_many_segments, receive_in_small_pieces},
    {"ManyMessages", send_as_messages, receive_all},
};

class CallBy : public CallTest, public testing::WithParamInterface<Way> {};
INSTANTIATE_TEST_SUITE_P(Each, CallBy, testing::ValuesIn(kWays),
                         [](const auto& each) { return std::string(each.param.name); });

TEST_P(CallBy, IsCountedExactlyOnBothSides)
{
    const auto pass = [&](const Fd& from, const Fd& to, const std::string& bytes) {
        GetParam().send(from, bytes);
        const bool there = eventually([&] {
            std::string peeked(bytes.size(), '\0');
            return ::recv(to.get(), peeked.data(), peeked.size(), MSG_PEEK | MSG_DONTWAIT) ==
                   static_cast<ssize_t>(bytes.size());
        });
        ASSERT_TRUE(there);
        EXPECT_EQ(GetParam().receive(to, bytes.size()), bytes);
    };
    for (unsigned call = 1; call <= kCalls; ++call) {
        pass(pair_.client, pair_.server, kPost);
        EXPECT_TRUE(both_are({.in_flight = 1, .finished = call - 1}));
        EXPECT_TRUE(both_states_are("waiting"));
        pass(pair_.server, pair_.client, kOk);
        EXPECT_TRUE(both_are({.finished = call}));
    }
}

class CallByUring : public CallTest, public testing::WithParamInterface<Uring::Runs> {
  protected:
    void SetUp() override
    {
        CallTest::SetUp();
        if (!IsSkipped() && !ring_)
            GTEST_SKIP() << "io_uring is not to be had: " << std::strerror(errno);
    }

    void pass(const Fd& from, const Fd& to, const std::string& bytes)
    {
        std::string taken(4096, '\0');
        ASSERT_EQ(ring_.send(from, bytes.data(), static_cast<unsigned>(bytes.size())),
                  static_cast<int>(bytes.size()));
        ASSERT_EQ(ring_.receive(to, taken.data(), 4096), static_cast<int>(bytes.size()));
    }

    Uring ring_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Runs, CallByUring,
                         testing::Values(Uring::Runs::at_once, Uring::Runs::in_a_worker,
                                         Uring::Runs::in_a_polling_thread));

TEST_P(CallByUring, IsOfAConnectionThatWasMadeAndAcceptedByIt)
{
    const Fd client = place_.client_socket();
    const SocketAddress target(place_.target(), place_.family());
    ASSERT_EQ(ring_.connect(client, target.get(), target.size), 0);
    const Fd server(ring_.accept(listener_));
    ASSERT_TRUE(server);
    EXPECT_TRUE(shows(out_, {.opened = 2, .in_use = 2, .peak = 2}));
    EXPECT_TRUE(shows(in_, {.opened = 2, .in_use = 2, .peak = 2}));
    for (unsigned call = 1; call <= kCalls; ++call) {
        pass(client, server, kGet);
        EXPECT_TRUE(both_are({.in_flight = 1, .finished = call - 1}));
        pass(server, client, kOk);
        EXPECT_TRUE(both_are({.finished = call}));
    }
    for (const nlohmann::json& holder : holders_of(agent(), in_))
        if (holder.at("local") == to_string(place_.target()) && holder.at("call") == "GET /a") {
            EXPECT_EQ(holder.at("process").at("pid"), ::getpid()) << holder;
        }
}

// Its bytes are pages without an address in the process: nobody can read them on their way out.
TEST_P(CallByUring, WhoseBytesAreRegisteredMemoryIsToldByTimingWhereItIsSent)
{
    std::string request = kGet;
    ASSERT_EQ(ring_.send_registered(pair_.client, request.data(), static_cast<unsigned>(request.size())),
              static_cast<int>(request.size()))
        << "IORING_OP_SEND_ZC came with 6.0";
    receive_text(pair_.server);
    EXPECT_TRUE(both_are({.in_flight = 1}));
    send_text(pair_.server, kOk);
    receive_text(pair_.client);
    EXPECT_TRUE(calls_are(in_, {.finished = 1}));
    EXPECT_TRUE(calls_are(out_, {.finished = 1, .outcomes = {{"unknown", 1}}, .by_timing = 1}));
    pass(pair_.client, pair_.server, kGet);
    pass(pair_.server, pair_.client, kOk);
    EXPECT_TRUE(calls_are(out_, {.finished = 2, .outcomes = {{"unknown", 1}}, .by_timing = 1}));
}

// TCP_NOTSENT_LOWAT: the kernel refuses bytes long before the socket's buffer is full. A server that stands
// before a reader that does not read has not answered yet.
TEST_F(CallTest, IsNotOverWhileTheKernelRefusesItsLastBytes)
{
    const std::string chunk = "3e8\r\n" + std::string(1000, 'x') + "\r\n";
    set_option(pair_.server, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 16384);
    set_blocking(pair_.server, false);
    send_text(pair_.client, kGet);
    receive_bytes(pair_.server, kGet.size());
    std::string rest = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::size_t taken = 0;
    for (ssize_t some = 0; some >= 0;) {
        some = ::send(pair_.server.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        taken += some > 0 ? static_cast<std::size_t>(some) : 0;
        if (some >= 0)
            rest = static_cast<std::size_t>(some) < rest.size() ? rest.substr(static_cast<std::size_t>(some))
                                                                : chunk;
    }
    rest += "0\r\n\r\n";
    ASSERT_EQ(::send(pair_.server.get(), rest.data(), rest.size(), MSG_NOSIGNAL), -1);
    ASSERT_EQ(errno, EAGAIN);
    EXPECT_TRUE(both_are({.in_flight = 1}));
    receive_bytes(pair_.client, taken);
    set_blocking(pair_.server, true);
    send_text(pair_.server, rest);
    EXPECT_TRUE(calls_are(in_, {.finished = 1}));
    EXPECT_TRUE(calls_are(out_, {.in_flight = 1}));
    receive_bytes(pair_.client, rest.size());
    EXPECT_TRUE(both_are({.finished = 1}));
}

} // namespace
} // namespace slotscope::live
