// SPDX-License-Identifier: MIT
#include "cli/text/units.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cmath>
#include <cstdio>

namespace slotscope::cli {

namespace {

constexpr std::uint64_t kMicrosecond = 1000;
constexpr std::uint64_t kMillisecond = 1000 * kMicrosecond;
constexpr std::uint64_t kSecond = 1000 * kMillisecond;
constexpr std::uint64_t kMinute = 60 * kSecond;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kDay = 24 * kHour;
constexpr double kLongest = 250.0 * 365 * 86400; // what 64 bits of nanoseconds hold is enough

// "4.2" below ten, "42" above, of a number that is `unit` big.
std::string one_decimal_below_ten(std::uint64_t value, std::uint64_t unit)
{
    std::string text = std::to_string(value / unit);
    if (value < 10 * unit && value % unit >= unit / 10)
        text += "." + std::to_string(value % unit / (unit / 10));
    return text;
}

// "4m05s": two units, the second with a leading zero.
std::string two_units(std::uint64_t value, std::uint64_t big, char big_name, std::uint64_t small,
                      char small_name)
{
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%" PRIu64 "%c%02" PRIu64 "%c", value / big, big_name,
                  value % big / small, small_name);
    return text.data();
}

// Three significant digits at most, rounded down: 1.23 -> "1.2", 12.34 -> "12.3", 123.4 -> "123".
std::string three_digits(double value)
{
    std::array<char, 48> text{};
    if (value < 100)
        std::snprintf(text.data(), text.size(), "%.1f", std::floor(value * 10 + 1e-6) / 10);
    else
        std::snprintf(text.data(), text.size(), "%.0f", std::floor(value + 1e-6));
    std::string result = text.data();
    if (result.ends_with(".0"))
        result.resize(result.size() - 2);
    return result;
}

template <std::size_t N>
std::string scaled(double value, double step, const std::array<const char*, N>& names)
{
    std::size_t name = 0;
    while (value >= step && name + 1 < N) {
        value /= step;
        ++name;
    }
    return three_digits(value) + names[name];
}

} // namespace

std::string duration_text(double seconds)
{
    if (!(seconds > 0))
        return "0s";
    if (seconds > kLongest)
        return ">250y";
    const auto value = static_cast<std::uint64_t>(std::llround(seconds * 1e9));
    if (value < kMicrosecond)
        return "<1µs";
    if (value < kMillisecond)
        return std::to_string(value / kMicrosecond) + "µs";
    if (value < kSecond)
        return one_decimal_below_ten(value, kMillisecond) + "ms";
    if (value < kMinute)
        return one_decimal_below_ten(value, kSecond) + "s";
    if (value < 10 * kMinute)
        return two_units(value, kMinute, 'm', kSecond, 's');
    if (value < kHour)
        return std::to_string(value / kMinute) + "m";
    if (value < kDay)
        return two_units(value, kHour, 'h', kMinute, 'm');
    const std::string days = std::to_string(value / kDay) + "d";
    return value < 100 * kDay ? days + std::to_string(value % kDay / kHour) + "h" : days;
}

std::string size_text(std::uint64_t bytes)
{
    constexpr std::array<const char*, 7> kNames = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
    return scaled(static_cast<double>(bytes), 1024, kNames);
}

std::string rate_text(double per_second)
{
    if (!(per_second > 0))
        return "0/s";
    if (per_second < 0.1) {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%.2f/s", per_second);
        return per_second < 0.01 ? "<0.01/s" : text.data();
    }
    constexpr std::array<const char*, 5> kNames = {"/s", "k/s", "M/s", "G/s", "T/s"};
    return scaled(std::min(per_second, 999e12), 1000, kNames);
}

std::string count_text(std::uint64_t count)
{
    if (count < 100'000)
        return std::to_string(count);
    constexpr std::array<const char*, 7> kNames = {"", "k", "M", "G", "T", "P", "E"};
    return scaled(static_cast<double>(count), 1000, kNames);
}

unsigned percent_of(std::uint64_t part, std::uint64_t whole)
{
    if (whole == 0)
        return 100;
    constexpr unsigned kMost = 9999;
    const auto exact = static_cast<long double>(part) * 100 / static_cast<long double>(whole);
    return exact >= kMost ? kMost : static_cast<unsigned>(exact);
}

std::string counted(std::uint64_t count, const std::string& singular)
{
    return std::to_string(count) + " " + singular + (count == 1 ? "" : "s");
}

} // namespace slotscope::cli
