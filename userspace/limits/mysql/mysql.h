// SPDX-License-Identifier: MIT
// MySQL and MariaDB: `max_connections`.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::mysql {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::mysql
