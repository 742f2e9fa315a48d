// SPDX-License-Identifier: MIT
// Comparing the records of Unix connections with the kernel's list of Unix sockets. Where no hook sees their
// ends, this is what finds those that no process has read, so it runs often.
#pragma once

#include "base/result.h"
#include "enrich/netns.h"
#include "kernel/session.h"

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace slotscope::daemon {

class UnixAuditor {
  public:
    UnixAuditor(kernel::Session& session, const enrich::NetworkNamespaces& namespaces)
        : session_(session)
        , namespaces_(namespaces)
    {
    }

    // Of every namespace. `regroup`: connections also move to the backend that their address belongs to now.
    Result<void> run(bool regroup = false);

    // Of the namespaces that have Unix connections or listeners, as of the last run of all. A connection that
    // the kernel's list does not have is taken out at once: a Unix socket stays where it is in that list.
    Result<void> run_where_connections_are();

    // How long to wait for the next of the latter: a tenth of a second, and at most 1/400 of the time is for
    // such walks.
    std::chrono::nanoseconds pause() const;

  private:
    struct Place {
        std::uint64_t cookie = 0;
        std::uint32_t bucket = 0;
        std::uint32_t way = 0;
    };

    void find_records();
    template <typename Visit>
    void for_each_record(const Visit& visit) const;
    Result<void> walk(const std::vector<kernel::WalkTarget>& targets);

    kernel::Session& session_;
    const enrich::NetworkNamespaces& namespaces_;
    std::vector<kernel::WalkTarget> targets_;
    std::vector<Place> places_;               // of Unix sockets' records, as of …
    std::uint64_t found_ = ~std::uint64_t{0}; // … so many that had ever been made
    bool all_are_hot_ = false;                // as of the last run of all
    std::uint64_t looked_for_ns_ = 0;         // new namespaces
    std::uint64_t took_ns_ = 0;               // the last walk
};

} // namespace slotscope::daemon
