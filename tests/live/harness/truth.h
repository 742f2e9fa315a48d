// SPDX-License-Identifier: MIT
// The kernel's own list of TCP sockets (NETLINK_SOCK_DIAG), which the agent's counts are compared with.
#pragma once

#include "harness/netns.h"
#include "model/limit.h"

#include <vector>

namespace slotscope::live {

struct KernelSocket {
    int state = 0; // TCP_ESTABLISHED, …
    Address local;
    Address remote;
    bool full = true; // false: a request or TIME_WAIT minisocket
};

// Every TCP socket of a network namespace, listeners and minisockets included.
std::vector<KernelSocket> kernel_sockets(const Namespace& where);

// How many connections of a backend the kernel has in `where`: full sockets to `address` (outbound), or of
// the listener `address` (inbound), handshake done. Not for connections of a socket with itself.
std::size_t kernel_open(const Namespace& where, const Address& address, Direction direction);

} // namespace slotscope::live
