// SPDX-License-Identifier: MIT
// What the agent itself uses.
#pragma once

#include <cstdint>
#include <string>

namespace slotscope::daemon {

double cpu_seconds();                  // user and system, of this process
std::uint64_t resident_memory_bytes(); // of this process; 0 where /proc is not there
std::string kernel_release();

} // namespace slotscope::daemon
