// SPDX-License-Identifier: MIT
// Caddy: `max_requests` and `unhealthy_request_count` of reverse proxies, in JSON and in a Caddyfile.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::caddy {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::caddy
