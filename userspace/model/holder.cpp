// SPDX-License-Identifier: MIT
#include "model/holder.h"

#include <array>

namespace slotscope {

std::string_view to_string(CallState state)
{
    constexpr std::array<std::string_view, 5> kNames = {"idle", "request", "waiting", "response", "answered"};
    return kNames[static_cast<std::size_t>(state)];
}

std::string_view to_string(Protocol protocol)
{
    constexpr std::array<std::string_view, kProtocols> kNames = {
        "", "timing", "http", "fastcgi", "postgresql", "mysql", "redis", "memcached", "http2"};
    return kNames[static_cast<std::size_t>(protocol)];
}

std::string_view to_string(ConnectionState state)
{
    switch (state) {
    case ConnectionState::connecting:
        return "connecting";
    case ConnectionState::established:
        return "established";
    case ConnectionState::peer_closed:
        return "peer_closed";
    case ConnectionState::half_closed:
        return "half_closed";
    case ConnectionState::closing:
        return "closing";
    case ConnectionState::gone:
        return "gone";
    }
    return "unknown";
}

} // namespace slotscope
