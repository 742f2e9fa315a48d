// SPDX-License-Identifier: MIT
// Caddy: `max_requests`, `unhealthy_request_count` and `max_conns_per_host` of reverse proxies, in JSON and
// in a Caddyfile.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::caddy {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::caddy
