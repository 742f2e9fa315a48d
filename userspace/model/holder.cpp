// SPDX-License-Identifier: MIT
#include "model/holder.h"

namespace slotscope {

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
