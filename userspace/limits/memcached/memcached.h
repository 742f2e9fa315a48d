// SPDX-License-Identifier: MIT
// memcached: `-c`, the connections that it takes.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::memcached {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::memcached
