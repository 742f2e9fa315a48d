// SPDX-License-Identifier: MIT
#include "daemon/configuration.h"

#include "limits/check.h"
#include "limits/wording.h"

#include <algorithm>
#include <bit>

namespace slotscope::daemon {
namespace {

constexpr std::size_t kLongestSocketPath = 107; // sockaddr_un.sun_path without its final NUL
constexpr std::size_t kLongestPath = 4095;      // PATH_MAX without its final NUL

Result<void> check_path(std::string_view path, std::size_t most)
{
    if (path.empty())
        return Error{"the path is empty"};
    if (path.size() > most)
        return Error{"the path " + limits::in_quotes(path) + " has " + std::to_string(path.size()) +
                     " bytes; at most " + std::to_string(most) + " are possible"};
    const bool controls = std::any_of(path.begin(), path.end(), [](char character) {
        const auto byte = static_cast<unsigned char>(character);
        return byte < 0x20 || byte == 0x7f;
    });
    if (controls)
        return Error{"the path " + limits::in_quotes(path) + " has a control character"};
    return {};
}

} // namespace

std::uint32_t rounded_connections(std::uint32_t asked_for)
{
    return std::bit_ceil(std::clamp(asked_for, kMaxConnections.least, kMaxConnections.most));
}

Result<void> check_socket(std::string_view path)
{
    return check_path(path, kLongestSocketPath);
}

Result<void> check_metrics(std::string_view address)
{
    if (address == "off")
        return {};
    const auto parsed = limits::parse_limit_address(address);
    if (parsed && !parsed->is_unix())
        return {};
    return Error{limits::in_quotes(address) +
                 " is neither off nor an address to listen on: write off, or IP:PORT or " +
                 "[IP6]:PORT such as " + std::string(api::kDefaultMetrics)};
}

Result<void> check_state(std::string_view path)
{
    return check_path(path, kLongestPath);
}

Result<void> check_log_level(std::string_view level)
{
    if (std::find(kLogLevels.begin(), kLogLevels.end(), level) != kLogLevels.end())
        return {};
    return Error{limits::in_quotes(level) + " is not a log level" + limits::suggestion(level, kLogLevels)};
}

std::vector<Limit> override_limits(std::vector<Limit> from_file, const std::vector<Limit>& given)
{
    std::vector<Limit> result;
    for (Limit& limit : from_file) {
        bool overridden = false;
        for (const Limit& by : given) {
            if (by.name != limit.name || !limits::directions_overlap(limit, by))
                continue;
            if (!by.direction || by.direction == limit.direction)
                overridden = true;
            else // the file's counts both directions, and the given one takes over one of them
                limit.direction =
                    *by.direction == Direction::inbound ? Direction::outbound : Direction::inbound;
        }
        if (!overridden)
            result.push_back(std::move(limit));
    }
    result.insert(result.end(), given.begin(), given.end());
    return result;
}

} // namespace slotscope::daemon
