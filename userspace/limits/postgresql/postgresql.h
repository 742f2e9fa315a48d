// SPDX-License-Identifier: MIT
// PostgreSQL: `max_connections`, less what is reserved.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::postgresql {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::postgresql
