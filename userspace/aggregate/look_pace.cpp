// SPDX-License-Identifier: MIT
#include "aggregate/look_pace.h"

#include <algorithm>

namespace slotscope::aggregate {

bool LookPace::near_limit(std::span<const BackendCounters> backends)
{
    bool near = false;
    for (const BackendCounters& counters : backends) {
        const SlotUse slots = counters.slots();
        if (slots.limit == 0)
            continue;
        near |= counters.at_limit || slots.in_use * 100 >= slots.limit * kNearPercent;
        std::uint64_t& hits = hits_[counters.index];
        near |= counters.limit_hits > hits;
        hits = counters.limit_hits;
    }
    return near;
}

std::chrono::nanoseconds LookPace::pause(bool near_limit, std::chrono::nanoseconds took)
{
    const std::chrono::nanoseconds wanted = near_limit ? kNearLimit : kQuiet;
    const double share = near_limit ? kNearLimitShare : kQuietShare;
    const std::chrono::nanoseconds affordable(
        static_cast<std::int64_t>(static_cast<double>(took.count()) / share));
    std::uniform_real_distribution<double> spread(0.75, 1.25);
    return std::chrono::nanoseconds(static_cast<std::int64_t>(
        static_cast<double>(std::max(wanted, affordable).count()) * spread(random_)));
}

} // namespace slotscope::aggregate
