// SPDX-License-Identifier: MIT
// Numbers for people: short, never more precise than useful, and rounded down, so that 100% means full.
#pragma once

#include <cstdint>
#include <string>

namespace slotscope::cli {

// "0s", "<1µs", "850µs", "1.5ms", "12ms", "3.2s", "42s", "4m10s", "12m", "2h05m", "3d4h", "120d". Below 0 is
// 0.
std::string duration_text(double seconds);

// "118 B", "1.2 KiB", "12.3 KiB", "123 KiB", up to EiB.
std::string size_text(std::uint64_t bytes);

// "0/s", "0.02/s", "12.5/s", "123/s", "1.2k/s".
std::string rate_text(double per_second);

// "99999", then "123k", "12.3M": for counters that only grow.
std::string count_text(std::uint64_t count);

// Whole percent that `part` is of `whole`, rounded down; 100 where whole is 0, at most 9999.
unsigned percent_of(std::uint64_t part, std::uint64_t whole);

// "3 backends", "1 backend".
std::string counted(std::uint64_t count, const std::string& singular);

} // namespace slotscope::cli
