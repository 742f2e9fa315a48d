// SPDX-License-Identifier: MIT
// Which processes have called which servers in the last minutes. Who cannot connect any more has no
// connection by which a look would see whom it asks.
#pragma once

#include "analyze/scan.h"

#include <cstdint>
#include <map>
#include <set>

namespace slotscope::analyze {

// Of at most kMostAskers pairs of a process and a record; what comes then is not remembered.
class Askers {
  public:
    static constexpr std::size_t kMostAskers = 16'384;
    static constexpr std::uint64_t kRemembered_ns = 600'000'000'000;

    void note(const Scan& scan);
    // One of the processes has had a connection of this outbound record.
    bool has_asked(std::uint32_t record, const std::set<std::uint32_t>& pids) const;
    void forget(std::uint32_t record);

  private:
    void drop_old(std::uint64_t now_ns);

    std::map<std::uint32_t, std::map<std::uint32_t, std::uint64_t>> seen_; // record -> pid -> when last
    std::size_t pairs_ = 0;
    std::uint64_t dropped_ns_ = 0;
};

} // namespace slotscope::analyze
