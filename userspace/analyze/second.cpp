// SPDX-License-Identifier: MIT
#include "analyze/second.h"

#include "base/clock.h"
#include "base/growth.h"
#include "model/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

namespace slotscope::analyze {
namespace {

std::optional<double> quantile(const Histogram& histogram, double q)
{
    const auto ns = quantile_ns(histogram, q);
    if (!ns)
        return std::nullopt;
    return *ns / kNanoseconds;
}

ByDuration by_duration(const Histogram& histogram)
{
    constexpr std::size_t kFirstExponent = 20;
    ByDuration classes{};
    for (std::size_t bucket = 0; bucket < histogram.counts.size(); ++bucket) {
        const auto exponent =
            static_cast<std::size_t>(std::bit_width(histogram_lower_bound_ns(bucket) | 1U) - 1);
        const std::size_t place =
            std::min(exponent - std::min(exponent, kFirstExponent), kDurationClasses - 1);
        classes[place] += static_cast<std::uint32_t>(histogram.counts[bucket]);
    }
    return classes;
}

// Right to a factor of 1.4; absent where nothing is counted.
std::optional<double> class_quantile(const ByDuration& classes, double q)
{
    std::uint64_t total = 0;
    for (const std::uint32_t count : classes)
        total += count;
    double wanted = q * static_cast<double>(total);
    for (std::size_t place = 0; total != 0 && place < kDurationClasses; ++place) {
        wanted -= classes[place];
        if (wanted <= 0)
            return class_seconds(place);
    }
    return std::nullopt;
}

// What came before its first sight did not come in this second.
Flow connections_between(const BackendCounters& before, const BackendCounters& after)
{
    Flow flow;
    flow.arrivals = grown(before.opened - std::min(before.older, before.opened),
                          after.opened - std::min(after.older, after.opened));
    flow.completions = grown(before.closed + before.failed_total(), after.closed + after.failed_total());
    flow.slot_seconds = seconds_between(before.slot_ns, after.slot_ns);
    flow.held_seconds = seconds_between(before.hold.sum_ns, after.hold.sum_ns);
    flow.by_duration = by_duration(difference(before.hold, after.hold));
    return flow;
}

Flow calls_between(const CallCounters& before, const CallCounters& after)
{
    Flow flow;
    flow.arrivals = grown(before.started(), after.started());
    flow.completions = grown(before.finished(), after.finished());
    flow.slot_seconds = seconds_between(before.slot_ns, after.slot_ns);
    flow.held_seconds = seconds_between(before.durations.sum_ns, after.durations.sum_ns);
    flow.by_duration = by_duration(difference(before.durations, after.durations));
    return flow;
}

std::uint64_t peak_between(const BackendCounters& before, const BackendCounters& after)
{
    const SlotUse then = before.slots();
    const SlotUse now = after.slots();
    std::uint64_t peak = now.in_use;
    if (then.kind == now.kind)
        peak = std::max(then.in_use, peak);
    if (then.kind == now.kind && now.peak > then.peak) // the record of all time fell in between
        peak = now.peak;
    if (after.limit_hits > before.limit_hits || after.time_at_limit_ns > before.time_at_limit_ns)
        peak = std::max(peak, now.limit);
    return peak;
}

void set_quantiles(Second& second, const BackendCounters& before, const BackendCounters& after)
{
    const Histogram calls = difference(before.calls.durations, after.calls.durations);
    const Histogram held = second.kind == SlotKind::calls ? calls : difference(before.hold, after.hold);
    if (const auto mean = mean_ns(held))
        second.window.hold_mean_seconds = *mean / kNanoseconds;
    second.window.hold_p50_seconds = quantile(held, 0.5);
    second.window.hold_p95_seconds = quantile(held, 0.95);
    second.call_p95_seconds = quantile(calls, 0.95);
    const Histogram first = difference(before.calls.first_byte, after.calls.first_byte);
    second.first_bytes = first.total();
    second.first_byte_seconds = seconds_of(first.sum_ns);
    const Histogram waits = difference(before.accept_wait, after.accept_wait);
    second.accepted = waits.total();
    second.accept_wait_seconds = seconds_of(waits.sum_ns);
}

template <typename Get>
std::optional<double> weighted(std::span<const Second> seconds, Get get)
{
    double sum = 0;
    double weight = 0;
    for (const Second& each : seconds)
        if (const std::optional<double> value = get(each)) {
            const auto completions =
                static_cast<double>(std::max<std::uint64_t>(1, each.slots().completions));
            sum += *value * completions;
            weight += completions;
        }
    return weight > 0 ? std::optional<double>(sum / weight) : std::nullopt;
}

void add(Flow& sum, const Flow& flow)
{
    sum.arrivals += flow.arrivals;
    sum.completions += flow.completions;
    sum.slot_seconds += flow.slot_seconds;
    sum.held_seconds += flow.held_seconds;
    for (std::size_t place = 0; place < kDurationClasses; ++place)
        sum.by_duration[place] += flow.by_duration[place];
}

void add(Window& sum, const Window& window)
{
    sum.seconds += window.seconds;
    sum.arrivals += window.arrivals;
    sum.completions += window.completions;
    sum.failures += window.failures;
    sum.refusals += window.refusals;
    sum.limit_hits += window.limit_hits;
    sum.in_use = window.in_use;
    sum.peak = std::max(sum.peak, window.peak);
    sum.limit = window.limit;
    sum.slot_seconds += window.slot_seconds;
    sum.at_limit_seconds += window.at_limit_seconds;
}

} // namespace

double class_seconds(std::size_t duration_class)
{
    return std::ldexp(std::sqrt(2.0), static_cast<int>(20 + duration_class)) / kNanoseconds;
}

std::uint64_t Second::failed_to_connect() const
{
    std::uint64_t sum = 0;
    for (const Failure reason : {Failure::refused, Failure::timed_out, Failure::reset_connecting,
                                 Failure::no_port, Failure::unreachable, Failure::other})
        sum += failed[static_cast<std::size_t>(reason)];
    return sum;
}

bool Second::idle() const
{
    return slots().arrivals == 0 && slots().completions == 0 && calls.arrivals == 0 &&
           calls.completions == 0 && opened == 0 && window.in_use == 0 && connecting == 0;
}

Histogram difference(const Histogram& before, const Histogram& after)
{
    Histogram result;
    if (after.counts.empty())
        return result;
    result.counts.resize(after.counts.size());
    for (std::size_t bucket = 0; bucket < after.counts.size(); ++bucket)
        result.counts[bucket] =
            grown(bucket < before.counts.size() ? before.counts[bucket] : 0, after.counts[bucket]);
    result.sum_ns = grown(before.sum_ns, after.sum_ns);
    return result;
}

Second second_between(const BackendCounters& before, const BackendCounters& after,
                      std::chrono::system_clock::time_point begin, double seconds)
{
    Second second;
    const SlotUse now = after.slots();
    second.kind = now.kind;
    second.connections = connections_between(before, after);
    second.calls = calls_between(before.calls, after.calls);
    second.connections_in_use = after.in_use;
    second.calls_in_flight = after.calls.in_flight;
    second.calls_by_timing = grown(before.calls.by_timing, after.calls.by_timing);
    for (std::size_t reason = 0; reason < kFailureReasons; ++reason)
        second.failed[reason] = grown(before.failed[reason], after.failed[reason]);
    second.opened = second.connections.arrivals;
    second.connecting = after.connecting();

    Window& window = second.window;
    window.begin = begin;
    window.seconds = seconds;
    window.arrivals = second.slots().arrivals;
    window.completions = second.slots().completions;
    window.failures = second.failed_to_connect() + second.failed[static_cast<std::size_t>(Failure::reset)];
    const auto unavailable = static_cast<std::size_t>(CallOutcome::unavailable);
    window.refusals = grown(before.calls.outcomes[unavailable], after.calls.outcomes[unavailable]);
    window.limit_hits = grown(before.limit_hits, after.limit_hits);
    window.in_use = now.in_use;
    window.peak = peak_between(before, after);
    window.limit = now.limit;
    window.slot_seconds = second.slots().slot_seconds;
    window.at_limit_seconds = seconds_between(before.time_at_limit_ns, after.time_at_limit_ns);
    set_quantiles(second, before, after);
    return second;
}

void recount(Second& second, SlotKind kind)
{
    if (second.kind == kind)
        return;
    second.kind = kind;
    const bool calls = kind == SlotKind::calls;
    const Flow& slots = second.slots();
    Window& window = second.window;
    window.arrivals = slots.arrivals;
    window.completions = slots.completions;
    window.slot_seconds = slots.slot_seconds;
    window.in_use = window.peak = calls ? second.calls_in_flight : second.connections_in_use;
    window.limit = window.limit_hits = 0;
    window.at_limit_seconds = 0;
    window.hold_mean_seconds.reset();
    if (slots.completions != 0)
        window.hold_mean_seconds = slots.held_seconds / static_cast<double>(slots.completions);
    window.hold_p50_seconds = class_quantile(slots.by_duration, 0.5);
    window.hold_p95_seconds = calls ? second.call_p95_seconds : class_quantile(slots.by_duration, 0.95);
}

Second joined(std::span<const Second> seconds)
{
    Second sum;
    if (seconds.empty())
        return sum;
    sum.kind = seconds.back().kind;
    if (std::any_of(seconds.begin(), seconds.end(),
                    [&](const Second& each) { return each.kind != sum.kind; })) {
        std::vector<Second> alike(seconds.begin(), seconds.end());
        for (Second& each : alike)
            recount(each, sum.kind);
        return joined(alike);
    }
    sum.window.begin = seconds.front().window.begin;
    for (const Second& each : seconds) {
        add(sum.window, each.window);
        add(sum.connections, each.connections);
        add(sum.calls, each.calls);
        sum.calls_by_timing += each.calls_by_timing;
        sum.first_bytes += each.first_bytes;
        sum.first_byte_seconds += each.first_byte_seconds;
        for (std::size_t reason = 0; reason < kFailureReasons; ++reason)
            sum.failed[reason] += each.failed[reason];
        sum.opened += each.opened;
        sum.connecting = each.connecting;
        sum.connections_in_use = each.connections_in_use;
        sum.calls_in_flight = each.calls_in_flight;
        sum.accepted += each.accepted;
        sum.accept_wait_seconds += each.accept_wait_seconds;
    }
    sum.window.hold_mean_seconds =
        weighted(seconds, [](const Second& s) { return s.window.hold_mean_seconds; });
    sum.window.hold_p50_seconds =
        weighted(seconds, [](const Second& s) { return s.window.hold_p50_seconds; });
    sum.window.hold_p95_seconds =
        weighted(seconds, [](const Second& s) { return s.window.hold_p95_seconds; });
    sum.call_p95_seconds = weighted(seconds, [](const Second& s) { return s.call_p95_seconds; });
    return sum;
}

} // namespace slotscope::analyze
