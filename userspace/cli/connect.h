// SPDX-License-Identifier: MIT
// The connection to the agent's socket, and why there is none.
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <chrono>
#include <string>

namespace slotscope::cli {

// A connected Unix stream socket. The Error says which case it is (no socket, nobody listens, no permission,
// …) and what to do; its code is api::kExitUnreachable.
Result<Fd> connect_to(const std::string& path, std::chrono::milliseconds timeout);

} // namespace slotscope::cli
