// SPDX-License-Identifier: MIT
// How the agent itself is doing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace slotscope {

// One count with its name and what it means.
struct Reason {
    std::string name;
    std::string meaning;
    std::uint64_t count = 0;
    bool miscounts = false; // a loss: counts of connections or calls are wrong for it
};

// A signal, the variant that serves it, and what is missed without a better one.
struct HookStatus {
    std::string signal;  // "connect"
    std::string variant; // "tp_btf/inet_sock_set_state"; "none" where nothing attached
    std::string gap;     // what is not seen with this variant; empty: nothing
};

struct ProgramStatus {
    std::string name;
    std::uint64_t runs = 0;             // 0 unless the kernel's BPF statistics are on
    double run_seconds = 0;             // likewise
    std::uint64_t recursion_misses = 0; // runs that the kernel skipped
};

struct TableStatus {
    std::string name; // "connections", "backends"
    std::uint64_t used = 0;
    std::uint64_t capacity = 0;
};

struct AgentStatus {
    std::string version;
    std::string kernel; // release
    std::uint32_t pid = 0;
    std::string user;                      // it runs as
    std::vector<std::string> capabilities; // that it has kept: "CAP_SYS_ADMIN"
    double uptime_seconds = 0;
    double cpu_seconds = 0;                // user and system, of the agent
    std::uint64_t memory_bytes = 0;        // resident
    std::uint64_t kernel_memory_bytes = 0; // of the tables
    double last_audit_seconds_ago = -1;    // negative: none yet
    double last_audit_seconds = 0;         // how long it took
    double last_walk_seconds = 0;          // time to read the holder table, last
    std::uint64_t namespaces = 0;          // network namespaces that audits reach
    std::vector<std::string> warnings;     // each says what is degraded and what to do
    std::vector<HookStatus> hooks;
    std::vector<ProgramStatus> programs;
    std::vector<TableStatus> tables;
};

} // namespace slotscope
