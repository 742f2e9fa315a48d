// SPDX-License-Identifier: MIT
// Ends by reset where the protocol tells whether an answer is outstanding: who spoke last does not matter
// then.
#include "harness/call_fixture.h"

#include <netinet/tcp.h>
#include <poll.h>

namespace slotscope::live {
namespace {

class CallReset : public CallTest {
  protected:
    void request(const std::string& text) const
    {
        send_text(pair_.client, text);
        receive_text(pair_.server);
    }
    void answer(const std::string& text) const
    {
        send_text(pair_.server, text);
        receive_text(pair_.client);
    }
    // One end resets, the other is told of it and closes.
    static void reset_towards(Fd& from, Fd& to)
    {
        reset(from);
        await_state(to, TCP_CLOSE);
        close(to);
    }

    const Counts closed_{.opened = 1, .closed = 1, .peak = 1};
    const Counts reset_{.opened = 1, .failed = {{"reset", 1}}, .peak = 1};
};

TEST_F(CallReset, InTheMiddleOfTheAnswerIsAFailureOfTheClientsConnection)
{
    request(kGet);
    answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    reset_towards(pair_.server, pair_.client);
    EXPECT_TRUE(stays(out_, reset_));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_F(CallReset, ByAClientThatDoesNotWaitForAllOfItsAnswerIsAFailureOfTheServersConnection)
{
    request(kGet);
    answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    reset_towards(pair_.client, pair_.server);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, reset_));
}

// 413: the server has answered before the request was over, and does not read the rest of it.
TEST_F(CallReset, AfterTheAnswerIsACloseThoughTheClientWasStillSending)
{
    request("POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\nbegins");
    answer("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    send_text(pair_.client, "goes on");
    reset_towards(pair_.server, pair_.client);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(both_are({.finished = 1, .outcomes = {{"4xx", 1}}}));
}

TEST_F(CallReset, AfterAFarewellIsAClose)
{
    const std::string get = "*1\r\n$4\r\nPING\r\n";
    request(get);
    answer("+PONG\r\n");
    request("\r\n"); // an empty line, which Redis passes over
    reset_towards(pair_.server, pair_.client);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, closed_));
}

// The answer and the reset come before the client has run: it reads the answer from a connection that has
// ended.
TEST_F(CallReset, BehindAnAnswerThatWasNotReadYetIsACloseAndAnUnknownOutcome)
{
    send_text(pair_.client, kGet + kGet);
    receive_bytes(pair_.server, kGet.size());
    send_text(pair_.server, kOk);
    close(pair_.server); // with a request unread: a reset
    await_state(pair_.client, TCP_CLOSE);
    receive_bytes(pair_.client, kOk.size());
    close(pair_.client);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(calls_are(out_, {.finished = 1, .outcomes = {{"unknown", 1}}}));
}

TEST_F(CallReset, CausedByAClientThatClosesWithItsAnswerUnreadIsAnAbort)
{
    request(kGet);
    send_text(pair_.server, kOk);
    pollfd readable{pair_.client.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&readable, 1, 10000), 1);
    close(pair_.client);
    await_state(pair_.server, TCP_CLOSE);
    close(pair_.server);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(calls_are(out_, {.finished = 1, .outcomes = {{"aborted", 1}}}));
    EXPECT_TRUE(calls_are(in_, {.finished = 1}));
}

// It has given up: what the server does with the connection afterwards meets nobody who waits.
TEST_F(CallReset, OfAConnectionThatItsClientHasClosedIsAClose)
{
    send_text(pair_.client, kGet + kGet);
    receive_bytes(pair_.server, kGet.size());
    close(pair_.client);
    await_state(pair_.server, TCP_CLOSE_WAIT);
    close(pair_.server); // with a request unread: a reset
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(both_are({.finished = 1, .outcomes = {{"aborted", 1}}}));
}

} // namespace
} // namespace slotscope::live
