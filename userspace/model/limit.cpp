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

std::string_view to_string(Certainty certainty)
{
    switch (certainty) {
    case Certainty::certain:
        return "certain";
    case Certainty::at_most:
        return "at_most";
    case Certainty::moving:
        return "moving";
    case Certainty::unsure:
        break;
    }
    return "unsure";
}

} // namespace slotscope
