// SPDX-License-Identifier: MIT
#include "analyze/sizing.h"

#include "analyze/words.h"

#include <algorithm>
#include <cmath>

namespace slotscope::analyze {
namespace {

constexpr double kMixed = 1.6;       // p95 : mean from which calls are not alike
constexpr double kQuantile95 = 1.64; // of the normal distribution, one-sided
constexpr double kNamedShare = 0.3;  // of the slot-seconds, for a call to be named

// Of so many slots, those of the call that takes the most.
std::string by_name(const Evidence& e, double slots)
{
    for (const Culprit& first : e.tally.culprits(1, e.usual_calls))
        if (!first.call.empty() && first.share >= kNamedShare)
            return ", of which " + words::number(first.share * slots) + " by " + first.call;
    return "";
}

Sizing of_like_calls(const Evidence& e, double arrivals)
{
    const double p95 = e.during.hold_p95_seconds.value_or(0);
    const bool by_p95 = p95 >= e.hold_during();
    const double hold = std::max(p95, e.hold_during());
    Sizing sizing;
    sizing.slots = slots_needed(arrivals, hold);
    sizing.arithmetic = "peak arrivals " + words::rate(arrivals) + " × " + (by_p95 ? "p95" : "mean") +
                        " hold " + words::duration(hold) + " = " + words::number(sizing.slots);
    return sizing;
}

Sizing of_mixed_calls(const Evidence& e, double arrivals)
{
    const double mean = slots_needed(arrivals, e.hold_during());
    Sizing sizing;
    sizing.slots = mean + kQuantile95 * std::sqrt(mean);
    std::string spread = "95 % within " + words::duration(e.during.hold_p95_seconds.value_or(0));
    if (e.during.hold_p50_seconds)
        spread = "half of them within " + words::duration(*e.during.hold_p50_seconds) + ", " + spread;
    sizing.arithmetic = "peak arrivals " + words::rate(arrivals) + " × mean hold " +
                        words::duration(e.hold_during()) + " (" + spread + ") = " + words::number(mean) +
                        " in use on average" + by_name(e, mean) + "; + 1.64 × √" + words::number(mean) +
                        " for 95 % of the moments = " + words::number(sizing.slots);
    return sizing;
}

} // namespace

double peak_arrivals(const Evidence& e)
{
    double peak = std::max(e.during.peak_arrivals_per_second, e.during.arrivals_per_second);
    if (const auto ratio = e.arrival_ratio())
        peak = std::max(peak, *ratio * e.baseline.arrivals_per_second); // what a queue hides
    return peak;
}

Sizing sizing(const Evidence& e)
{
    const double arrivals = peak_arrivals(e);
    const bool mixed =
        e.hold_during() > 0 && e.during.hold_p95_seconds.value_or(0) > kMixed * e.hold_during();
    Sizing sizing = mixed ? of_mixed_calls(e, arrivals) : of_like_calls(e, arrivals);
    if (sizing.slots <= 0.05)
        sizing.arithmetic.clear();
    else if (const std::string until = buys_little(e, sizing.slots); !until.empty())
        sizing.arithmetic += "; less buys little: " + until;
    return sizing;
}

std::string time_to_fill(const Evidence& e, double slots)
{
    const auto seconds = seconds_to_fill(slots, peak_arrivals(e), e.lately.completions_per_second);
    if (!seconds || *seconds >= 600)
        return "";
    return "limit " + std::to_string(static_cast<std::uint64_t>(std::ceil(slots))) + " fills in " +
           words::duration(std::max(*seconds, 0.1));
}

std::string buys_little(const Evidence& e, double slots)
{
    const bool much = e.limit != 0 && slots > 4 * static_cast<double>(e.limit);
    return much ? time_to_fill(e, 2 * static_cast<double>(e.limit)) : "";
}

} // namespace slotscope::analyze
