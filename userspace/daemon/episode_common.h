// SPDX-License-Identifier: MIT
// Small things that the files about episodes share.
#pragma once

#include "analyze/second.h"
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

inline double seconds_of(std::uint64_t ns)
{
    return static_cast<double>(ns) / 1e9;
}

// Answers that said that there is no room.
inline std::uint64_t unavailable(const BackendCounters& counters)
{
    return counters.calls.outcomes[static_cast<std::size_t>(CallOutcome::unavailable)];
}

} // namespace slotscope::daemon
