// SPDX-License-Identifier: MIT
#include "aggregate/stillness.h"

namespace slotscope::aggregate {

// What is summed only grows, and with it the sum; a record that is used again changes its time of creation.
bool Stillness::still(std::span<const BackendCounters> backends)
{
    std::uint64_t moved = 0;
    bool under_way = false;
    for (const BackendCounters& counters : backends) {
        moved += counters.created_ns + counters.opened + counters.closed + counters.failed_total() +
                 counters.up + counters.accepted + counters.limit + counters.calls.started() +
                 counters.calls.finished() + counters.calls.limit;
        under_way |= counters.calls.in_flight != 0 || counters.connecting() != 0;
    }
    const bool same = moved == moved_ && backends.size() == backends_;
    moved_ = moved;
    backends_ = backends.size();
    return same && !under_way;
}

} // namespace slotscope::aggregate
