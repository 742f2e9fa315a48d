// SPDX-License-Identifier: MIT
// Times as text, read.
#pragma once

#include "base/result.h"

#include <chrono>
#include <string_view>

namespace slotscope {

// "2026-01-31T08:15:30Z", with a fraction of a second or without, and with an offset such as +02:00 for the
// Z. The inverse of rfc3339() in clock.h. Years 1970 to 9999; what is beyond the clock's last moment (in
// 2262) is that moment.
Result<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text);

} // namespace slotscope
