// SPDX-License-Identifier: MIT
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <string>

namespace slotscope::serve {

// A socket that listens on "ADDR:PORT" (port 1 to 65535; a wildcard address is fine) and does not block. An
// Error names the address and says how to choose another with --metrics.
Result<Fd> listen_tcp(const std::string& address);

} // namespace slotscope::serve
