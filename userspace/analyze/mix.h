// SPDX-License-Identifier: MIT
// Mixed traffic: when the calls that come more often are long ones, the mean hold rises though no call got
// slower.
#pragma once

#include "analyze/little.h"
#include "analyze/second.h"

#include <array>
#include <optional>

namespace slotscope::analyze {

using PerSecond = std::array<double, kDurationClasses>;

// How a rise splits when the completions of each duration are compared, before and during. What became of
// calls that are completed no more is taken to be among those that take another time now: these got slower.
// What came on top of them is demand where there were such durations before, and else longer holds. Absent
// where that does not tell: completions did not grow (by a sixth at least), or those of `during` explain less
// than half of `in_use`.
//
// `wanted`: how many times as many were asked for as were let through during it, one kind as well as another.
std::optional<Split> split_by_duration(const PerSecond& before, const PerSecond& during, double in_use,
                                       double wanted = 1);

} // namespace slotscope::analyze
