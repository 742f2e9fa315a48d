// SPDX-License-Identifier: MIT
// Where something is written.
#pragma once

#include <string>

namespace slotscope::limits {

struct Place {
    std::string file; // as the product's root directory has it; "command line" and the like have no line
    int line = 0;
};
std::string to_string(const Place& place); // "/etc/haproxy/haproxy.cfg:23"

} // namespace slotscope::limits
