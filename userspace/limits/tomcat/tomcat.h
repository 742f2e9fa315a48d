// SPDX-License-Identifier: MIT
// Tomcat: `maxThreads` and `maxConnections` of connectors in server.xml.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::tomcat {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::tomcat
