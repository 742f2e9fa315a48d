// SPDX-License-Identifier: MIT
// Clocks, read in one place. Everything that analyses takes time as an argument instead.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace slotscope {

inline constexpr double kNanoseconds = 1e9; // in a second
inline constexpr std::uint64_t kSecond_ns = 1'000'000'000;

// CLOCK_MONOTONIC in nanoseconds: the clock of bpf_ktime_get_ns, so kernel and userspace times compare.
std::uint64_t monotonic_ns();

// Of the calling thread, likewise: what it works, not what it waits for on a busy host.
std::uint64_t thread_cpu_ns();

constexpr double seconds_of(std::uint64_t ns)
{
    return static_cast<double>(ns) / kNanoseconds;
}

// 0 where TO lies before FROM.
double seconds_between(std::uint64_t from_ns, std::uint64_t to_ns);

// RFC 3339 in UTC with milliseconds, as in "2026-01-31T08:15:30.250Z".
std::string rfc3339(std::chrono::system_clock::time_point at);

} // namespace slotscope
