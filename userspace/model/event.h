// SPDX-License-Identifier: MIT
// Something that happened, for the stream of `slotscope events`.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace slotscope {

struct Event {
    std::string kind; // "limit_reached", "limit_left", "connections_failed", "limits_changed", "losses"
    std::chrono::system_clock::time_point at;
    std::string backend;                          // name; empty where the event is not about one
    std::string direction;                        // likewise
    std::string text;                             // one sentence for a person
    std::map<std::string, std::uint64_t> numbers; // in_use, limit, limit_hits, holders_captured, …
    std::optional<double> seconds;                // a duration, where there is one
};

} // namespace slotscope
