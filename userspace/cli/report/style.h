// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace slotscope::cli::report {

// The style sheet of a report: light, dark, narrow and on paper. Names no address.
std::string_view style();

} // namespace slotscope::cli::report
