// SPDX-License-Identifier: MIT
// The configuration file (TOML). tests/data/slotscope.toml has every key.
//
// Wrong keys and values are an Error with a line for each, in the order of the file:
//   /etc/slotscope/slotscope.toml:12:1: unknown key "adress" in [[limit]]; did you mean "address"?
// A syntax error ends the reading, so it comes alone.
#pragma once

#include "daemon/configuration.h"

#include <string>
#include <string_view>

namespace slotscope::daemon {

inline constexpr std::string_view kDefaultConfigurationFile = "/etc/slotscope/slotscope.toml";
inline constexpr std::size_t kLargestConfigurationFile = 1'048'576;

// A line longer than this is an Error. toml++ 3.3 nests a table for each dot of a key and frees them by
// recursion, so that a line of 100 KB of dots overflows the stack.
inline constexpr std::size_t kLongestConfigurationLine = 4096;

// TEXT as the content of the file PATH, which only messages and Limit::source name. A limit's source is
// "BASENAME:LINE" of its `slots`.
Result<Configuration> parse_configuration(std::string_view text, std::string_view path);

// The file's content. Error::code is ENOENT where there is no such file. Anything but a regular file of at
// most kLargestConfigurationFile bytes is an Error, and never waited for.
Result<Configuration> read_configuration_file(const std::string& path);

} // namespace slotscope::daemon
