// SPDX-License-Identifier: MIT
// A line of HAProxy's configuration as words (configuration manual, 2.2 "Quoting and escaping" and 2.3
// "Environment variables").
#pragma once

#include "base/result.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope::limits::haproxy {

using Environment = std::map<std::string, std::string, std::less<>>;

Environment environment_from(const std::vector<std::string>& entries);

// LINE without its comment; quotes and escapes are taken away, variables within double quotes filled in. A
// quote that does not end is an Error.
Result<std::vector<std::string>> words_in(std::string_view line, const Environment& environment);

// $NAME, ${NAME} and ${NAME-default} in TEXT, as addresses have them without quotes too. One that is not set
// is empty.
std::string expanded(std::string_view text, const Environment& environment);

} // namespace slotscope::limits::haproxy
