// SPDX-License-Identifier: MIT
// `slotscoped --doctor`: what this host allows, as one JSON document.
#pragma once

namespace slotscope::daemon {

// Prints the report on stdout; the exit code is 0 where all is well, 1 where something is degraded, 2 where
// something that is needed is missing.
int report_health();

} // namespace slotscope::daemon
