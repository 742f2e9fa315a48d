// SPDX-License-Identifier: MIT
// Comparing what is counted with the kernel's own list of sockets, and putting right what differs.
#pragma once

#include "base/result.h"
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
    std::uint64_t removed = 0; // connections that the kernel no longer has
    double seconds = 0;
    std::vector<std::string> not_reached; // namespaces, with the reason
};

class Auditor {
  public:
    Auditor(kernel::Session& session, const enrich::NetworkNamespaces& namespaces)
        : session_(session), namespaces_(namespaces)
    {
    }

    // Walks every namespace. A connection that was not met in its namespace now, nor in the audit before, is taken
    // out: one walk can miss a socket that is on its way from one hash table to another.
    Result<AuditReport> audit();

    // Walks so that connections move to the backend that their address belongs to now.
    Result<AuditReport> regroup();

  private:
    Result<AuditReport> walk(std::set<std::uint32_t>& reached);
    std::unordered_set<std::uint64_t> not_met(const std::set<std::uint32_t>& reached, std::uint64_t before_ns) const;

    kernel::Session& session_;
    const enrich::NetworkNamespaces& namespaces_;
    std::unordered_set<std::uint64_t> suspects_; // cookies that the last audit has not met
};

} // namespace slotscope::daemon
