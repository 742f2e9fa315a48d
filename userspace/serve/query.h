// SPDX-License-Identifier: MIT
// The target of a request: its path and its parameters.
#pragma once

#include "base/result.h"

#include <map>
#include <string>
#include <string_view>

namespace slotscope::serve {

struct Target {
    std::string path;                              // decoded
    std::map<std::string, std::string> parameters; // decoded; each at most once
};

// "/v1/holders?backend=a%20b&count=10", or the same as an absolute URL. Escapes are RFC 3986's: a plus is a
// plus. An Error says which part is wrong.
Result<Target> parse_target(std::string_view target);

} // namespace slotscope::serve
