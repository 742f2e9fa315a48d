// SPDX-License-Identifier: MIT
// Moving a file out of the way without losing it.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace slotscope::store {

// Of those set aside so many are kept, the newest.
inline constexpr std::size_t kMostSetAside = 3;

// Renames FILE (and SQLite's files beside it) to "FILE.damaged-20260131T081530Z", with a number behind it
// where there is one already. Gives the new path.
Result<std::string> set_aside(const std::string& file, std::chrono::system_clock::time_point now);

// The next id as a damaged history says it, where that can still be read; else 0.
std::uint64_t next_id_of_damaged(const std::string& file);

} // namespace slotscope::store
