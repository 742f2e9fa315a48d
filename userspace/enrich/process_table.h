// SPDX-License-Identifier: MIT
// The processes that somebody looks for, found again and again at little cost.
#pragma once

#include "model/running_process.h"

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace slotscope::enrich {

// Not for several threads.
class ProcessTable {
  public:
    using Wanted = std::function<bool(const RunningProcess&)>;

    explicit ProcessTable(Wanted wanted, std::string proc = "/proc", std::size_t most = 65'536);

    // All that are wanted now, by pid. One that is not is asked about once, and again when its name changes;
    // in its first ten seconds each time, since a process becomes another by execve. HIDDEN: how many this
    // process may not look at.
    std::vector<RunningProcess> scan(std::uint64_t* hidden = nullptr);

  private:
    struct Known {
        std::uint64_t started_ticks = 0;
        std::int64_t started_ns = 0; // told once, so that it stays the same
        std::string name;
        bool wanted = false;
        bool hidden = false;
        bool seen = false; // in this scan
    };

    void look_at(const char* name, std::vector<RunningProcess>& found, std::uint64_t* hidden);

    Wanted wanted_;
    std::string proc_;
    std::size_t most_;
    std::unordered_map<std::uint32_t, Known> known_;
};

// Sockets that any of PROCESSES listens on, in the network namespace of the first: TCP and Unix stream
// sockets, each once, sorted.
std::vector<Endpoint> listening_sockets(const std::string& proc, const std::vector<std::uint32_t>& processes);

// Those of PROCESSES that listen on nothing, where the first of them does; those whose sockets may not be
// looked at are not among them.
std::vector<std::uint32_t> not_listening(const std::string& proc,
                                         const std::vector<std::uint32_t>& processes);

// NAME=VALUE, each; nothing where it may not be read.
std::vector<std::string> environment_of(const std::string& proc, std::uint32_t pid);

// The directory that the process is in, as its root directory has it; "/" where it cannot be told.
std::string working_directory_of(const std::string& proc, std::uint32_t pid);

// Its soft limit of open files; 0 where that cannot be told.
std::uint64_t most_open_files_of(const std::string& proc, std::uint32_t pid);

} // namespace slotscope::enrich
