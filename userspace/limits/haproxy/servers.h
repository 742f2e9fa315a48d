// SPDX-License-Identifier: MIT
// HAProxy: the limits of servers.
#pragma once

#include "limits/haproxy/processes.h"

namespace slotscope::limits::haproxy {

void add_server(const Proxy& proxy, const Server& server, const Processes& processes, Reading& reading,
                Findings& findings);

} // namespace slotscope::limits::haproxy
