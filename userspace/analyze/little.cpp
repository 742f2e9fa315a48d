// SPDX-License-Identifier: MIT
#include "analyze/little.h"

#include <algorithm>

namespace slotscope::analyze {

std::optional<Split> midpoint_split(double arrivals_before, double hold_before, double arrivals_during,
                                    double hold_during)
{
    const double before = arrivals_before * hold_before;
    const double during = arrivals_during * hold_during;
    if (during <= 1.1 * before || during <= 0)
        return std::nullopt;
    const double demand = (hold_before + hold_during) / 2 * (arrivals_during - arrivals_before);
    const double share = std::clamp(demand / (during - before), 0.0, 1.0);
    return Split{share, 1 - share};
}

double slots_needed(double arrivals_per_second, double hold_seconds)
{
    return arrivals_per_second * hold_seconds;
}

std::optional<double> seconds_to_fill(double slots, double arrivals_per_second, double completions_per_second)
{
    const double net = arrivals_per_second - completions_per_second;
    if (net <= 0.01)
        return std::nullopt;
    return std::max(0.0, slots) / net;
}

} // namespace slotscope::analyze
