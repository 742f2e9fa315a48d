// SPDX-License-Identifier: MIT
#include "cli/report/view.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace slotscope::cli::report {

namespace {

constexpr double kYear10000 = 253'402'300'800; // later does not fit into the format

std::string formatted(double at, const char* format)
{
    if (!std::isfinite(at) || at < 0 || at >= kYear10000)
        return "?";
    const auto seconds = static_cast<std::time_t>(std::floor(at));
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

} // namespace

std::optional<double> parse_time(const std::string& text)
{
    std::tm parts{};
    double seconds = 0;
    int used = 0;
    const int found = std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%lfZ%n", &parts.tm_year, &parts.tm_mon,
                                  &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &seconds, &used);
    const bool right = found == 6 && static_cast<std::size_t>(used) == text.size() && parts.tm_year >= 1970 &&
                       parts.tm_mon >= 1 && parts.tm_mon <= 12 && parts.tm_mday >= 1 && parts.tm_mday <= 31 &&
                       parts.tm_hour >= 0 && parts.tm_hour < 24 && parts.tm_min >= 0 && parts.tm_min < 60 &&
                       seconds >= 0 && seconds <= 60;
    if (!right)
        return std::nullopt;
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    return static_cast<double>(::timegm(&parts)) + seconds;
}

std::string date_and_time(double at)
{
    return formatted(at, "%Y-%m-%d %H:%M:%S");
}

std::string time_of_day(double at, bool with_seconds)
{
    return formatted(at, with_seconds ? "%H:%M:%S" : "%H:%M");
}

} // namespace slotscope::cli::report
