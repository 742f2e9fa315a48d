// SPDX-License-Identifier: MIT
#include "model/episode.h"

#include <algorithm>
#include <array>

namespace slotscope {
namespace {

constexpr std::array<std::string_view, kCauses> kWords = {
    "unknown",       "demand_surge",    "slow_backend",    "slow_dependency",    "limit_too_low",
    "stuck_calls",   "connection_leak", "idle_holders",    "generation_overlap", "accept_stall",
    "serialisation", "slow_reader",     "connect_trouble",
};

} // namespace

std::string_view to_string(Cause cause)
{
    return kWords[static_cast<std::size_t>(cause)];
}

std::optional<Cause> parse_cause(std::string_view word)
{
    const auto* const found = std::find(kWords.begin(), kWords.end(), word);
    if (found == kWords.end())
        return std::nullopt;
    return static_cast<Cause>(found - kWords.begin());
}

} // namespace slotscope
