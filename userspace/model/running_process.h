// SPDX-License-Identifier: MIT
// A process as /proc tells it, and a product that runs as one or several.
#pragma once

#include "model/address.h"

#include <cstdint>
#include <string>
#include <vector>

namespace slotscope {

struct RunningProcess {
    std::uint32_t pid = 0;
    std::uint32_t parent = 0;
    std::string name;              // comm
    std::string executable;        // as its root directory has it, without " (deleted)"
    std::vector<std::string> argv; // what the process shows there now: some products overwrite it
    std::uint64_t started_ticks = 0;
    std::int64_t started_ns = 0;   // CLOCK_REALTIME; right to about 10 ms
    std::uint32_t netns = 0;       // inode of its network namespace; 0 where that cannot be told
    std::uint64_t stack_start = 0; // another one after each execve, by chance; 0 where that cannot be told
    bool leaving = false;          // listens no more, while others of its product do; told of some only

    bool operator==(const RunningProcess&) const = default;
};

// One running instance of a product: its main process and those that this one started of the same product.
struct Instance {
    RunningProcess main;
    std::vector<RunningProcess> children; // by pid
    std::string working_directory;
    std::vector<std::string> environment; // of the main process, NAME=VALUE; only where a reader needs it
    std::vector<Endpoint> listening;      // sockets that any of them listens on
    std::uint64_t most_open_files = 0;    // soft limit of the main process; 0 where that cannot be told

    bool operator==(const Instance&) const = default;
};

} // namespace slotscope
