// SPDX-License-Identifier: MIT
#include "analyze/rates.h"

#include <algorithm>
#include <vector>

namespace slotscope::analyze {
namespace {

constexpr double kPeakSeconds = 3;
constexpr std::size_t kLongestRise = 60; // seconds that a rise is followed back at most
constexpr std::uint64_t kFewestCalls = 3;

const Flow& flow_of(const Second& second, Unit unit)
{
    return unit == Unit::calls ? second.calls : second.slots();
}

// What comes in less than a hold is there all at once: as a rate it would be taken to go on for all of the
// hold. Where less was seen than that, over what was seen.
double peak_rate(std::span<const Second> seconds, Unit unit, double hold_seconds)
{
    double all_seconds = 0;
    for (const Second& each : seconds)
        all_seconds += each.window.seconds;
    const double whole = std::min(std::max(kPeakSeconds, hold_seconds), std::max(1.0, all_seconds));
    double peak = 0;
    double arrivals = 0;
    double length = 0;
    std::size_t begin = 0;
    for (const Second& each : seconds) {
        arrivals += static_cast<double>(flow_of(each, unit).arrivals);
        length += each.window.seconds;
        while (length - seconds[begin].window.seconds >= whole) {
            arrivals -= static_cast<double>(flow_of(seconds[begin], unit).arrivals);
            length -= seconds[begin++].window.seconds;
        }
        peak = std::max(peak, arrivals / std::max(whole, length));
    }
    return peak;
}

std::optional<double> hold_of(const Flow& flow)
{
    if (flow.arrivals == 0 && flow.completions == 0 && flow.slot_seconds <= 0)
        return std::nullopt;
    const double completed =
        flow.completions == 0 ? 0 : flow.held_seconds / static_cast<double>(flow.completions);
    const double so_far =
        flow.slot_seconds /
        static_cast<double>(std::max<std::uint64_t>(1, std::max(flow.arrivals, flow.completions)));
    return std::max(completed, so_far);
}

double mean_use(const Second& second)
{
    return second.window.seconds > 0 ? second.window.slot_seconds / second.window.seconds : 0;
}

} // namespace

Unit unit_of(std::span<const Second> seconds)
{
    const Second all = joined(seconds);
    const bool carried = all.calls.arrivals + all.calls.completions >= kFewestCalls ||
                         all.calls.slot_seconds > 0.1 * all.slots().slot_seconds;
    return carried ? Unit::calls : Unit::connections;
}

Rates rates_of(std::span<const Second> seconds, Unit unit)
{
    Rates rates;
    if (seconds.empty())
        return rates;
    const Second all = joined(seconds);
    const Flow& flow = flow_of(all, unit);
    rates.seconds = all.window.seconds;
    const double length = std::max(rates.seconds, 0.001);
    rates.arrivals = flow.arrivals;
    rates.completions = flow.completions;
    rates.arrivals_per_second = static_cast<double>(flow.arrivals) / length;
    rates.completions_per_second = static_cast<double>(flow.completions) / length;
    rates.in_use = flow.slot_seconds / length;
    rates.slots_in_use = all.window.slot_seconds / length;
    rates.connections_in_use = all.connections.slot_seconds / length;
    rates.hold_seconds = hold_of(flow);
    if (flow.completions != 0)
        rates.completed_hold_seconds = flow.held_seconds / static_cast<double>(flow.completions);
    rates.hold_p95_seconds = unit == Unit::calls ? all.call_p95_seconds : all.window.hold_p95_seconds;
    rates.hold_p50_seconds = all.window.hold_p50_seconds;
    rates.peak_arrivals_per_second = peak_rate(
        seconds, unit, std::max(rates.hold_seconds.value_or(0), rates.hold_p95_seconds.value_or(0)));
    if (all.first_bytes != 0)
        rates.first_byte_seconds = all.first_byte_seconds / static_cast<double>(all.first_bytes);
    if (all.accepted != 0)
        rates.accept_wait_seconds = all.accept_wait_seconds / static_cast<double>(all.accepted);
    for (std::size_t place = 0; place < kDurationClasses; ++place)
        rates.completions_by_duration[place] = flow.by_duration[place] / length;
    rates.failed = all.failed;
    rates.failures_per_second = static_cast<double>(all.failed_to_connect()) / length;
    rates.opened = all.opened;
    rates.refusals = all.window.refusals;
    rates.limit_hits = all.window.limit_hits;
    rates.at_limit_seconds = all.window.at_limit_seconds;
    if (all.calls.completions != 0)
        rates.by_timing_share =
            static_cast<double>(all.calls_by_timing) / static_cast<double>(all.calls.completions);
    return rates;
}

std::size_t onset(std::span<const Second> seconds, std::size_t hit)
{
    hit = std::min(hit, seconds.size());
    std::vector<double> before;
    for (std::size_t i = 0; i < hit; ++i)
        before.push_back(mean_use(seconds[i]));
    if (before.empty())
        return 0;
    // Not the middle: a limit may be reached long after the rise to it, which then is most of what was seen.
    const auto low = before.begin() + static_cast<std::ptrdiff_t>(before.size() / 5);
    std::nth_element(before.begin(), low, before.end());
    const double usual = *low;
    std::size_t first = hit;
    const std::size_t earliest = hit > kLongestRise ? hit - kLongestRise : 0;
    while (first > earliest && mean_use(seconds[first - 1]) > 1.5 * usual + 0.5)
        --first;
    return first;
}

} // namespace slotscope::analyze
