// SPDX-License-Identifier: MIT
// nginx: `max_conns` of the servers of upstreams, in http and in stream.
#pragma once

#include "limits/nginx/connections.h"
#include "limits/nginx/directives.h"
#include "limits/reader.h"

#include <vector>

namespace slotscope::limits::nginx {

void add_upstreams(const std::vector<Directive>& directives, const Workers& workers, Reading& reading,
                   Findings& findings);

} // namespace slotscope::limits::nginx
