// SPDX-License-Identifier: MIT
#include "analyze/learned.h"

#include <algorithm>
#include <cmath>

namespace slotscope::analyze {
namespace {

void blend(double& usual, double now, double weight)
{
    if (std::isfinite(now))
        usual += weight * (now - usual);
}

void blend(std::optional<double>& usual, const std::optional<double>& now, double weight)
{
    if (!now || !std::isfinite(*now))
        return;
    if (usual)
        blend(*usual, *now, weight);
    else
        usual = now;
}

} // namespace

void learn(BackendBaseline& usual, const Rates& rates, Unit unit, std::chrono::system_clock::time_point at)
{
    if (!(rates.seconds > 0))
        return;
    const SlotKind kind = unit == Unit::calls ? SlotKind::calls : SlotKind::connections;
    if (usual.unit != kind)
        usual = {usual.backend, usual.direction, kind, at, 0, 0, 0, 0, 0, {}, {}, {}};
    // A plain average until there is more than the half-life is about.
    const double weight = std::max(rates.seconds / (usual.observed_seconds + rates.seconds),
                                   1 - std::exp2(-rates.seconds / kLearnedHalfLife_seconds));
    usual.updated = at;
    usual.observed_seconds = std::min(usual.observed_seconds + rates.seconds, 4 * kLearnedHalfLife_seconds);
    blend(usual.arrivals_per_second, rates.arrivals_per_second, weight);
    blend(usual.completions_per_second, rates.completions_per_second, weight);
    blend(usual.in_use, rates.in_use, weight);
    blend(usual.connections_in_use, rates.connections_in_use, weight);
    blend(usual.hold_mean_seconds, rates.hold_seconds, weight);
    blend(usual.hold_p95_seconds, rates.hold_p95_seconds, weight);
    blend(usual.accept_wait_seconds, rates.accept_wait_seconds, weight);
}

std::optional<Baseline> recalled(const BackendBaseline& usual, SlotKind kind,
                                 std::chrono::system_clock::time_point now)
{
    if (usual.observed_seconds < kLeastLearned_seconds || now - usual.updated > kLearnedFor ||
        !usual.hold_mean_seconds)
        return std::nullopt;
    Baseline baseline;
    baseline.from = Baseline::From::history;
    baseline.seconds = usual.observed_seconds;
    baseline.arrivals_per_second = usual.arrivals_per_second;
    baseline.completions_per_second = usual.completions_per_second;
    baseline.hold_seconds = *usual.hold_mean_seconds;
    baseline.hold_p95_seconds = usual.hold_p95_seconds;
    baseline.accept_wait_seconds = usual.accept_wait_seconds;
    baseline.in_use = usual.in_use;
    baseline.unit = usual.unit == SlotKind::calls ? Unit::calls : Unit::connections;
    baseline.slots_in_use = kind == usual.unit ? usual.in_use : usual.connections_in_use;
    return baseline;
}

} // namespace slotscope::analyze
