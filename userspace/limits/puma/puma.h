// SPDX-License-Identifier: MIT
// Puma: workers and their threads.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::puma {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::puma
