// SPDX-License-Identifier: MIT
// Which process a pid is.
#pragma once

#include "model/holder.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace slotscope::enrich {

// Remembers what it has read from /proc, so that 10,000 holders of some processes cost as many reads as there
// are processes, at most once a second. Not for several threads.
class Processes {
  public:
    explicit Processes(std::string proc = "/proc", std::size_t most = 16'384);

    // Name (the thread group leader's comm) and unit of the process PID, with tid 0. NOW_NS is
    // CLOCK_MONOTONIC. A process that has gone keeps what was known of it, until another process gets its pid
    // (which the start time tells); one that was never seen has an empty name. The name's bytes are the
    // process's own choice, not always UTF-8, and at most 64.
    Process find(std::uint32_t pid, std::uint64_t now_ns);

    std::size_t size() const { return known_.size(); }

  private:
    struct Known {
        std::string name;
        std::string unit;
        std::uint64_t started_ticks = 0; // since boot; 0: it was never seen
        std::uint64_t checked_ns = 0;
        std::uint64_t used_ns = 0;
    };

    void check(std::uint32_t pid, Known& known) const;
    void make_room();

    std::string proc_;
    std::size_t most_;
    std::unordered_map<std::uint32_t, Known> known_;
};

// The fields of /proc/PID/stat that are needed here (proc_pid_stat(5)).
struct ProcessStat {
    std::string name;                // field 2; may have spaces and parentheses of its own
    std::uint64_t started_ticks = 0; // field 22, since boot
    std::uint64_t stack_start = 0;   // field 28; 0 where it may not be seen
};

// An empty name and 0 where TEXT is no such line.
ProcessStat parse_process_stat(std::string_view text);

} // namespace slotscope::enrich
