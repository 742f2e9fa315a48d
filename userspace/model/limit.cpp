// SPDX-License-Identifier: MIT
#include "model/limit.h"

namespace slotscope {

std::string_view to_string(Direction direction)
{
    return direction == Direction::outbound ? "outbound" : "inbound";
}

std::string_view to_string(SlotKind kind)
{
    return kind == SlotKind::connections ? "connections" : "calls";
}

} // namespace slotscope
