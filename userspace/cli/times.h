// SPDX-License-Identifier: MIT
// Times as people write them.
#pragma once

#include "base/result.h"

#include <chrono>
#include <string>
#include <string_view>

namespace slotscope::cli {

// "90s", "15m", "2h", "3d" (ago), "now", or RFC 3339, as the API takes it: RFC 3339 in UTC. Empty stays
// empty. An Error (wrong usage) names OPTION.
Result<std::string> api_time(const std::string& written, std::string_view option,
                             std::chrono::system_clock::time_point now);

} // namespace slotscope::cli
