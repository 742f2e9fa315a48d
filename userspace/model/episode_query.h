// SPDX-License-Identifier: MIT
// Which episodes are asked for.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace slotscope {

struct EpisodeQuery {
    std::string backend; // name or address; empty: all
    // Episodes of which a part lies between the two.
    std::optional<std::chrono::system_clock::time_point> since;
    std::optional<std::chrono::system_clock::time_point> until;
    bool active = false; // only those that last
    std::size_t count = 100;
};

} // namespace slotscope
