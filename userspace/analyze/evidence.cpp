// SPDX-License-Identifier: MIT
#include "analyze/evidence.h"

#include "analyze/words.h"

#include "base/clock.h"
#include "model/histogram.h"

#include <algorithm>

namespace slotscope::analyze {
namespace {

constexpr std::uint64_t kStartsApart_ns = 500'000'000; // workers of one generation start together
// A server that forks for each connection has its listener for a moment in each child.
constexpr double kTakesOver_seconds = 1;

// Was told not to listen any more: the one that replaced it does.
bool replaced_by(const ProcessFacts& old, const ProcessFacts& young, double newest_slot_seconds,
                 std::uint64_t now_ns)
{
    if (old.started_ns == 0 || young.started_ns < old.started_ns + kStartsApart_ns)
        return false;
    if (old.listening != false || young.listening != true)
        return false;
    // It took its newest slot before the other one was well under way.
    const double young_seconds = seconds_of(now_ns - std::min(now_ns, young.started_ns));
    return young_seconds >= kTakesOver_seconds && newest_slot_seconds + 2 >= young_seconds;
}

} // namespace

std::optional<double> Evidence::arrival_ratio() const
{
    std::optional<double> ratio;
    if (baseline.known() && baseline.arrivals_per_second > 0)
        ratio = during.arrivals_per_second / baseline.arrivals_per_second;
    if (demand && demand->before_per_second > 0)
        ratio = std::max(ratio.value_or(0), demand->during_per_second / demand->before_per_second);
    return ratio;
}

std::optional<double> Evidence::hold_ratio() const
{
    if (!baseline.known() || baseline.hold_seconds <= 0 || !during.hold_seconds)
        return std::nullopt;
    return *during.hold_seconds / baseline.hold_seconds;
}

double Evidence::more_of_the_same() const
{
    const Growth growth = tally.growth(usual_calls, lasted_seconds);
    return growth.slots > 0 ? words::ramp(growth.more / growth.slots, 0.6, 0.85) : 0;
}

bool Evidence::none_is_older() const
{
    const Growth growth = tally.growth(usual_calls, lasted_seconds);
    return growth.slots > 0 && growth.as_usual >= 0.6 * growth.slots;
}

std::optional<Split> Evidence::split() const
{
    const auto arrivals = arrival_ratio();
    const auto hold = hold_ratio();
    if (!arrivals || !hold)
        return std::nullopt;
    const auto by_means = midpoint_split(baseline.arrivals_per_second, baseline.hold_seconds,
                                         baseline.arrivals_per_second * *arrivals, *during.hold_seconds);
    if (!by_means)
        return std::nullopt;
    const double wanted =
        demand && demand->before_per_second > 0 && during.completions_per_second > 0
            ? std::max(1.0, demand->during_per_second / demand->before_per_second *
                                baseline.completions_per_second / during.completions_per_second)
            : 1;
    const auto by_duration = split_by_duration(baseline.completions_by_duration,
                                               during.completions_by_duration, during.in_use, wanted);
    const Split split = by_duration.value_or(*by_means);
    const double from_demand = split.from_demand + split.from_hold * more_of_the_same();
    return Split{from_demand, 1 - from_demand};
}

double Evidence::working_share() const
{
    return (tally.share(Doing::request) + tally.share(Doing::waiting) + tally.share(Doing::response) +
            tally.share(Doing::stalled) + tally.share(Doing::unseen) + tally.share(Doing::between)) /
           share_of_calls();
}

std::uint64_t Evidence::ended_after(double seconds) const
{
    return completed.counts.empty() ? long_completions : completions_of_at_least({}, completed, seconds);
}

Baseline baseline_of(std::span<const Second> before, Unit unit)
{
    Baseline baseline;
    const Rates rates = rates_of(before, unit);
    baseline.unit = unit;
    baseline.seconds = rates.seconds;
    baseline.slots_in_use = rates.slots_in_use;
    const bool enough =
        (rates.completions >= kFewestForBaseline && rates.seconds >= kShortestBaseline_seconds) ||
        (rates.completions >= kManyForBaseline && rates.seconds >= kShortestOfMany_seconds);
    if (!enough || !rates.hold_seconds)
        return baseline;
    baseline.from = Baseline::From::minutes_before;
    baseline.arrivals_per_second = rates.arrivals_per_second;
    baseline.completions_per_second = rates.completions_per_second;
    baseline.hold_seconds = *rates.hold_seconds;
    baseline.hold_p95_seconds = rates.hold_p95_seconds;
    baseline.accept_wait_seconds = rates.accept_wait_seconds;
    baseline.in_use = rates.in_use;
    baseline.completions_by_duration = rates.completions_by_duration;
    return baseline;
}

namespace {

// Of all that is held; what is less changes no verdict.
constexpr double kLongOnes_share = 0.25;
constexpr double kLeastLongOnes = 0.5;

std::optional<double> hold_of_others(double in_use, double slots, double per_second)
{
    if (slots < std::max(kLeastLongOnes, kLongOnes_share * in_use) || per_second <= 0)
        return std::nullopt;
    return std::max(0.0, in_use - slots) / per_second;
}

} // namespace

Baseline without_long_ones(Baseline baseline, const Rates& before, double slots)
{
    const double per_second = std::max(before.arrivals_per_second, before.completions_per_second);
    const auto others = hold_of_others(before.in_use, slots, per_second);
    if (baseline.from != Baseline::From::minutes_before || !others || !before.completed_hold_seconds)
        return baseline;
    // Some of the long ones may be among those that ended, and there may have been fewer of them than
    // thought.
    baseline.hold_seconds =
        *others > 0 ? std::min(*others, *before.completed_hold_seconds) : *before.completed_hold_seconds;
    return baseline;
}

void leave_out_long_ones(Rates& rates, double slots)
{
    const double per_second = std::max(rates.arrivals_per_second, rates.completions_per_second);
    if (const auto others = hold_of_others(rates.in_use, slots, per_second))
        rates.hold_seconds = *others;
}

std::uint64_t completions_of_at_least(const Histogram& then, const Histogram& now, double seconds)
{
    const Histogram fresh = difference(then, now);
    if (fresh.counts.empty())
        return 0;
    return fresh.total() -
           std::min(fresh.total(), count_below_ns(fresh, static_cast<std::uint64_t>(seconds * kNanoseconds)));
}

std::optional<double> longest_seconds(const Histogram& histogram)
{
    std::size_t bucket = histogram.counts.size();
    while (bucket > 0 && histogram.counts[bucket - 1] == 0)
        --bucket;
    if (bucket == 0 || bucket >= kHistogramBuckets)
        return std::nullopt;
    return seconds_of(histogram_lower_bound_ns(bucket));
}

OldGenerations old_generations(const Tally& tally, const ProcessBook& book, std::uint64_t now_ns)
{
    OldGenerations found;
    double seconds = 0;
    for (const auto& [pid, process] : tally.processes()) {
        const auto facts = book.find(pid);
        if (facts == book.end())
            continue;
        const bool old = // by name: Clang before 16 captures no structured binding
            std::any_of(book.begin(), book.end(), [&, pid = pid, &process = process](const auto& other) {
                return other.first != pid && other.second.name == process.name &&
                       replaced_by(facts->second, other.second, process.newest_age_seconds, now_ns);
            });
        if (!old)
            continue;
        seconds += process.seconds;
        ++found.processes;
        found.name = process.name;
    }
    found.share = tally.seconds() > 0 ? seconds / tally.seconds() : 0;
    return found;
}

std::map<std::string, double> evidence_numbers(const Evidence& e)
{
    std::map<std::string, double> numbers;
    const auto set = [&](const char* name, std::optional<double> value) {
        if (value)
            numbers[name] = *value;
    };
    set("arrival_ratio", e.arrival_ratio());
    set("hold_ratio", e.hold_ratio());
    if (const auto split = e.split()) {
        numbers["share_from_demand"] = split->from_demand;
        numbers["share_from_hold"] = split->from_hold;
    }
    if (e.baseline.known()) {
        numbers["arrivals_per_second_before"] = e.baseline.arrivals_per_second;
        numbers["hold_seconds_before"] = e.baseline.hold_seconds;
        numbers["in_use_before"] = e.baseline.slots_in_use;
        numbers["baseline_seconds"] = e.baseline.seconds;
    }
    numbers["arrivals_per_second"] = e.during.arrivals_per_second;
    numbers["completions_per_second"] = e.during.completions_per_second;
    set("hold_seconds", e.during.hold_seconds);
    set("hold_p95_seconds", e.during.hold_p95_seconds);
    set("accept_wait_seconds", e.during.accept_wait_seconds);
    if (e.demand) {
        numbers["demand_per_second_before"] = e.demand->before_per_second;
        numbers["demand_per_second"] = e.demand->during_per_second;
        numbers["demand_in_flight"] = e.demand->in_flight;
    }
    if (e.during.failures_per_second > 0)
        numbers["failed_connects_per_second"] = e.during.failures_per_second;
    if (e.tally.seconds() > 0) {
        numbers["oldest_seconds"] = e.tally.oldest_seconds();
        for (std::size_t i = 0; i < kDoings; ++i) {
            std::string name = "share_" + std::string(to_string(static_cast<Doing>(i)));
            std::replace(name.begin(), name.end(), ' ', '_');
            if (const double share = e.tally.share(static_cast<Doing>(i)); share > 0)
                numbers[name] = share;
        }
    }
    if (e.old_generations != 0)
        numbers["share_old_generations"] = e.old_generations_share;
    if (e.other_end)
        numbers["not_accepted"] = static_cast<double>(e.other_end->not_accepted);
    if (e.aborted_share > 0)
        numbers["share_aborted"] = e.aborted_share;
    if (e.queued > 0) {
        numbers["queued"] = e.queued;
        numbers["oldest_queued_seconds"] = e.oldest_queued_seconds;
    }
    if (e.threads.looked_at != 0)
        numbers["share_threads_locked"] = static_cast<double>(e.threads.locked + e.threads.stopped) /
                                          static_cast<double>(e.threads.looked_at);
    if (e.threads.file_locked != 0)
        numbers["share_threads_file_locked"] =
            static_cast<double>(e.threads.file_locked) / static_cast<double>(e.threads.looked_at);
    if (e.disk_share > 0)
        numbers["share_threads_on_disk"] = e.disk_share;
    if (e.threads.open_files != 0)
        numbers["open_files"] = static_cast<double>(e.threads.open_files);
    if (e.stalled_seconds > 0)
        numbers["stalled_seconds"] = e.stalled_seconds;
    const auto set_throttled = [&](const std::string& prefix, const std::optional<Throttled>& throttled) {
        if (!throttled)
            return;
        numbers[prefix + "cpu_limit_cores"] = throttled->cores;
        numbers[prefix + "share_throttled"] = throttled->share;
        numbers[prefix + "throttled_per_second"] = throttled->seconds;
    };
    set_throttled("", e.throttled);
    set_throttled("next_hop_", e.next_hop_throttled);
    set_throttled("holders_", e.holders_throttled);
    if (e.locks.waiting != 0) {
        numbers["sessions_waiting_for_lock"] = static_cast<double>(e.locks.waiting);
        numbers["sessions_idle_in_transaction"] = static_cast<double>(e.locks.idle_in_transaction);
    }
    if (e.next_hop) {
        numbers["next_hop_concurrency"] = e.next_hop->concurrency;
        numbers["next_hop_variance"] = e.next_hop->variance;
        numbers["next_hop_idle_share"] = e.next_hop->idle_share;
        set("next_hop_concurrency_before", e.next_hop->usual);
    }
    numbers["samples"] = static_cast<double>(e.tally.samples());
    return numbers;
}

} // namespace slotscope::analyze
