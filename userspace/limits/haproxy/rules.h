// SPDX-License-Identifier: MIT
// What one slot is in HAProxy, and how its numbers are shown.
#pragma once

#include "limits/run_time.h"

namespace slotscope::limits::haproxy {

inline constexpr const char* kHttpSlot =
    "a request being served by the server, reserved before the connection is made; "
    "idle pooled connections are not counted; the next ones wait in the queue";
inline constexpr const char* kTcpSlot =
    "a connection to the server, from before it is made; the next ones wait in the queue";
inline constexpr const char* kFrontSlot =
    "an accepted connection of a client, idle ones too; the next ones wait in the listen backlog";

// "maxconn 8 (/etc/haproxy/haproxy.cfg:23)"
inline std::string described(const char* what, const Count& count)
{
    return std::string(what) + " " + std::to_string(count.value) + " (" + to_string(count.place) + ")";
}

// As many as fit where there are more.
inline std::uint32_t times(std::uint32_t slots, std::uint32_t count)
{
    return count != 0 && slots > UINT32_MAX / count ? UINT32_MAX : slots * count;
}

} // namespace slotscope::limits::haproxy
