// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace slotscope::cli {

// What stands below a command's options in its help and in the manual; empty: nothing.
std::string_view notes_of(std::string_view command);

} // namespace slotscope::cli
