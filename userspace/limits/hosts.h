// SPDX-License-Identifier: MIT
// Host names by a file of names (hosts(5)).
#pragma once

#include "model/address.h"

#include <string>
#include <string_view>
#include <vector>

namespace slotscope::limits {

// The addresses that CONTENT has for NAME, in its order, port 0. Empty where it has none.
std::vector<Address> addresses_in_hosts(std::string_view content, std::string_view name);

} // namespace slotscope::limits
