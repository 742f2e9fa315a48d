// SPDX-License-Identifier: MIT
#include "analyze/words.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace slotscope::analyze::words {
namespace {

std::string written(const char* format, double value)
{
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), format, value); // NOLINT(cppcoreguidelines-pro-type-vararg)
    return text.data();
}

} // namespace

std::string percent(double share)
{
    if (share > 0 && share < 0.01)
        return "<1 %";
    return written("%.0f %%", std::floor(share * 100 + 0.000001));
}

std::string duration(double seconds)
{
    if (seconds < 0.001)
        return "<1 ms";
    if (seconds < 0.0995)
        return written("%.0f ms", seconds * 1e3);
    if (seconds < 0.995)
        return written("%.0f ms", std::round(seconds * 100) * 10);
    if (seconds < 9.95)
        return written("%.1f s", seconds);
    return seconds < 120 ? written("%.0f s", seconds) : written("%.0f min", seconds / 60);
}

std::string number(double value)
{
    return value < 9.95 && std::abs(value - std::round(value)) > 0.05 ? written("%.1f", value)
                                                                      : written("%.0f", value);
}

std::string rate(double per_second)
{
    if (per_second > 0 && per_second < 0.1)
        return written("%.2f/s", per_second);
    return (per_second < 99.5 ? written("%.1f", per_second) : written("%.0f", per_second)) + "/s";
}

std::string precise(double value)
{
    return written("%.3g", value);
}

std::string factor(double ratio)
{
    return number(ratio) + " times";
}

std::string counted(std::uint64_t count, const std::string& singular)
{
    if (count == 1)
        return "1 " + singular;
    const bool sibilant = singular.ends_with("s");
    return std::to_string(count) + " " + singular + (sibilant ? "es" : "s");
}

double ramp(double value, double from, double to)
{
    return std::clamp((value - from) / (to - from), 0.0, 1.0);
}

} // namespace slotscope::analyze::words
