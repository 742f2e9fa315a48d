// SPDX-License-Identifier: MIT
// HAProxy: `maxconn` of servers, frontends and the whole process.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::haproxy {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::haproxy
