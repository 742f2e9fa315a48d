// SPDX-License-Identifier: MIT
// How many file descriptors a process has open, and how many it may have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace slotscope::enrich {

struct OpenFiles {
    std::uint64_t open = 0;
    std::uint64_t most = 0; // soft limit

    // The next one will be refused (EMFILE).
    bool none_left() const { return open >= most; }
};

// Absent where it cannot be told: the process has gone, or has more than 65,536 open before Linux 6.2, which
// does not say how many there are without listing them.
std::optional<OpenFiles> open_files_of(const std::string& proc, std::uint32_t pid);

} // namespace slotscope::enrich
