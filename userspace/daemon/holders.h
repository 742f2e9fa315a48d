// SPDX-License-Identifier: MIT
// Who holds the slots: now, or at the last moment a backend was full.
#pragma once

#include "base/result.h"
#include "daemon/waiting.h"
#include "enrich/process.h"
#include "kernel/session.h"
#include "model/backend.h"
#include "model/holder.h"
#include "model/label.h"

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace slotscope::daemon {

// A hook sees them: then "not accepted" is known, too.
bool accepts_are_seen(const kernel::Session& session);

class Holders {
  public:
    Holders(kernel::Session& session, enrich::Processes& processes, CallLabels label_of);

    // When a backend was full, and what its counter said then.
    struct Moment {
        std::uint64_t at_ns = 0;
        std::uint64_t in_use = 0;
    };
    struct Captured {
        std::uint32_t index = 0;
        std::uint64_t in_use = 0;
        std::size_t found = 0;
    };
    // Keeps who held the slots of these records, each at its moment, in one look through the table.
    std::vector<Captured> capture(const std::map<std::uint32_t, Moment>& wanted, std::uint64_t now_ns);

    // Answers a query against the backends of the newest snapshot.
    Result<HolderPage> find(const HolderQuery& query, std::span<const Backend> backends,
                            std::uint64_t now_ns);

    void forget(std::uint32_t index) { captures_.erase(index); }

    // How long the last look through the table took.
    double last_read_seconds() const { return last_read_seconds_; }

  private:
    struct Capture {
        std::uint64_t at_ns = 0;
        std::uint64_t in_use = 0;
        std::size_t total = 0;
        std::vector<Connection> connections;      // oldest first
        std::vector<std::string> labels;          // of their calls
        std::vector<std::optional<NextHop>> hops; // of each, as it was at that moment
    };

    using ByIndex = std::vector<const Backend*>; // null: there is no such backend
    Result<HolderPage> page_of_capture(const HolderQuery& query, const std::vector<const Backend*>& chosen,
                                       const ByIndex& all, std::uint64_t now_ns);
    HolderPage page_of_now(const HolderQuery& query, const std::vector<const Backend*>& chosen,
                           std::size_t records, const ByIndex& all, std::uint64_t now_ns);
    void find_owners(const std::vector<Connection>& connections, std::uint64_t now_ns);
    void keep_processes(const Capture& capture, std::uint64_t now_ns);
    Holder describe(const Connection& connection, const Backend& backend, std::uint64_t now_ns);
    std::optional<WaitsFor> describe(const std::optional<NextHop>& hop, const ByIndex& all,
                                     std::uint64_t now_ns);
    void drop_oldest_capture();

    kernel::Session& session_;
    enrich::Processes& processes_;
    CallLabels label_of_;
    std::map<std::uint32_t, Capture> captures_; // by record
    std::uint64_t next_file_walk_ns_ = 0;
    kernel::Session::Clocks clocks_; // as of the query that is being answered
    double last_read_seconds_ = 0;
    bool accepts_are_seen_;
};

} // namespace slotscope::daemon
