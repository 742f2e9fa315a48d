// SPDX-License-Identifier: MIT
#include "model/histogram.h"

#include <algorithm>

namespace slotscope {

std::uint64_t count_below_ns(const Histogram& histogram, std::uint64_t edge_ns)
{
    std::uint64_t below = 0;
    for (std::size_t bucket = 0; bucket < histogram.counts.size(); ++bucket) {
        const bool endless = bucket + 1 >= kHistogramBuckets;
        if (endless || histogram_lower_bound_ns(bucket + 1) > edge_ns)
            break;
        below += histogram.counts[bucket];
    }
    return below;
}

std::optional<double> mean_ns(const Histogram& histogram)
{
    const std::uint64_t total = histogram.total();
    if (total == 0)
        return std::nullopt;
    return static_cast<double>(histogram.sum_ns) / static_cast<double>(total);
}

std::optional<double> quantile_ns(const Histogram& histogram, double q)
{
    const std::uint64_t total = histogram.total();
    if (total == 0)
        return std::nullopt;

    // Summed as integers, so that the last filled bucket always reaches the rank.
    const double rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(total);
    std::uint64_t before = 0;
    std::size_t bucket = 0;
    while (histogram.counts[bucket] == 0 || static_cast<double>(before + histogram.counts[bucket]) < rank)
        before += histogram.counts[bucket++];

    const auto lower = static_cast<double>(histogram_lower_bound_ns(bucket));
    if (bucket + 1 >= kHistogramBuckets)
        return lower;
    const auto upper = static_cast<double>(histogram_lower_bound_ns(bucket + 1));
    const auto count = static_cast<double>(histogram.counts[bucket]);
    return lower + (upper - lower) * std::clamp((rank - static_cast<double>(before)) / count, 0.0, 1.0);
}

} // namespace slotscope
