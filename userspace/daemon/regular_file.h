// SPDX-License-Identifier: MIT
// Reading a file that somebody named, without hanging on what is not one.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>

namespace slotscope::daemon {

// The whole content. An Error (with errno in its code) when it cannot be opened or read, is not a regular
// file (a directory, a FIFO, a device: never waited for), or has more than MOST_BYTES bytes.
Result<std::string> read_regular_file(const std::string& path, std::size_t most_bytes);

} // namespace slotscope::daemon
