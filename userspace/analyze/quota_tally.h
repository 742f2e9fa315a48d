// SPDX-License-Identifier: MIT
// How much of the time of an episode those who serve were kept from running by a limit of processor time of
// their control group.
#pragma once

#include "model/cpu_quota.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

namespace slotscope::analyze {

// Over the last half minute to minute, or since it began.
struct Throttled {
    std::string who; // "those who serve"
    std::string group;
    double cores = 0; // that it may use
    double period_seconds = 0;
    double share = 0;   // of the periods in which they had used up their quota, and wanted more
    double seconds = 0; // that they were kept waiting, of each second: of all processors together

    // So much of the time that what they serve takes at least some times as long.
    bool weighs() const { return share >= 0.5 && seconds >= 0.25; }
};

class QuotaTally {
  public:
    // All that one look saw: a group that is not among them is forgotten.
    void add(std::span<const CpuQuota> seen, std::uint64_t now_ns);

    // Of the group that kept WHO waiting most; absent without a limit, and before two looks half a second
    // apart.
    std::optional<Throttled> most(const std::string& who) const;

  private:
    struct Look {
        std::uint64_t at_ns = 0;
        CpuQuota quota;
    };
    struct Course { // of one group
        Look first; // what is told begins there
        Look middle;
        Look last;
    };
    std::map<std::string, Course> groups_; // as many as a look sees
};

} // namespace slotscope::analyze
