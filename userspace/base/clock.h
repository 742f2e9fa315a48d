// SPDX-License-Identifier: MIT
// Clocks, read in one place. Everything that analyses takes time as an argument instead.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace slotscope {

// CLOCK_MONOTONIC in nanoseconds: the clock of bpf_ktime_get_ns, so kernel and userspace times compare.
std::uint64_t monotonic_ns();

// RFC 3339 in UTC with milliseconds, as in "2026-01-31T08:15:30.250Z".
std::string rfc3339(std::chrono::system_clock::time_point at);

} // namespace slotscope
