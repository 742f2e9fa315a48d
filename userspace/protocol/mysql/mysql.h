// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace slotscope::protocol::mysql {

// See protocol/label.h.
std::string label(std::string_view head);

} // namespace slotscope::protocol::mysql
