// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"

#include <string>

namespace slotscope::cli::report {

// Writes CONTENT to PATH as a whole: what was there before is replaced only once all is written. A pipe or a
// device is written to as it is. An Error's code is an exit code.
Result<void> write_whole(const std::string& path, const std::string& content);

} // namespace slotscope::cli::report
