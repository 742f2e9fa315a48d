// SPDX-License-Identifier: MIT
// HAProxy's limits as they are at this moment, by its stats socket: maxconn that was changed at run time (by
// `set maxconn`, by an agent check), servers that were added, and where a limit between minconn and maxconn
// stands.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::haproxy {

// Puts FINDINGS right by what the first of its sockets says that answers; what was read stays where none
// does, and the findings say so.
void ask_running(const Ask& ask, Findings& findings);

} // namespace slotscope::limits::haproxy
