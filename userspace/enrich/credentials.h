// SPDX-License-Identifier: MIT
// Whose a process is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope::enrich {

// The real ones, as this process's user namespace has them: what was started by root and lends itself another
// user meanwhile is root's, what is setuid is that of who started it.
struct Credentials {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> groups; // the supplementary ones

    bool operator==(const Credentials&) const = default;
};

// Of PID, if it is the process that began at STARTED_TICKS; absent where it is not, or cannot be told.
std::optional<Credentials> credentials_of(const std::string& proc, std::uint32_t pid,
                                          std::uint64_t started_ticks);

// What /proc/PID/status says (proc_pid_status(5)).
std::optional<Credentials> parse_credentials(std::string_view status);

} // namespace slotscope::enrich
