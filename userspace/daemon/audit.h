// SPDX-License-Identifier: MIT
// Comparing what is counted with the kernel's own list of sockets, and putting right what differs.
#pragma once

#include "base/result.h"
#include "daemon/recount.h"
#include "enrich/netns.h"
#include "kernel/session.h"

#include <cstdint>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

namespace slotscope::daemon {

struct AuditReport {
    std::uint64_t sockets = 0; // looked at
    std::uint64_t namespaces = 0;
    std::uint64_t removed = 0;            // connections that the kernel no longer has
    std::uint64_t recounted = 0;          // backends whose counters did not agree with their connections
    double seconds = 0;                   // of work, without the pauses between steps
    std::uint64_t hidden_processes = 0;   // whose namespace may not be looked at
    std::vector<std::string> not_reached; // namespaces, with the reason
};

class Auditor {
  public:
    Auditor(kernel::Session& session, const enrich::NetworkNamespaces& namespaces)
        : session_(session)
        , namespaces_(namespaces)
        , recounter_(session)
    {
    }

    // Whether connections also move to the backend that their address belongs to now.
    enum class Kind { audit, regroup };

    // Starts a walk over all namespaces; step() walks one of them, so that others can use the loop in
    // between.
    void begin(Kind kind);
    bool under_way() const { return under_way_; }
    // Something was not met that the next audit will take out unless it is met then.
    bool has_suspects() const { return !suspects_.empty(); }

    // True while there is more to do. A connection that was not met in its namespace now, nor in the audit
    // before, is taken out: one walk can miss a socket that is on its way from one hash table to another.
    Result<bool> step();

    // Of the last audit that has ended.
    const AuditReport& report() const { return report_; }

    // All steps at once.
    Result<void> run(Kind kind);

  private:
    Result<void> finish();
    std::unordered_set<std::uint64_t> not_met() const;

    kernel::Session& session_;
    const enrich::NetworkNamespaces& namespaces_;
    Recounter recounter_;
    std::unordered_set<std::uint64_t> suspects_; // cookies that the last audit has not met

    bool under_way_ = false;
    std::uint64_t begun_ns_ = 0;
    std::vector<kernel::WalkTarget> targets_; // still to walk
    std::set<std::uint32_t> reached_;
    AuditReport current_;
    AuditReport report_;
};

} // namespace slotscope::daemon
