// SPDX-License-Identifier: MIT
// HAProxy: the limits of frontends, by their own maxconn and by that of the process, which they share.
#pragma once

#include "limits/haproxy/configuration.h"

namespace slotscope::limits::haproxy {

// The frontend side of PROXY, with the addresses that it listens on.
Front front_of(const Proxy& proxy, Reading& reading, Findings& findings);

// One for each of FRONTS that has a maxconn below WHOLE, the process's, and one for all others together.
std::vector<Limit> limits_of(const std::vector<Front>& fronts, const std::optional<Count>& whole);

} // namespace slotscope::limits::haproxy
