// SPDX-License-Identifier: MIT
// HAProxy: the limits of servers.
#pragma once

#include "limits/haproxy/processes.h"

#include <map>
#include <string>

namespace slotscope::limits::haproxy {

// Servers without a limit, by their address as it is written: where another one has a limit at the same
// address, what they let through is beside it.
using Unlimited = std::map<std::string, std::string, std::less<>>;
Unlimited unlimited_servers(const Configuration& configuration);

void add_server(const Proxy& proxy, const Server& server, const Processes& processes,
                const Unlimited& unlimited, Reading& reading, Findings& findings);

} // namespace slotscope::limits::haproxy
