// SPDX-License-Identifier: MIT
// Host names by the system's resolver.
#pragma once

#include "base/result.h"
#include "model/address.h"

#include <string>
#include <vector>

namespace slotscope::daemon {

// Port 0 in each. May take seconds.
Result<std::vector<Address>> resolve_by_system(const std::string& host);

} // namespace slotscope::daemon
