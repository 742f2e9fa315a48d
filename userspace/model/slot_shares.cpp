// SPDX-License-Identifier: MIT
#include "model/slot_shares.h"

namespace slotscope {

std::string_view slot_state(const Connection& connection)
{
    if (connection.call.state != CallState::none)
        return to_string(connection.call.state);
    switch (connection.state) {
    case ConnectionState::connecting:
    case ConnectionState::peer_closed:
    case ConnectionState::half_closed:
        return to_string(connection.state);
    default:
        break;
    }
    const bool no_owner =
        connection.direction == Direction::inbound && !connection.accepted && connection.pid == 0;
    return no_owner ? "not_accepted" : "idle";
}

} // namespace slotscope
