// SPDX-License-Identifier: MIT
// Where the agent's program is.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace slotscope::cli {

// Where it is looked for, in this order: beside this program, the system's directories, PATH.
std::vector<std::string> agent_directories();

// The first executable "slotscoped" in `directories`.
std::optional<std::string> find_agent(const std::vector<std::string>& directories);

} // namespace slotscope::cli
