// SPDX-License-Identifier: MIT
// HAProxy's command line (management manual, 3).
#pragma once

#include "limits/reader.h"

#include <string>
#include <vector>

namespace slotscope::limits::haproxy {

// The files that it reads, in order.
std::vector<std::string> configuration_files(Reading& reading, Findings& findings);

} // namespace slotscope::limits::haproxy
