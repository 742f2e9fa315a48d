// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace slotscope::protocol::fastcgi {

// See protocol/label.h.
std::string label(std::string_view head);

} // namespace slotscope::protocol::fastcgi
