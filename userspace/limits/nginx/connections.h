// SPDX-License-Identifier: MIT
// nginx: `worker_connections`, which clients and servers share.
#pragma once

#include "limits/nginx/directives.h"
#include "limits/reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace slotscope::limits::nginx {

// How many workers share nothing, and how that is known.
struct Workers {
    std::uint32_t count = 1;
    std::string how;
    bool has_master = true;
};

// The limit of what the instance listens on.
void add_worker_connections(const std::vector<Directive>& directives, const Workers& workers,
                            const Reading& reading, Findings& findings);

} // namespace slotscope::limits::nginx
