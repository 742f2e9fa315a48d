// SPDX-License-Identifier: MIT
#include "export/prometheus_text.h"

#include "export/families.h"

#include <prometheus/text_serializer.h>

namespace slotscope::metrics {

std::string prometheus_text(const Snapshot& snapshot, std::span<const HolderSeconds> holders)
{
    Families families;
    add_backends(families, snapshot);
    add_holders(families, holders);
    add_agent(families, snapshot);
    return prometheus::TextSerializer().Serialize(families);
}

} // namespace slotscope::metrics
