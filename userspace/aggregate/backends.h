// SPDX-License-Identifier: MIT
// Counters and limits -> the backends of a snapshot.
#pragma once

#include "aggregate/activity.h"
#include "aggregate/backend_names.h"
#include "model/backend.h"
#include "model/limit.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace slotscope::aggregate {

struct Surroundings {
    std::span<const LimitView> limits;                    // counters.group - 1 is the index into it
    std::uint32_t own_netns = 0;                          // inode of the agent's
    std::function<std::string(std::uint32_t)> netns_name; // inode -> name
    std::uint64_t now_ns = 0;
};

// kOtherBackend is shown as "other", and only once something is in it. Fullest first (in use / limit), then
// those without a limit by slots in use, then by name.
std::vector<Backend> make_backends(std::vector<BackendCounters> counters, const Surroundings& surroundings,
                                   const Activity& activity, BackendNames& names);

} // namespace slotscope::aggregate
