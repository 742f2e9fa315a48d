// SPDX-License-Identifier: MIT
// Programs that do nothing, attached where the agent's are (empty.bpf.c).
#pragma once

#include "agent.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

struct bpf_link;
struct bpf_object;

namespace slotscope::bench {

class EmptyPrograms {
  public:
    EmptyPrograms(); // those that attach on this kernel; throws where none does
    ~EmptyPrograms();
    EmptyPrograms(const EmptyPrograms&) = delete;
    EmptyPrograms& operator=(const EmptyPrograms&) = delete;

    // By the beginning of the name of the agent's program at the same place: "tcp_state", "tcp_destroy", ...
    std::map<std::string, ProgramRuns> runs() const;

  private:
    struct Close {
        void operator()(bpf_object* object) const;
        void operator()(bpf_link* link) const;
    };
    struct Attached {
        std::string name;
        std::unique_ptr<bpf_object, Close>
            object; // each has one of its own: what does not load spoils no other
        std::unique_ptr<bpf_link, Close> link;
        int program = -1;
    };
    void attach(const std::string& name);

    std::vector<Attached> attached_;
};

// The kernel counts and times the runs of all programs while this exists (as with sysctl
// kernel.bpf_stats_enabled=1, which it leaves alone). Throws where the kernel refuses.
class RunStatistics {
  public:
    RunStatistics();
    ~RunStatistics();
    RunStatistics(const RunStatistics&) = delete;
    RunStatistics& operator=(const RunStatistics&) = delete;

  private:
    int fd_;
};

} // namespace slotscope::bench
