// SPDX-License-Identifier: MIT
// How many slots there are, of what, and where that number is written.
#pragma once

#include "model/address.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope {

enum class Direction : std::uint8_t { outbound = 0, inbound = 1 };
enum class SlotKind : std::uint8_t { connections = 0, calls = 1 };

std::string_view to_string(Direction direction);
std::string_view to_string(SlotKind kind);

struct Limit {
    std::string name;                // of the backend
    std::vector<Endpoint> addresses; // several: they share the slots of one backend
    std::uint32_t slots = 0;         // at least 1
    SlotKind kind = SlotKind::connections;
    std::optional<Direction> direction; // absent: it holds for each side that this host sees
    std::string source;                 // where the number is written: "--limit", "slotscope.toml:12"
    int line = 0;                       // for messages; 0 where there is none

    bool operator==(const Limit&) const = default;
};

// A limit as people see it.
struct LimitView {
    Limit limit;
    std::string note; // why it is not (wholly) in force; empty: it is
};

} // namespace slotscope
