// SPDX-License-Identifier: MIT
// Many seconds in a few numbers: how much came, how long it held, how full it was.
#pragma once

#include "analyze/second.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace slotscope::analyze {

// What the rates are of: calls where the backend's connections carry some, else connections.
enum class Unit : std::uint8_t { calls, connections };

struct Rates {
    double seconds = 0;
    double arrivals_per_second = 0;
    double completions_per_second = 0;
    double peak_arrivals_per_second = 0; // the most over three seconds, or a hold where that is longer
    double in_use = 0;                   // mean of what the rates are of: Little's L
    double slots_in_use = 0;             // mean of the slots
    double connections_in_use = 0;       // mean, whatever the limit counts
    std::uint64_t arrivals = 0;
    std::uint64_t completions = 0;
    // Mean hold. Of what was completed, or what those that are there have taken by now, whichever is more: a
    // hold that lasts is not in the first. Absent where nothing came and nothing was there.
    std::optional<double> hold_seconds;
    std::optional<double> completed_hold_seconds; // mean of those that ended
    std::optional<double> hold_p95_seconds;       // of what was completed
    std::optional<double> hold_p50_seconds;       // likewise, of slots
    std::optional<double> first_byte_seconds;     // mean, of calls
    std::optional<double> accept_wait_seconds;
    double failures_per_second = 0; // to connect
    std::array<std::uint64_t, kFailureReasons> failed{};
    std::uint64_t opened = 0;
    std::uint64_t refusals = 0;
    std::uint64_t limit_hits = 0;
    double at_limit_seconds = 0;
    double by_timing_share = 0;                                     // of the calls that were completed
    std::array<double, kDurationClasses> completions_by_duration{}; // per second
};

// Whether calls are what moves on these connections.
Unit unit_of(std::span<const Second> seconds);

Rates rates_of(std::span<const Second> seconds, Unit unit);

// Where a rise to the limit began: position of the first second that belongs to it. `hit` is the position of
// the second in which the limit was reached. Before that position the use was what it usually was.
std::size_t onset(std::span<const Second> seconds, std::size_t hit);

} // namespace slotscope::analyze
