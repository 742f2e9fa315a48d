// SPDX-License-Identifier: MIT
// Limits of processor time that hold for processes, from their control groups.
#pragma once

#include "model/cpu_quota.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slotscope::enrich {

enum class CgroupVersion : std::uint8_t { one, two };

// Where a hierarchy that can limit processor time is to be seen.
struct CpuHierarchy {
    CgroupVersion version = CgroupVersion::two;
    std::string root;  // the group that is mounted there, as this process's control group has it
    std::string mount; // the directory
};

// MOUNTINFO as proc_pid_mountinfo(5) has it: cgroup2, and version 1 with its controller "cpu".
std::vector<CpuHierarchy> cpu_hierarchies(std::string_view mountinfo);

// The version and path of the group by which a process's processor time is limited; CGROUP as
// proc_pid_cgroup(5) has it. Where both versions are in use, that of version 1 if "cpu" is there.
std::optional<std::pair<CgroupVersion, std::string>> cpu_group(std::string_view cgroup);

// Cores and the period in seconds, where there is a limit. cgroup v2: cpu.max; v1: cpu.cfs_quota_us and
// cpu.cfs_period_us.
std::optional<std::pair<double, double>> cpu_limit(std::string_view cpu_max);
std::optional<std::pair<double, double>> cpu_limit(std::string_view quota_us, std::string_view period_us);

// Periods and seconds, of cpu.stat of either version; 0 where they are not there.
void read_throttling(std::string_view cpu_stat, CpuQuota& quota);

class CpuQuotaReader {
  public:
    static constexpr std::size_t kMostProcesses = 16;
    static constexpr std::size_t kMostGroups = 32; // of all of them, with those around them

    explicit CpuQuotaReader(std::string proc = "/proc")
        : proc_(std::move(proc))
    {
    }

    // Of each group that one of them is in and of those around it, as far as it has a limit; each once.
    // Groups outside of what this process sees, which may be in a container, are looked at as process 1 sees
    // them.
    std::vector<CpuQuota> look(const std::set<std::uint32_t>& processes) const;

  private:
    using Group = std::pair<CgroupVersion, std::string>;

    std::set<Group> groups_of(const std::set<std::uint32_t>& processes) const;
    // With the eyes of VIEW, a process; gives back the groups that it does not see.
    std::set<Group> look_as(const std::string& view, const std::set<Group>& groups,
                            std::vector<CpuQuota>& found) const;

    std::string proc_;
};

} // namespace slotscope::enrich
