// SPDX-License-Identifier: MIT
// How connections end in peace: by either side, by halves, both at once.
#include "harness/fixture.h"

#include <netinet/tcp.h>

namespace slotscope::live {
namespace {

class Close : public EveryPath {};
INSTANTIATE_TEST_SUITE_P(Over, Close, testing::ValuesIn(kEveryPath), path_name);

TEST_P(Close, ByClientHoldsTheServersSlotUntilTheServerClosesToo)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    EXPECT_TRUE(shows(out_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(shows(in_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(one_holder_in(out_, "established"));
    EXPECT_TRUE(one_holder_in(in_, "established"));

    close(pair.client);
    await_state(pair.server, TCP_CLOSE_WAIT);
    EXPECT_TRUE(shows(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(shows(in_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(one_holder_in(in_, "peer_closed"));

    close(pair.server);
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_P(Close, ByServerHoldsTheClientsSlotUntilTheClientClosesToo)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    close(pair.server);
    await_state(pair.client, TCP_CLOSE_WAIT);
    EXPECT_TRUE(shows(in_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(shows(out_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(one_holder_in(out_, "peer_closed"));

    close(pair.client);
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_P(Close, AfterRequestAndResponseIsAClose)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    for (int call = 0; call < 3; ++call) {
        send_text(pair.client, "request");
        EXPECT_EQ(receive_text(pair.server), "request");
        send_text(pair.server, "response");
        EXPECT_EQ(receive_text(pair.client), "response");
    }
    EXPECT_TRUE(one_holder(agent(), out_, "with its bytes", [](const nlohmann::json& holder) {
        return holder.at("bytes_sent") == 21 && holder.at("bytes_received") == 24 &&
               holder.at("last_io") == "received" && holder.at("last_io_seconds").is_number();
    }));
    EXPECT_TRUE(one_holder(agent(), in_, "with its bytes", [](const nlohmann::json& holder) {
        return holder.at("bytes_sent") == 24 && holder.at("bytes_received") == 21 &&
               holder.at("last_io") == "sent" && holder.at("last_io_seconds").is_number();
    }));
    close(pair.client);
    close(pair.server);
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_P(Close, HalfCloseByClientKeepsBothSlots)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    shut_down_sending(pair.client);
    EXPECT_EQ(receive_text(pair.server), "");
    EXPECT_TRUE(shows(out_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(shows(in_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(one_holder_in(out_, "half_closed"));
    EXPECT_TRUE(one_holder_in(in_, "peer_closed"));

    send_text(pair.server, "still talking");
    EXPECT_EQ(receive_text(pair.client), "still talking");
    close(pair.server);
    EXPECT_EQ(receive_text(pair.client), "");
    // Both directions are done: the kernel forgets the connection, although the client still has its file.
    EXPECT_TRUE(shows(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(shows(in_, {.opened = 1, .closed = 1, .peak = 1}));
    close(pair.client);
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_P(Close, HalfCloseByServerKeepsBothSlots)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    shut_down_sending(pair.server);
    EXPECT_EQ(receive_text(pair.client), "");
    EXPECT_TRUE(one_holder_in(out_, "peer_closed"));
    EXPECT_TRUE(one_holder_in(in_, "half_closed"));
    EXPECT_TRUE(shows(out_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(shows(in_, {.opened = 1, .in_use = 1, .peak = 1}));

    close(pair.server); // waits for the client, in FIN_WAIT2
    EXPECT_TRUE(shows(in_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(shows(out_, {.opened = 1, .in_use = 1, .peak = 1}));
    close(pair.client);
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_P(Close, ShutDownOfBothDirectionsThenCloseEndsOnce)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    must(::shutdown(pair.client.get(), SHUT_RDWR), "shutdown");
    EXPECT_EQ(receive_text(pair.server), "");
    must(::shutdown(pair.server.get(), SHUT_RDWR), "shutdown");
    EXPECT_TRUE(shows(in_, {.opened = 1, .closed = 1, .peak = 1}));
    close(pair.client);
    close(pair.server);
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_P(Close, OfManyInAnyOrderLeavesNothing)
{
    constexpr std::uint64_t kMany = 50;
    const Fd listener = place_.listen();
    std::vector<Pair> pairs;
    for (std::uint64_t index = 0; index < kMany; ++index)
        pairs.push_back(place_.establish(listener));
    EXPECT_TRUE(shows(out_, {.opened = kMany, .in_use = kMany, .peak = kMany}));
    EXPECT_TRUE(shows(in_, {.opened = kMany, .in_use = kMany, .peak = kMany}));
    for (std::size_t index = 0; index < pairs.size(); index += 2) {
        close(pairs[index].client);
        close(pairs[index].server);
    }
    EXPECT_TRUE(shows(out_, {.opened = kMany, .closed = kMany / 2, .in_use = kMany / 2, .peak = kMany}));
    EXPECT_TRUE(shows(in_, {.opened = kMany, .closed = kMany / 2, .in_use = kMany / 2, .peak = kMany}));
    for (Pair& pair : pairs) {
        close(pair.server);
        close(pair.client);
    }
    EXPECT_TRUE(stays(out_, {.opened = kMany, .closed = kMany, .peak = kMany}));
    EXPECT_TRUE(stays(in_, {.opened = kMany, .closed = kMany, .peak = kMany}));
}

// The FIN of each side is lost until both have sent one: both then pass through CLOSING.
class CloseAcross : public EveryPath {};
INSTANTIATE_TEST_SUITE_P(Over, CloseAcross, testing::Values(Path::veth4, Path::veth6, Path::mapped),
                         path_name);

TEST_P(CloseAcross, BothAtOnceGivesBothSlotsBackAtOnce)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    place_.link().cut_to_left();
    place_.link().cut_to_right();
    close(pair.client);
    close(pair.server);
    EXPECT_TRUE(
        shows(out_, {.opened = 1, .in_use = 0, .peak = 1})); // open: the kernel still wants to send its FIN
    EXPECT_TRUE(shows(in_, {.opened = 1, .in_use = 0, .peak = 1}));
    place_.link().mend_to_right();
    place_.link().mend_to_left();
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_P(CloseAcross, HalfCloseByBothAtOnceEndsOnce)
{
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    place_.link().cut_to_left();
    place_.link().cut_to_right();
    shut_down_sending(pair.client);
    shut_down_sending(pair.server);
    EXPECT_TRUE(one_holder_in(out_, "half_closed"));
    EXPECT_TRUE(one_holder_in(in_, "half_closed"));
    place_.link().mend_to_right();
    place_.link().mend_to_left();
    EXPECT_TRUE(shows(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(shows(in_, {.opened = 1, .closed = 1, .peak = 1}));
    close(pair.client);
    close(pair.server);
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_P(CloseAcross, PeerThatNeverAnswersTheFinKeepsTheSocketButNoSlot)
{
    place_.client_side().sysctl("ipv4/tcp_orphan_retries", "2");
    const Fd listener = place_.listen();
    Pair pair = place_.establish(listener);
    place_.link().cut_to_right();
    close(pair.client);
    EXPECT_TRUE(shows(out_, {.opened = 1, .in_use = 0, .peak = 1}));
    EXPECT_TRUE(shows(in_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(shows(out_, {.opened = 1, .closed = 1, .peak = 1})); // the kernel gives up
    place_.link().mend_to_right();
    close(pair.server);
    EXPECT_TRUE(stays(in_, {.opened = 1, .closed = 1, .peak = 1}));
}

} // namespace
} // namespace slotscope::live
