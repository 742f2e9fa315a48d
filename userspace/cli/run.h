// SPDX-License-Identifier: MIT
// The whole program but for main: from words to an exit code.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace slotscope::cli {

// `words` without the program's name. Gives the exit code (api::kExit…, or the verdict of check and doctor).
int run(const std::vector<std::string>& words, std::ostream& out, std::ostream& err);

} // namespace slotscope::cli
