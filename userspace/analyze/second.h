// SPDX-License-Identifier: MIT
// What happened to a backend between two looks at its counters: the smallest thing that is remembered.
#pragma once

#include "model/backend.h"
#include "model/episode.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

namespace slotscope::analyze {

// Durations by powers of two: class 0 takes all below 2^21 ns (2.1 ms), class n from 2^(20 + n) ns on, the
// last one all that is longer (from 8.6 s on).
constexpr std::size_t kDurationClasses = 14;
using ByDuration = std::array<std::uint32_t, kDurationClasses>;
// A duration in the middle of the class.
double class_seconds(std::size_t duration_class);

// Things that come, take their time and go: calls, or connections.
struct Flow {
    std::uint64_t arrivals = 0;
    std::uint64_t completions = 0;
    double slot_seconds = 0;  // time integral of those that were there
    double held_seconds = 0;  // sum of the durations of those that were completed
    ByDuration by_duration{}; // of those that were completed; all 0 where histograms were not read

    bool operator==(const Flow&) const = default;
};

struct Second {
    SlotKind kind = SlotKind::connections; // what the limit counts, and so what the window is of
    Window window;
    Flow connections;
    Flow calls;                             // on them, whatever the limit counts; all 0 where none are seen
    std::uint64_t connections_in_use = 0;   // at the end
    std::uint64_t calls_in_flight = 0;      // likewise
    std::uint64_t calls_by_timing = 0;      // of the completions
    std::optional<double> call_p95_seconds; // absent: none was completed, or histograms were not read
    std::uint64_t first_bytes = 0;          // answers that began
    double first_byte_seconds = 0;          // sum of the times until they did
    std::array<std::uint64_t, kFailureReasons> failed{};
    std::uint64_t opened = 0;
    std::uint64_t connecting = 0; // at the end
    std::uint64_t accepted = 0;
    double accept_wait_seconds = 0; // sum

    bool operator==(const Second&) const = default;

    // What the window says, with the sum of durations.
    const Flow& slots() const { return kind == SlotKind::calls ? calls : connections; }
    std::uint64_t failed_to_connect() const;
    // Nothing came, went or was there.
    bool idle() const;
};

// What changed from `before` to `after`, two readings of one record; `before` is empty (all 0) for a record
// that was made in between. Quantiles are there where both have histograms. `begin`: the time of `before`.
// Counters that ran backwards (a record used again) count as nothing.
Second second_between(const BackendCounters& before, const BackendCounters& after,
                      std::chrono::system_clock::time_point begin, double seconds);

// The second as it was for a limit that counts KIND. What another limit said of it (how many there were, that
// it was reached) is left out, and the most that were in use is what was in use at the end: more is not
// known.
void recount(Second& second, SlotKind kind);

// Several in a row as one, by what the limit counted in the last of them. Quantiles become means, weighted by
// the completions. Empty: an empty Second.
Second joined(std::span<const Second> seconds);

// `after` - `before`, bucket by bucket; empty where either was not read.
Histogram difference(const Histogram& before, const Histogram& after);

} // namespace slotscope::analyze
