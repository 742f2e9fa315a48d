// SPDX-License-Identifier: MIT
#include "model/backend.h"

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

} // namespace slotscope
