// SPDX-License-Identifier: MIT
// Calls: begun and ended exactly where their protocol says, on both sides of a connection.
#include "harness/call_fixture.h"

#include <fcntl.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <thread>
#include <unistd.h>

namespace slotscope::live {
namespace {

using nlohmann::json;

constexpr const char* kGetA = "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n";

std::string answer_of(std::size_t bytes, const std::string& status = "200 OK")
{
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
           std::string(bytes, 'x');
}

TEST_F(CallTest, LastsFromTheRequestToTheLastByteOfTheAnswer)
{
    EXPECT_TRUE(both_are({.peak = 0}));
    send_text(pair_.client, kGetA);
    EXPECT_TRUE(calls_are(out_, {.in_flight = 1}));
    receive_text(pair_.server);
    EXPECT_TRUE(both_are({.in_flight = 1}));
    EXPECT_TRUE(both_states_are("waiting"));
    const std::string answer = answer_of(1000);
    send_text(pair_.server, answer.substr(0, 500));
    receive_text(pair_.client);
    EXPECT_TRUE(both_states_are("response"));
    EXPECT_TRUE(both_are({.in_flight = 1}));
    send_text(pair_.server, answer.substr(500));
    receive_text(pair_.client);
    EXPECT_TRUE(both_are({.finished = 1}));
    EXPECT_TRUE(both_states_are("idle"));
}

TEST_F(CallTest, ManyOnOneConnectionAreCountedOnceEachByStatus)
{
    const char* kStatuses[] = {"200 OK", "404 Not Found", "503 Service Unavailable",
                               "500 Oh", "204 None",      "301 M"};
    for (const char* status : kStatuses) {
        send_text(pair_.client, kGetA);
        receive_text(pair_.server);
        send_text(pair_.server, std::string(status) == "204 None" ? "HTTP/1.1 204 None\r\nA: b\r\n\r\n"
                                                                  : answer_of(10, status));
        receive_text(pair_.client);
    }
    EXPECT_TRUE(both_are({.finished = 6, .outcomes = {{"4xx", 1}, {"503", 1}, {"5xx", 1}}}));
}

TEST_F(CallTest, SplitAnywhereIsOneCall)
{
    const std::string request = "POST /p HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello";
    const std::string answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    for (const char byte : request) {
        send_text(pair_.client, std::string(1, byte));
        receive_text(pair_.server);
    }
    EXPECT_TRUE(both_states_are("waiting"));
    for (const char byte : answer) {
        send_text(pair_.server, std::string(1, byte));
        receive_text(pair_.client);
    }
    EXPECT_TRUE(both_are({.finished = 1}));
}

TEST_F(CallTest, PipelinedOnesFollowEachOther)
{
    send_text(pair_.client, std::string(kGetA) + kGetA + kGetA);
    receive_text(pair_.server);
    EXPECT_TRUE(both_are({.in_flight = 1}));
    send_text(pair_.server, answer_of(5) + answer_of(0));
    receive_text(pair_.client);
    EXPECT_TRUE(both_are({.in_flight = 1, .finished = 2}));
    send_text(pair_.server, answer_of(7));
    receive_text(pair_.client);
    EXPECT_TRUE(both_are({.finished = 3}));
}

TEST_F(CallTest, AnswerLargerThanAllBuffersEndsWithItsLastByteOnEachSide)
{
    constexpr std::size_t kBytes = 24 << 20;
    send_text(pair_.client, kGetA);
    receive_text(pair_.server);
    const std::string answer = answer_of(kBytes);
    std::thread server([&] { send_text(pair_.server, answer); });
    receive_bytes(pair_.client,
                  10); // up to its status; then the reader pauses: the server stands in its send
    EXPECT_TRUE(both_states_are("response"));
    EXPECT_TRUE(both_are({.in_flight = 1}));
    receive_bytes(pair_.client, answer.size() - 11);
    server.join();
    EXPECT_TRUE(calls_are(in_, {.finished = 1}));
    EXPECT_TRUE(calls_are(out_, {.in_flight = 1}));
    receive_bytes(pair_.client, 1);
    EXPECT_TRUE(both_are({.finished = 1}));
}

TEST_F(CallTest, BodyBySendfileIsNotReadAndStillEndsExactly)
{
    send_text(pair_.client, kGetA);
    receive_text(pair_.server);
    const Fd file(::memfd_create("body", MFD_CLOEXEC));
    ASSERT_EQ(::ftruncate(file.get(), 5000), 0);
    send_text(pair_.server, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
    ASSERT_EQ(::sendfile(pair_.server.get(), file.get(), nullptr, 4999), 4999);
    receive_bytes(pair_.client, 41 + 4999);
    EXPECT_TRUE(both_states_are("response"));
    ASSERT_EQ(::sendfile(pair_.server.get(), file.get(), nullptr, 1), 1);
    receive_bytes(pair_.client, 1);
    EXPECT_TRUE(both_are({.finished = 1}));
}

TEST_F(CallTest, BodyTakenBySpliceStillEndsExactly)
{
    send_text(pair_.client, kGetA);
    receive_text(pair_.server);
    send_text(pair_.server, answer_of(3000).substr(0, 41)); // the head alone
    receive_bytes(pair_.client, 41);
    send_text(pair_.server, std::string(3000, 'x'));
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const Fd from(ends[0]);
    const Fd to(ends[1]);
    ssize_t spliced = 0;
    while (spliced < 3000) {
        const ssize_t some = ::splice(pair_.client.get(), nullptr, to.get(), nullptr, 3000, 0);
        ASSERT_GT(some, 0);
        spliced += some;
    }
    EXPECT_TRUE(both_are({.finished = 1}));
}

TEST_F(CallTest, HeadInManyPiecesOfOneMessageIsRead)
{
    std::string pieces[] = {"GET ", "/x", " HTTP/1.1", "\r\n", "Content-Len", "gth: 2", "\r\n\r\n", "ab"};
    std::vector<iovec> message;
    for (std::string& piece : pieces)
        message.push_back({piece.data(), piece.size()});
    ASSERT_EQ(::writev(pair_.client.get(), message.data(), static_cast<int>(message.size())), 40);
    receive_bytes(pair_.server, 40);
    EXPECT_TRUE(both_states_are("waiting"));
    send_text(pair_.server, answer_of(1));
    receive_text(pair_.client);
    EXPECT_TRUE(both_are({.finished = 1}));
}

TEST_F(CallTest, LookedAtFirstAndTakenLaterIsCountedOnce)
{
    send_text(pair_.client, kGetA);
    char peeked[64];
    ASSERT_GT(::recv(pair_.server.get(), peeked, sizeof(peeked), MSG_PEEK), 0);
    ASSERT_GT(::recv(pair_.server.get(), peeked, sizeof(peeked), MSG_PEEK), 0);
    receive_text(pair_.server);
    EXPECT_TRUE(both_are({.in_flight = 1}));
    send_text(pair_.server, answer_of(1));
    receive_text(pair_.client);
    EXPECT_TRUE(both_are({.finished = 1}));
}

// With the time at which something was sent the kernel gives back what was sent, by the same way as what was
// received.
TEST_F(CallTest, AnswerIsSeenThoughTheRequestIsTakenBackWithItsTimestamp)
{
    set_option(pair_.client, SOL_SOCKET, SO_TIMESTAMPING,
               SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE);
    send_text(pair_.client, kGetA);
    receive_text(pair_.server);
    pollfd errors{pair_.client.get(), 0, 0};
    ASSERT_EQ(::poll(&errors, 1, 10000), 1);
    char sent[256];
    ASSERT_GT(::recv(pair_.client.get(), sent, sizeof(sent), MSG_ERRQUEUE), 0);
    send_text(pair_.server, answer_of(1));
    receive_text(pair_.client);
    EXPECT_TRUE(both_are({.finished = 1}));
}

TEST_F(CallTest, OfAClientThatVanishesIsAborted)
{
    send_text(pair_.client, kGetA);
    receive_text(pair_.server);
    reset(pair_.client);
    EXPECT_TRUE(both_are({.finished = 1, .outcomes = {{"aborted", 1}}}));
}

// A lingering close: the server has shut down, and takes what lies there to throw it away.
TEST_F(CallTest, DrainedAfterTheServerHasShutDownIsNone)
{
    send_text(pair_.client, kGetA);
    receive_text(pair_.server);
    send_text(pair_.server, answer_of(1));
    receive_text(pair_.client);
    EXPECT_TRUE(both_are({.finished = 1}));
    send_text(pair_.client, kGetA);
    EXPECT_TRUE(calls_are(out_, {.in_flight = 1, .finished = 1}));
    ASSERT_EQ(::shutdown(pair_.server.get(), SHUT_RDWR), 0);
    EXPECT_EQ(receive_text(pair_.server), kGetA);
    close(pair_.server);
    close(pair_.client);
    EXPECT_TRUE(calls_are(out_, {.finished = 2, .outcomes = {{"aborted", 1}}}));
    EXPECT_TRUE(calls_are(in_, {.finished = 1}));
}

TEST_F(CallTest, WhoseAnswerEndsWithTheConnectionLastsUntilThen)
{
    send_text(pair_.client, kGetA);
    receive_text(pair_.server);
    send_text(pair_.server, "HTTP/1.0 200 OK\r\n\r\nhello");
    receive_text(pair_.client);
    EXPECT_TRUE(both_states_are("response"));
    close(pair_.server);
    close(pair_.client);
    EXPECT_TRUE(both_are({.finished = 1}));
}

TEST_F(CallTest, OfAnUnknownProtocolIsToldByTimingAndSaysSo)
{
    for (int call = 0; call < 3; ++call) {
        send_text(pair_.client, "\x16\x03\x01zz");
        receive_text(pair_.server);
        EXPECT_TRUE(both_states_are("waiting"));
        send_text(pair_.server, "\x16\x03\x01yyyy");
        receive_text(pair_.client);
        EXPECT_TRUE(both_states_are("answered"));
    }
    const CallCounts counts{.finished = 3, .outcomes = {{"unknown", 3}}, .by_timing = 3};
    EXPECT_TRUE(both_are(counts));
}

std::string postgresql_message(char type, const std::string& body)
{
    return std::string(1, type) + std::string("\0\0\0", 3) + static_cast<char>(body.size() + 4) + body;
}

TEST_F(CallTest, OfRedisAndPostgresqlEndWhereTheirProtocolSays)
{
    send_text(pair_.client, "*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
    receive_text(pair_.server);
    EXPECT_TRUE(both_are({.in_flight = 1}));
    send_text(pair_.server, "+PONG\r\n-ERR no\r\n");
    receive_text(pair_.client);
    EXPECT_TRUE(both_are({.finished = 2, .outcomes = {{"error", 1}}}));

    const Pair other = place_.establish(listener_);
    send_text(other.client, postgresql_message('Q', std::string("select pg_sleep(1), 'a literal';\0", 33)));
    receive_text(other.server);
    EXPECT_TRUE(both_are({.in_flight = 1, .finished = 2, .outcomes = {{"error", 1}}}));
    send_text(other.server, postgresql_message('C', std::string("SELECT 1\0", 9)));
    receive_text(other.client);
    EXPECT_TRUE(both_are({.in_flight = 1, .finished = 2, .outcomes = {{"error", 1}}}));
    send_text(other.server, postgresql_message('Z', "I"));
    receive_text(other.client);
    EXPECT_TRUE(both_are({.finished = 3, .outcomes = {{"error", 1}}}));
}

TEST_F(CallTest, OfADatabaseTellsWhetherATransactionIsOpenBehindIt)
{
    const auto asks = [&](const char* sql, const char* status) {
        send_text(pair_.client, postgresql_message('Q', sql + std::string(1, '\0')));
        receive_text(pair_.server);
        send_text(pair_.server, postgresql_message('Z', status));
        receive_text(pair_.client);
    };
    asks("select 1", "I");
    EXPECT_TRUE(both_have("in_transaction", false));
    asks("begin", "T");
    EXPECT_TRUE(both_have("in_transaction", true));
    asks("selec", "E");
    EXPECT_TRUE(both_have("in_transaction", true)) << "a failed one has to be ended, too";
    asks("rollback", "I");
    EXPECT_TRUE(both_have("in_transaction", false));
}

// A pool's connection that has subscribed serves nothing else, until its last subscription is gone.
TEST_F(CallTest, OfRedisThatSubscribesLastsUntilItUnsubscribes)
{
    send_text(pair_.client, "*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\na\r\n");
    receive_text(pair_.server);
    send_text(pair_.server, "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n");
    receive_text(pair_.client);
    for (int message = 0; message < 3; ++message) {
        send_text(pair_.server, "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n");
        receive_text(pair_.client);
    }
    EXPECT_TRUE(both_states_are("response"));
    EXPECT_TRUE(both_are({.in_flight = 1}));
    send_text(pair_.client, "*1\r\n$11\r\nUNSUBSCRIBE\r\n");
    receive_text(pair_.server);
    EXPECT_TRUE(both_are({.in_flight = 1}));
    send_text(pair_.server, "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n");
    receive_text(pair_.client);
    EXPECT_TRUE(both_are({.finished = 1}));
    send_text(pair_.client, "*1\r\n$4\r\nPING\r\n");
    receive_text(pair_.server);
    close(pair_.client);
    close(pair_.server);
    EXPECT_TRUE(both_are({.finished = 2, .outcomes = {{"aborted", 1}}}));
}

TEST_F(CallTest, OfRedisThatMonitorsLastsUntilTheClose)
{
    send_text(pair_.client, "*1\r\n$7\r\nMONITOR\r\n");
    receive_text(pair_.server);
    send_text(pair_.server, "+OK\r\n");
    receive_text(pair_.client);
    send_text(pair_.server, "+1339518083.107412 [0 127.0.0.1:60866] \"keys\" \"*\"\r\n");
    receive_text(pair_.client);
    EXPECT_TRUE(both_states_are("response"));
    close(pair_.client);
    close(pair_.server);
    EXPECT_TRUE(both_are({.finished = 1}));
}

TEST_F(CallTest, IsNotAnsweredByAnInterimAnswer)
{
    send_text(pair_.client, "PUT /p HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    receive_text(pair_.server);
    send_text(pair_.server, "HTTP/1.1 100 Continue\r\n\r\n");
    receive_text(pair_.client);
    EXPECT_TRUE(both_states_are("request"));
    send_text(pair_.client, "hello");
    receive_text(pair_.server);
    EXPECT_TRUE(both_states_are("waiting"));
    send_text(pair_.server, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    receive_text(pair_.client);
    EXPECT_TRUE(both_states_are("waiting"));
    send_text(pair_.server, answer_of(10).substr(0, 45));
    receive_text(pair_.client);
    EXPECT_TRUE(both_states_are("response"));
    send_text(pair_.server, answer_of(10).substr(45));
    receive_text(pair_.client);
    EXPECT_TRUE(both_are({.finished = 1}));
}

// A limit that counts calls: pooled connections do not fill it, and its holders are calls.
TEST(CallLimit, CountsCallsAndNotThePooledConnectionsBesideThem)
{
    const Place place(Path::loopback4);
    AgentOptions options;
    options.arguments = {"--limit", "app=" + to_string(place.target()) + ":2/calls"};
    Agent agent(options);
    const Fd listener = place.listen();
    std::vector<Pair> pool;
    for (int index = 0; index < 5; ++index)
        pool.push_back(place.establish(listener));
    BackendRef out = place.outbound();
    out.name = "app";
    const auto slots_are = [&](std::uint64_t in_use, std::uint64_t hits) {
        return eventually([&] {
            const json backend = look_at(agent, out);
            const json& slots = backend.at("slots");
            return slots.at("kind") == "calls" && slots.at("in_use") == in_use &&
                   slots.at("limit_hits") == hits && backend.at("connections").at("open") == 5;
        });
    };
    EXPECT_TRUE(slots_are(0, 0));
    send_text(pool[0].client, kGetA);
    send_text(pool[3].client, kGetA);
    EXPECT_TRUE(slots_are(2, 1));
    const json page = agent.get("/v1/holders?backend=app&direction=outbound");
    ASSERT_EQ(page.at("total"), 2);
    for (const json& holder : page.at("holders")) {
        EXPECT_EQ(holder.at("slot"), "call");
        EXPECT_EQ(holder.at("state"), "waiting");
    }
    EXPECT_TRUE(eventually(
        [&] { return agent.get("/v1/holders?backend=app&captured=1&direction=outbound").at("total") == 2; }));
    receive_text(pool[0].server);
    send_text(pool[0].server, answer_of(3));
    receive_text(pool[0].client);
    EXPECT_TRUE(slots_are(1, 1));
    EXPECT_EQ(agent.stop().exit, 0) << agent.log();
}

} // namespace
} // namespace slotscope::live
