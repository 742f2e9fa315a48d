// SPDX-License-Identifier: MIT
// Apache httpd: `max=` of mod_proxy, and the workers of its multi-processing module.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::apache {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::apache
