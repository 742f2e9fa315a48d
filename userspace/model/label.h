// SPDX-License-Identifier: MIT
// Where the name of a call comes from, for those that do not know how it is found.
#pragma once

#include "model/holder.h"

#include <functional>
#include <string>

namespace slotscope {

// The name of the call on a connection, "GET /report/{id}"; empty: not known.
using CallLabels = std::function<std::string(const Connection&)>;

} // namespace slotscope
