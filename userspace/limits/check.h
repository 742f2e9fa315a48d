// SPDX-License-Identifier: MIT
// What every limit must hold, wherever it was written.
#pragma once

#include "model/limit.h"

#include <optional>
#include <string_view>
#include <vector>

namespace slotscope::limits {

inline constexpr std::size_t kLongestName = 64;

// Is it fit to name a backend? 1 to 64 ASCII letters, digits and any of . _ - : @ / and the first a letter or
// a digit: what a table, a Prometheus label and a query string can carry as it is.
Result<void> check_name(std::string_view name);

// parse_endpoint, but control characters (which a message or a table cannot show) are an Error.
Result<Endpoint> parse_limit_address(std::string_view text);

// "connections" or "calls"; "outbound" or "inbound". Absent for any other word.
std::optional<SlotKind> slot_kind_named(std::string_view word);
std::optional<Direction> direction_named(std::string_view word);

// Do both count connections of the same direction? One without a direction counts both.
bool directions_overlap(const Limit& left, const Limit& right);

// Can they hold together? No two for one name, or for one address, in the same direction; no address twice in
// one limit. The Error has a line for each conflict, and each line names both sources.
Result<void> check_limits(const std::vector<Limit>& limits);

} // namespace slotscope::limits
