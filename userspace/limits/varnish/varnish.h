// SPDX-License-Identifier: MIT
// Varnish: `.max_connections` of the backends of the VCL that it was started with.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::varnish {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::varnish
