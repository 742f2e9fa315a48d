// SPDX-License-Identifier: MIT
// A limit of processor time that a control group has, and how often its processes had to wait for more.
#pragma once

#include <cstdint>
#include <string>

namespace slotscope {

struct CpuQuota {
    std::string group; // its path, from the top of its hierarchy: "/kubepods.slice/…"
    double cores = 0;  // that may be used: quota ÷ period
    double period_seconds = 0;
    // Since the group was made:
    std::uint64_t throttled_periods = 0; // at the end of whose quota somebody still wanted to run
    double throttled_seconds = 0;        // of all processors together

    bool operator==(const CpuQuota&) const = default;
};

} // namespace slotscope
