// SPDX-License-Identifier: MIT
// Little's law, L = lambda * W: slots in use = arrivals per second * mean hold (J. D. C. Little, 1961).
#pragma once

#include <optional>

namespace slotscope::analyze {

// How much of a rise of L comes from more arrivals, and how much from longer holds: the midpoint split
//   L' - L = (W + W')/2 * (lambda' - lambda) + (lambda + lambda')/2 * (W' - W),
// which is exact. Both parts are 0 to 1 and add up to 1; where one of the two fell, the other is all of it.
struct Split {
    double from_demand = 0;
    double from_hold = 0;
};

// Absent where L did not rise by a tenth at least: there is nothing to split.
std::optional<Split> midpoint_split(double arrivals_before, double hold_before, double arrivals_during,
                                    double hold_during);

// Slots that so many arrivals need, each for so long.
double slots_needed(double arrivals_per_second, double hold_seconds);

// Seconds until `slots` more are taken when so many arrive, and so many are given back, each second. Absent
// where they never are.
std::optional<double> seconds_to_fill(double slots, double arrivals_per_second,
                                      double completions_per_second);

} // namespace slotscope::analyze
