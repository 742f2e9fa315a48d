// SPDX-License-Identifier: MIT
// Building metric families; private to this folder.
#pragma once

#include "export/prometheus_text.h"
#include "model/episode.h"
#include "model/slot_shares.h"
#include "model/snapshot.h"

#include <prometheus/metric_family.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope::metrics {

using Families = std::vector<prometheus::MetricFamily>;
using Labels = std::vector<prometheus::ClientMetric::Label>;

// One label; bytes of the value that are not UTF-8 become U+FFFD.
prometheus::ClientMetric::Label label(std::string_view name, std::string_view value);

prometheus::ClientMetric counter(Labels labels, double value);
prometheus::ClientMetric gauge(Labels labels, double value);

// Buckets end at every second power of two from 2^10 to 2^40 ns, which are edges of the kernel's buckets, so
// the counts are exact but for durations of just that length: `le` takes them in, the kernel's bucket does
// not.
prometheus::ClientMetric histogram(Labels labels, const Histogram& histogram);

// Adds the family; one without a metric is left out.
void add_family(Families& families, std::string name, std::string help, prometheus::MetricType type,
                std::vector<prometheus::ClientMetric> metrics);

void add_backends(Families& families, const Snapshot& snapshot, const LeftOpen& left_open);
void add_holders(Families& families, std::span<const HolderSeconds> holders);
void add_agent(Families& families, const Snapshot& snapshot);
void add_episodes(Families& families, std::span<const Episode* const> episodes);

} // namespace slotscope::metrics
