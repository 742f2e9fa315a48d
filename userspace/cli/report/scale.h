// SPDX-License-Identifier: MIT
// Axes: where a value lies on the paper, and where its marks are.
#pragma once

#include <span>
#include <vector>

namespace slotscope::cli::report {

// From `low` to `high` (which is above it) along the paper from `from` to `to`.
struct Scale {
    double low = 0;
    double high = 1;
    double from = 0;
    double to = 1;

    double operator()(double value) const; // kept within the paper
};

// The smallest of 1, 2 and 5 times a power of ten that covers `span` in at most `most` steps.
double decimal_step(double span, int most);
// The same for times and durations: 1, 2, 5, 10, 15, 30 of seconds, minutes, hours, and days; below a second
// as decimals.
double time_step(double span, int most);

// The multiples of `step` from `low` to `high`; a hundred at the very most.
std::vector<double> marks(double low, double high, double step);

} // namespace slotscope::cli::report
