// SPDX-License-Identifier: MIT
// Envoy: circuit breakers of clusters in the bootstrap and in files that it names.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::envoy {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::envoy
