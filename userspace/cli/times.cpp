// SPDX-License-Identifier: MIT
#include "cli/times.h"

#include "base/clock.h"
#include "base/parse_time.h"
#include "cli/text/text.h"

#include <slotscope/api/contract.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace slotscope::cli {

namespace {

constexpr std::uint64_t kLongest = 100'000; // of any unit: nobody means more, and nothing overflows

std::optional<std::chrono::seconds> ago(std::string_view text)
{
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || count > kLongest || end + 1 != text.data() + text.size())
        return std::nullopt;
    const auto times = [count](auto unit) {
        return std::optional<std::chrono::seconds>(std::chrono::seconds(unit) *
                                                   static_cast<std::int64_t>(count));
    };
    switch (*end) {
    case 's':
        return times(std::chrono::seconds(1));
    case 'm':
        return times(std::chrono::minutes(1));
    case 'h':
        return times(std::chrono::hours(1));
    case 'd':
        return times(std::chrono::days(1));
    default:
        return std::nullopt;
    }
}

} // namespace

Result<std::string> api_time(const std::string& written, std::string_view option,
                             std::chrono::system_clock::time_point now)
{
    if (written.empty())
        return std::string();
    if (written == "now")
        return rfc3339(now);
    if (const auto seconds = ago(written)) // longer ago than time is counted: since its beginning
        return rfc3339(std::max(now - *seconds, std::chrono::system_clock::time_point()));
    if (const auto time = parse_rfc3339(written))
        return rfc3339(*time);
    return Error{std::string(option) + ": \"" + printable(written) +
                     "\" is not a time: give how long ago (90s, 15m, 2h, 3d) or 2026-01-31T08:15:30Z",
                 api::kExitUsage};
}

} // namespace slotscope::cli
