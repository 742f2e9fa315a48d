// SPDX-License-Identifier: MIT
#include "cli/report/scale.h"

#include <algorithm>
#include <cmath>

namespace slotscope::cli::report {

double Scale::operator()(double value) const
{
    const double part = high > low ? (value - low) / (high - low) : 0;
    return from + std::clamp(part, 0.0, 1.0) * (to - from);
}

double decimal_step(double span, int most)
{
    double power = std::pow(10, std::floor(std::log10(std::max(span, 1e-9) / most)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (span <= factor * power * most * (1 + 1e-9))
            return factor * power;
    return 10 * power;
}

double time_step(double span, int most)
{
    constexpr double kSteps[] = {1,   2,   5,    10,   15,   30,    60,    120,  300,
                                 600, 900, 1800, 3600, 7200, 21600, 43200, 86400};
    if (span <= 1)
        return decimal_step(span, most);
    for (const double step : kSteps)
        if (span <= step * most)
            return step;
    return std::ceil(span / most / 86400) * 86400;
}

std::vector<double> marks(double low, double high, double step)
{
    std::vector<double> found;
    for (double mark = std::ceil(low / step - 1e-9) * step; mark <= high * (1 + 1e-9) && found.size() < 100;
         mark += step)
        found.push_back(mark);
    return found;
}

} // namespace slotscope::cli::report
