// SPDX-License-Identifier: MIT
#include "export/prometheus_text.h"

#include "export/families.h"

#include <prometheus/text_serializer.h>

namespace slotscope::metrics {

std::string prometheus_text(const Snapshot& snapshot, std::span<const HolderSeconds> holders,
                            std::span<const Episode* const> episodes, const LeftOpen& left_open)
{
    Families families;
    add_backends(families, snapshot, left_open);
    add_holders(families, holders);
    add_agent(families, snapshot);
    add_episodes(families, episodes);
    return prometheus::TextSerializer().Serialize(families);
}

} // namespace slotscope::metrics
