// SPDX-License-Identifier: MIT
// Workers of mod_proxy: pools of connections to an address, as its directives make and share them.
#pragma once

#include "limits/apache/directives.h"

#include <cstdint>
#include <string>
#include <vector>

namespace slotscope::limits::apache {

struct Pool {
    std::string url;
    std::string balancer;   // that it is a member of; empty: none
    std::uint32_t most = 0; // max=; 0: as many as threads
    Place place;            // of max=; without one of what makes it
    std::uint32_t host = 0; // of which it is: 0 is the main server
    std::uint32_t copies = 1;
};

// In each process. Those that differ in their virtual host only, being written at one place, are one with
// COPIES.
std::vector<Pool> pools_of(const Configuration& configuration, Findings& findings);

} // namespace slotscope::limits::apache
