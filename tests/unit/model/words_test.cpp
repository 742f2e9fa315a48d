// SPDX-License-Identifier: MIT
// The words of the contract for values that are enumerated.
#include "model/holder.h"
#include "model/limit.h"

#include <gtest/gtest.h>

namespace slotscope {
namespace {

TEST(Words, NameDirectionsAndKindsOfSlots)
{
    EXPECT_EQ(to_string(Direction::outbound), "outbound");
    EXPECT_EQ(to_string(Direction::inbound), "inbound");
    EXPECT_EQ(to_string(SlotKind::connections), "connections");
    EXPECT_EQ(to_string(SlotKind::calls), "calls");
}

TEST(Words, NameTheStatesOfAConnection)
{
    EXPECT_EQ(to_string(ConnectionState::connecting), "connecting");
    EXPECT_EQ(to_string(ConnectionState::established), "established");
    EXPECT_EQ(to_string(ConnectionState::peer_closed), "peer_closed");
    EXPECT_EQ(to_string(ConnectionState::half_closed), "half_closed");
    EXPECT_EQ(to_string(ConnectionState::closing), "closing");
    EXPECT_EQ(to_string(ConnectionState::gone), "gone");
}

TEST(Words, AStateThatTheKernelShouldNotSendIsUnknown)
{
    EXPECT_EQ(to_string(static_cast<ConnectionState>(99)), "unknown");
}

} // namespace
} // namespace slotscope
