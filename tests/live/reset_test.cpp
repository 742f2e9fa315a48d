// SPDX-License-Identifier: MIT
// Ends by reset: only one that meets an outstanding request is a failure, and only for the side that did not
// send it.
#include "harness/fixture.h"
#include "harness/wait.h"

#include <netinet/tcp.h>

namespace slotscope::live {
namespace {

class Reset : public EveryPath {
  protected:
    const Counts closed_{.opened = 1, .closed = 1, .peak = 1};
    const Counts reset_{.opened = 1, .failed = {{"reset", 1}}, .peak = 1};

    void request()
    {
        send_text(pair_.client, "request");
        EXPECT_EQ(receive_text(pair_.server), "request");
    }
    void response()
    {
        send_text(pair_.server, "response");
        EXPECT_EQ(receive_text(pair_.client), "response");
    }

    Fd listener_ = place_.listen();
    Pair pair_ = place_.establish(listener_);
};
INSTANTIATE_TEST_SUITE_P(Over, Reset, testing::ValuesIn(kEveryPath), path_name);

TEST_P(Reset, ByClientWhileIdleIsACloseForBoth)
{
    reset(pair_.client);
    await_state(pair_.server, TCP_CLOSE);
    EXPECT_TRUE(shows(out_, closed_));
    EXPECT_TRUE(shows(in_, closed_)); // the server still has its file; the kernel has no connection any more
    close(pair_.server);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_P(Reset, ByServerWhileIdleIsACloseForBoth)
{
    reset(pair_.server);
    await_state(pair_.client, TCP_CLOSE);
    EXPECT_TRUE(shows(out_, closed_));
    close(pair_.client);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, closed_));
}

// The FIN stands in the kernel's byte counts; it is no request.
TEST_P(Reset, ByClientThatOnlySaidGoodbyeIsACloseForBoth)
{
    must(::shutdown(pair_.client.get(), SHUT_WR), "shutdown");
    EXPECT_EQ(receive_text(pair_.server), "");
    reset(pair_.client);
    await_state(pair_.server, TCP_CLOSE);
    close(pair_.server);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_P(Reset, ByServerWithRequestOutstandingIsAFailureOfTheClientsConnection)
{
    request();
    reset(pair_.server);
    await_state(pair_.client, TCP_CLOSE);
    close(pair_.client);
    EXPECT_TRUE(stays(out_, reset_));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_P(Reset, ByClientWithRequestOutstandingIsAFailureOfTheServersConnection)
{
    request();
    reset(pair_.client);
    await_state(pair_.server, TCP_CLOSE);
    close(pair_.server);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, reset_));
}

TEST_P(Reset, ByClientAfterTheResponseIsAClose)
{
    request();
    response();
    reset(pair_.client);
    await_state(pair_.server, TCP_CLOSE);
    close(pair_.server);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_P(Reset, ByServerAfterTheResponseIsAClose)
{
    request();
    response();
    reset(pair_.server);
    await_state(pair_.client, TCP_CLOSE);
    close(pair_.client);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_P(Reset, OfTheSecondRequestIsAFailure)
{
    request();
    response();
    request();
    reset(pair_.server);
    await_state(pair_.client, TCP_CLOSE);
    close(pair_.client);
    EXPECT_TRUE(stays(out_, reset_));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_P(Reset, CausedByUnreadDataAtCloseIsAFailureOfTheOneWhoseRequestWasNotRead)
{
    send_text(pair_.client, "never read");
    ASSERT_TRUE(eventually([&] {
        char byte = 0;
        return ::recv(pair_.server.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
    }));
    close(pair_.server); // the kernel answers unread data with a reset
    await_state(pair_.client, TCP_CLOSE);
    close(pair_.client);
    EXPECT_TRUE(stays(out_, reset_));
    EXPECT_TRUE(stays(in_, closed_));
}

TEST_P(Reset, AfterHalfCloseWithRequestOutstandingIsAFailureOfTheServersConnection)
{
    request();
    shut_down_sending(pair_.client);
    await_state(pair_.server, TCP_CLOSE_WAIT);
    reset(pair_.client);
    await_state(pair_.server, TCP_CLOSE);
    close(pair_.server);
    EXPECT_TRUE(stays(out_, closed_));
    EXPECT_TRUE(stays(in_, reset_));
}

TEST_P(Reset, OfAHalfClosedClientWithRequestOutstandingIsAFailure)
{
    request();
    shut_down_sending(pair_.client);
    await_state(pair_.server, TCP_CLOSE_WAIT);
    reset(pair_.server);
    await_state(pair_.client, TCP_CLOSE);
    close(pair_.client);
    EXPECT_TRUE(stays(out_, reset_));
    EXPECT_TRUE(stays(in_, closed_));
}

// The peer is gone without a word: the kernel ends an established connection by itself.
class Silence : public EveryPath {};
INSTANTIATE_TEST_SUITE_P(Over, Silence, testing::Values(Path::veth4, Path::veth6, Path::mapped), path_name);

TEST_P(Silence, UntilTheUserTimeoutIsAClose)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    set_option(pair.client, IPPROTO_TCP, TCP_USER_TIMEOUT, 300);
    place_.link().cut_to_right();
    send_text(pair.client, "lost");
    await_state(pair.client, TCP_CLOSE);
    EXPECT_EQ(pending_error(pair.client), ETIMEDOUT);
    EXPECT_TRUE(shows(out_, {.opened = 1, .closed = 1, .peak = 1}));
    close(pair.client);
    place_.link().mend_to_right();
    close(pair.server);
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
}

} // namespace
} // namespace slotscope::live
