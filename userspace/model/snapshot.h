// SPDX-License-Identifier: MIT
// What readers get: everything the agent knows at one moment, never changed afterwards.
#pragma once

#include "model/backend.h"
#include "model/status.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace slotscope {

struct Snapshot {
    std::chrono::system_clock::time_point at;
    std::uint64_t at_ns = 0; // the same moment, CLOCK_MONOTONIC
    // What `other` has counted by itself: without the part of backends that were folded into it since.
    std::optional<BackendCounters> other_alone; // absent: that is all
    std::vector<Backend> backends;              // fullest first; those that share a limit's name side by side
    std::vector<Reason> losses;                 // what was missed; complete means that all counts are 0
    std::vector<Reason> losses_recent; // those that make counts wrong now, with what was missed lately
    std::vector<Reason> repairs;       // what was noticed late and put right
    AgentStatus agent;

    bool complete() const;
};

inline bool Snapshot::complete() const
{
    for (const Reason& loss : losses)
        if (loss.count != 0)
            return false;
    return true;
}

} // namespace slotscope
