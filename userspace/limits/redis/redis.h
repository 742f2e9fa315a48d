// SPDX-License-Identifier: MIT
// Redis and Valkey: `maxclients`.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::redis {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::redis
