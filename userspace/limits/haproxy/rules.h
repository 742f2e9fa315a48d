// SPDX-License-Identifier: MIT
// What one slot is in HAProxy.
#pragma once

namespace slotscope::limits::haproxy {

inline constexpr const char* kHttpSlot =
    "a request being served by the server, reserved before the connection is made; "
    "idle pooled connections are not counted; the next ones wait in the queue";
inline constexpr const char* kTcpSlot =
    "a connection to the server, from before it is made; the next ones wait in the queue";
inline constexpr const char* kFrontSlot =
    "an accepted connection of a client, idle ones too; the next ones wait in the listen backlog";

} // namespace slotscope::limits::haproxy
