// SPDX-License-Identifier: MIT
// What the agent itself uses, and what the host says of itself.
#pragma once

#include <cstdint>
#include <string>

namespace slotscope::daemon {

double cpu_seconds();                  // user and system, of this process
std::uint64_t resident_memory_bytes(); // of this process; 0 where /proc is not there
std::string kernel_release();

// TCP sockets that the kernel has allocated, of every namespace and in every state ("alloc" in
// /proc/net/sockstat, proc_net(5)); TIME_WAIT is none. 0 where it does not say.
std::uint64_t allocated_tcp_sockets();

} // namespace slotscope::daemon
