// SPDX-License-Identifier: MIT
#include "model/backend.h"

#include <algorithm>
#include <numeric>

namespace slotscope {

std::string_view to_string(Failure reason)
{
    constexpr std::array<std::string_view, kFailureReasons> kNames = {
        "refused", "timed_out", "reset_connecting", "reset", "aborted", "no_port", "unreachable", "other"};
    return kNames[static_cast<std::size_t>(reason)];
}

std::uint64_t Histogram::total() const
{
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::string_view to_string(CallOutcome outcome)
{
    constexpr std::array<std::string_view, kCallOutcomes> kNames = {"ok",  "error",   "4xx",    "503",
                                                                    "5xx", "aborted", "unknown"};
    return kNames[static_cast<std::size_t>(outcome)];
}

std::uint64_t CallCounters::finished() const
{
    return std::accumulate(outcomes.begin(), outcomes.end(), std::uint64_t{0});
}

SlotUse BackendCounters::slots() const
{
    if (calls.limit != 0)
        return {SlotKind::calls, calls.in_flight,  calls.limit,     calls.peak,
                calls.slot_ns,   calls.longest_ns, &calls.durations};
    return {SlotKind::connections, in_use, limit, peak, slot_ns, hold_max_ns, &hold};
}

std::uint64_t BackendCounters::failed_total() const
{
    return std::accumulate(failed.begin(), failed.end(), std::uint64_t{0});
}

std::uint64_t BackendCounters::open() const
{
    const std::uint64_t ended = closed + failed_total();
    return opened > ended ? opened - ended : 0;
}

std::uint64_t BackendCounters::connecting() const
{
    if (direction == Direction::inbound)
        return 0;
    // Every failure but a reset of an established connection ends a connect.
    const std::uint64_t resolved = up + failed_total() - failed[static_cast<std::size_t>(Failure::reset)];
    return opened > resolved ? opened - resolved : 0;
}

void Histogram::add(const Histogram& other)
{
    counts.resize(std::max(counts.size(), other.counts.size()));
    for (std::size_t bucket = 0; bucket < other.counts.size(); ++bucket)
        counts[bucket] += other.counts[bucket];
    sum_ns += other.sum_ns;
}

void add_ended(BackendCounters& to, const BackendCounters& ended)
{
    to.opened += ended.opened;
    to.closed += ended.closed;
    to.up += ended.up;
    to.older += ended.older;
    for (std::size_t reason = 0; reason < kFailureReasons; ++reason)
        to.failed[reason] += ended.failed[reason];
    to.slot_ns += ended.slot_ns;
    to.hold_max_ns = std::max(to.hold_max_ns, ended.hold_max_ns);
    to.hold.add(ended.hold);
    to.accepted += ended.accepted;
    to.accept_wait.add(ended.accept_wait);
    for (std::size_t outcome = 0; outcome < kCallOutcomes; ++outcome)
        to.calls.outcomes[outcome] += ended.calls.outcomes[outcome];
    to.calls.by_timing += ended.calls.by_timing;
    to.calls.slot_ns += ended.calls.slot_ns;
    to.calls.longest_ns = std::max(to.calls.longest_ns, ended.calls.longest_ns);
    to.calls.durations.add(ended.calls.durations);
    to.calls.first_byte.add(ended.calls.first_byte);
}

std::string known_names(std::span<const Backend> backends)
{
    constexpr std::size_t kMostNamed = 20;
    std::vector<std::string_view> names;
    for (const Backend& backend : backends)
        if (std::find(names.begin(), names.end(), backend.name) == names.end())
            names.push_back(backend.name);
    if (names.empty())
        return "none";

    std::string list;
    for (std::size_t i = 0; i < std::min(names.size(), kMostNamed); ++i)
        list += (i == 0 ? "" : ", ") + std::string(names[i]);
    if (names.size() > kMostNamed)
        list += " and " + std::to_string(names.size() - kMostNamed) + " more";
    return list;
}

} // namespace slotscope
