// SPDX-License-Identifier: MIT
#include "aggregate/slot_series.h"

namespace slotscope::aggregate {

void SlotSeries::observe(std::span<const BackendCounters> backends, const Read& read)
{
    for (const BackendCounters& counters : backends) {
        const SlotKind kind = counters.slots().kind;
        Known& known = known_[counters.index];
        if (known.created_ns != counters.created_ns)
            known = {counters.created_ns, kind, std::nullopt};
        if (known.kind == kind)
            continue;
        const auto full = read(counters.index);
        if (!full || full->created_ns != counters.created_ns || full->slots().kind != kind)
            continue; // at the next look
        known.kind = kind;
        known.before = SlotsBefore{full->slots().slot_ns, *full->slots().held};
    }
}

std::optional<SlotsBefore> SlotSeries::before(const BackendCounters& counters) const
{
    const auto known = known_.find(counters.index);
    if (known == known_.end() || known->second.created_ns != counters.created_ns)
        return std::nullopt;
    if (known->second.kind != counters.slots().kind) // since the last look: nothing has been counted yet
        return SlotsBefore{counters.slots().slot_ns, *counters.slots().held};
    return known->second.before;
}

} // namespace slotscope::aggregate
