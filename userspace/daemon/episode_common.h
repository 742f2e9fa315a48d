// SPDX-License-Identifier: MIT
// Small things that the files about episodes share.
#pragma once

#include "analyze/rates.h"
#include "analyze/second.h"
#include "daemon/episodes.h"
#include "model/backend.h"

#include <chrono>
#include <cstdint>
#include <vector>

namespace slotscope::daemon {

// Seconds that begin in [from, to).
inline std::vector<analyze::Second> between(const std::vector<analyze::Second>& seconds,
                                            std::chrono::system_clock::time_point from,
                                            std::chrono::system_clock::time_point to)
{
    std::vector<analyze::Second> result;
    for (const analyze::Second& each : seconds)
        if (each.window.begin >= from && each.window.begin < to)
            result.push_back(each);
    return result;
}

constexpr std::uint64_t kMoment_ns = 200'000'000; // too short to say how full it was

// A limit is full when calls are told by timing, too, though it looks less so: then a call gives its slot
// back with the first byte of its answer. From this share of the time on it is saturated.
inline double flickers_share(const BackendCounters& counters)
{
    return 2 * counters.calls.by_timing > counters.calls.finished() ? 0.18 : 0.3;
}

// Whether what is usual for calls (or connections) says something of these seconds. Where nothing has come or
// gone in them, that is how it was until the trouble.
inline bool is_comparable(analyze::Unit usual, const std::vector<analyze::Second>& seconds)
{
    const analyze::Second all = analyze::joined(seconds);
    const bool moved =
        all.connections.arrivals + all.connections.completions + all.calls.arrivals + all.calls.completions !=
        0;
    return !moved || analyze::unit_of(seconds) == usual;
}

// Answers that said that there is no room.
inline std::uint64_t unavailable(const BackendCounters& counters)
{
    return counters.calls.outcomes[static_cast<std::size_t>(CallOutcome::unavailable)];
}

// Connects that were refused besides.
inline std::uint64_t turned_away(const BackendCounters& counters)
{
    return unavailable(counters) + counters.failed[static_cast<std::size_t>(Failure::refused)];
}

// From the second of the hit on: a rise before it belongs to neither side, and would only blur the
// difference.
inline SystemTime trouble_begin(const Watched& watched)
{
    if (watched.trouble != analyze::Trouble::limit)
        return watched.onset;
    return std::max(watched.onset, watched.began - std::chrono::seconds(1));
}

// What comes after it, until it counts as over, is not part of it.
inline SystemTime trouble_end(const Watched& watched)
{
    return watched.trouble_at + std::chrono::milliseconds(300);
}

} // namespace slotscope::daemon
