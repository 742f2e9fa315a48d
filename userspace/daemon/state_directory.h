// SPDX-License-Identifier: MIT
// The directory that outlives the agent.
#pragma once

#include "base/result.h"

#include <string>

namespace slotscope::daemon {

// Makes PATH where it is not there, with the directories above it: 0750, of the group slotscope where there
// is one. One that is there stays as it is: it may be somebody's for other things, too.
Result<void> make_state_directory(const std::string& path);

} // namespace slotscope::daemon
