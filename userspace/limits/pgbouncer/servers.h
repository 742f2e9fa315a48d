// SPDX-License-Identifier: MIT
// PgBouncer's connections to the servers behind it.
#pragma once

#include "limits/pgbouncer/configuration.h"

namespace slotscope::limits::pgbouncer {

// Adds a limit for each server whose databases' pools can be told.
void add_servers(const Configuration& configuration, Reading& reading, Findings& findings);

} // namespace slotscope::limits::pgbouncer
