// SPDX-License-Identifier: MIT
// PgBouncer: `max_client_conn` in front, pool sizes behind.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::pgbouncer {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::pgbouncer
