// SPDX-License-Identifier: MIT
#include "cli/report/chart.h"

#include <algorithm>
#include <span>

namespace slotscope::cli::report {

namespace {

Moment joined(std::span<const Moment> moments)
{
    Moment all;
    all.at = moments.front().at;
    double held = 0; // seconds that have a hold time
    double hold = 0;
    for (const Moment& each : moments) {
        all.seconds += each.seconds;
        all.in_use += each.in_use * each.seconds;
        all.arrivals_per_second += each.arrivals_per_second * each.seconds;
        all.lost_per_second += each.lost_per_second * each.seconds;
        all.peak = std::max(all.peak, each.peak);
        all.limit = std::max(all.limit, each.limit);
        if (each.hold_mean) {
            held += each.seconds;
            hold += *each.hold_mean * each.seconds;
        }
        if (each.hold_p95)
            all.hold_p95 = std::max(all.hold_p95.value_or(0), *each.hold_p95);
    }
    all.in_use /= all.seconds;
    all.arrivals_per_second /= all.seconds;
    all.lost_per_second /= all.seconds;
    if (held > 0)
        all.hold_mean = hold / held;
    return all;
}

} // namespace

std::vector<Moment> condensed(const std::vector<Moment>& timeline, std::size_t most)
{
    if (timeline.size() <= most)
        return timeline;
    const std::size_t together = (timeline.size() + most - 1) / most;
    std::vector<Moment> fewer;
    for (std::size_t from = 0; from < timeline.size(); from += together)
        fewer.push_back(
            joined(std::span(timeline).subspan(from, std::min(together, timeline.size() - from))));
    return fewer;
}

} // namespace slotscope::cli::report
