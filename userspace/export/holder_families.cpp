// SPDX-License-Identifier: MIT
#include "export/families.h"

namespace slotscope::metrics {

void add_holders(Families& families, std::span<const HolderSeconds> holders)
{
    std::vector<prometheus::ClientMetric> metrics;
    for (const HolderSeconds& each : holders)
        metrics.push_back(
            counter({label("backend", each.backend), label("direction", to_string(each.direction)),
                     label("process", each.process), label("call", each.call)},
                    each.slot_seconds));
    add_family(
        families, "slotscope_holder_slot_seconds_total",
        "Time integral of the slots in use by process and call, sampled: the largest of each backend, the "
        "rest under \"other\".",
        prometheus::MetricType::Counter, std::move(metrics));
}

} // namespace slotscope::metrics
