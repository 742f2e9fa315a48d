// SPDX-License-Identifier: MIT
// Connections that no listener made: opened from both ends at once, or by a socket with itself.
#include "harness/fixture.h"
#include "harness/wait.h"

#include <netinet/tcp.h>

namespace slotscope::live {
namespace {

// Two sockets that connect to each other: each end is outbound, to the other's address.
class BothEndsConnect : public LiveTest {
  protected:
    BothEndsConnect()
    {
        place_.link().cut_to_right();
        place_.link().cut_to_left();
        left_socket_ = socket_at(place_.client_side(), left_);
        right_socket_ = socket_at(place_.server_side(), right_);
        EXPECT_EQ(connect_to(left_socket_, right_, Family::ip4), EINPROGRESS);
        EXPECT_EQ(connect_to(right_socket_, left_, Family::ip4), EINPROGRESS);
    }

    static Fd socket_at(const Namespace& where, const Address& own)
    {
        return where.inside([&] {
            Fd fd = tcp_socket(Family::ip4);
            bind_to(fd, own, Family::ip4);
            set_blocking(fd, false);
            return fd;
        });
    }

    BackendRef towards(const Address& target) const
    {
        BackendRef ref = place_.outbound();
        ref.address = target;
        return ref;
    }

    // SYNs are repeated once a second: the one from the left arrives at the right, which has sent its own.
    void let_left_syn_through() const { place_.link().mend_to_right(); }

    Place place_{Path::veth4};
    Address left_ = address(place_.link().left4(), next_port());
    Address right_ = address(place_.link().right4(), next_port());
    BackendRef from_left_ = towards(right_);
    BackendRef from_right_ = towards(left_);
    Fd left_socket_;
    Fd right_socket_;
};

TEST_F(BothEndsConnect, IsOneOutboundConnectionForEach)
{
    const Counts connecting{.opened = 1, .connecting = 1, .in_use = 1, .peak = 1};
    EXPECT_TRUE(shows(from_left_, connecting));
    EXPECT_TRUE(shows(from_right_, connecting));
    let_left_syn_through();
    place_.link().mend_to_left();
    await_state(left_socket_, TCP_ESTABLISHED);
    await_state(right_socket_, TCP_ESTABLISHED);
    EXPECT_TRUE(shows(from_left_, {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(shows(from_right_, {.opened = 1, .in_use = 1, .peak = 1}));
    close(left_socket_);
    close(right_socket_);
    EXPECT_TRUE(stays(from_left_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(stays(from_right_, {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_F(BothEndsConnect, AndOneIsGoneBeforeTheHandshakeEndsIsAResetWhileConnecting)
{
    let_left_syn_through();
    await_state(right_socket_, TCP_SYN_RECV); // its answer does not reach the left
    EXPECT_TRUE(shows(from_right_, {.opened = 1, .connecting = 1, .in_use = 1, .peak = 1}));
    close(left_socket_);
    EXPECT_TRUE(shows(from_left_, {.opened = 1, .failed = {{"aborted", 1}}, .peak = 1}));
    place_.link().mend_to_left(); // the answer finds nobody there
    await_state(right_socket_, TCP_CLOSE);
    EXPECT_EQ(pending_error(right_socket_), ECONNRESET);
    EXPECT_TRUE(stays(from_right_, {.opened = 1, .failed = {{"reset_connecting", 1}}, .peak = 1}));
    EXPECT_TRUE(stays(from_left_, {.opened = 1, .failed = {{"aborted", 1}}, .peak = 1}));
}

// One socket, both ends: the kernel's list has it once, as an outbound connection.
TEST_F(LiveTest, SocketConnectedToItselfIsOneOutboundConnection)
{
    const Place place(Path::loopback4);
    Fd fd = place.client_socket();
    bind_to(fd, place.target(), place.family());
    ASSERT_EQ(place.connect(fd), 0);
    EXPECT_TRUE(shows(place.outbound(), {.opened = 1, .in_use = 1, .peak = 1}));
    send_text(fd, "to myself");
    EXPECT_EQ(receive_text(fd), "to myself");
    close(fd);
    EXPECT_TRUE(stays(place.outbound(), {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(look_at(agent(), place.inbound()).is_null());
}

} // namespace
} // namespace slotscope::live
