// SPDX-License-Identifier: MIT
#include "enrich/cpu_quota.h"

#include "enrich/proc_file.h"

#include <algorithm>
#include <charconv>
#include <fcntl.h>

namespace slotscope::enrich {
namespace {

constexpr std::size_t kMostBytes = 4096;
constexpr std::size_t kMostMounts = 1U << 20U;
constexpr double kMicroseconds = 1e6;
constexpr double kNanoseconds = 1e9;

// Takes what stands before the next SEPARATOR off TEXT.
std::string_view take(std::string_view& text, char separator)
{
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), end + 1));
    return part;
}

bool lists(std::string_view words, std::string_view word) // "rw,cpu,cpuacct"
{
    while (!words.empty())
        if (take(words, ',') == word)
            return true;
    return false;
}

std::optional<double> number(std::string_view text)
{
    while (!text.empty() && text.back() == '\n')
        text.remove_suffix(1);
    double value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() ? std::optional(value)
                                                                               : std::nullopt;
}

std::optional<std::pair<double, double>> cores(std::optional<double> quota_us,
                                               std::optional<double> period_us)
{
    if (!quota_us || !period_us || *quota_us <= 0 || *period_us <= 0) // -1: no limit
        return std::nullopt;
    return std::pair(*quota_us / *period_us, *period_us / kMicroseconds);
}

// PATH below ROOT: "/a/b" below "/" is "/a/b". Absent where it is not: in a namespace both may begin with
// "/..", of which only those that ROOT has are understood.
std::optional<std::string> below(std::string_view root, std::string_view path)
{
    if (root == "/")
        root = "";
    if (!path.starts_with(root))
        return std::nullopt;
    path.remove_prefix(root.size());
    if (path == "/")
        path = "";
    const bool whole = path.empty() || path.front() == '/';
    if (!whole || (std::string(path) + "/").find("/../") != std::string::npos)
        return std::nullopt;
    return std::string(path);
}

std::optional<CpuQuota> quota_of(const CpuHierarchy& hierarchy, const std::string& at,
                                 const std::string& group)
{
    const auto read = [&](const char* name) {
        return read_proc_file(AT_FDCWD, at + hierarchy.mount + group + name, kMostBytes).value_or("");
    };
    const auto limit = hierarchy.version == CgroupVersion::two
                           ? cpu_limit(read("/cpu.max"))
                           : cpu_limit(read("/cpu.cfs_quota_us"), read("/cpu.cfs_period_us"));
    if (!limit)
        return std::nullopt;
    CpuQuota quota{
        .group = group.empty() ? "/" : group, .cores = limit->first, .period_seconds = limit->second};
    read_throttling(read("/cpu.stat"), quota);
    return quota;
}

} // namespace

std::vector<CpuHierarchy> cpu_hierarchies(std::string_view mountinfo)
{
    std::vector<CpuHierarchy> found;
    while (!mountinfo.empty()) {
        std::string_view line = take(mountinfo, '\n');
        const std::size_t dash = line.find(" - ");
        if (dash == std::string_view::npos)
            continue;
        std::string_view options = line.substr(dash + 3);
        const std::string_view type = take(options, ' ');
        take(options, ' '); // source
        const bool two = type == "cgroup2";
        if (!two && (type != "cgroup" || !lists(options, "cpu")))
            continue;
        for (int skipped = 0; skipped < 3; ++skipped) // its number, its parent's, the device's
            take(line, ' ');
        CpuHierarchy hierarchy;
        hierarchy.version = two ? CgroupVersion::two : CgroupVersion::one;
        hierarchy.root = take(line, ' ');
        hierarchy.mount = take(line, ' ');
        found.push_back(std::move(hierarchy));
    }
    return found;
}

std::optional<std::pair<CgroupVersion, std::string>> cpu_group(std::string_view cgroup)
{
    std::optional<std::pair<CgroupVersion, std::string>> found;
    while (!cgroup.empty()) {
        std::string_view line = take(cgroup, '\n');
        take(line, ':');
        const std::string_view controllers = take(line, ':');
        if (lists(controllers, "cpu"))
            return std::pair(CgroupVersion::one, std::string(line));
        if (controllers.empty() && line.starts_with('/'))
            found = std::pair(CgroupVersion::two, std::string(line));
    }
    return found;
}

std::optional<std::pair<double, double>> cpu_limit(std::string_view cpu_max)
{
    const auto quota = number(take(cpu_max, ' ')); // "max" is none
    return cores(quota, number(cpu_max));
}

std::optional<std::pair<double, double>> cpu_limit(std::string_view quota_us, std::string_view period_us)
{
    return cores(number(quota_us), number(period_us));
}

void read_throttling(std::string_view cpu_stat, CpuQuota& quota)
{
    while (!cpu_stat.empty()) {
        std::string_view line = take(cpu_stat, '\n');
        const std::string_view name = take(line, ' ');
        const double value = number(line).value_or(0);
        if (name == "nr_throttled")
            quota.throttled_periods = static_cast<std::uint64_t>(std::max(0.0, value));
        else if (name == "throttled_usec")
            quota.throttled_seconds = value / kMicroseconds;
        else if (name == "throttled_time")
            quota.throttled_seconds = value / kNanoseconds;
    }
}

std::set<CpuQuotaReader::Group> CpuQuotaReader::groups_of(const std::set<std::uint32_t>& processes) const
{
    std::set<Group> groups;
    std::size_t looked = 0;
    for (const std::uint32_t pid : processes) {
        if (++looked > kMostProcesses)
            break;
        const auto text = read_proc_file(AT_FDCWD, proc_ + "/" + std::to_string(pid) + "/cgroup", kMostBytes);
        if (const auto group = text ? cpu_group(*text) : std::nullopt)
            groups.insert(*group);
    }
    return groups;
}

std::set<CpuQuotaReader::Group> CpuQuotaReader::look_as(const std::string& view,
                                                        const std::set<Group>& groups,
                                                        std::vector<CpuQuota>& found) const
{
    const auto mounts = read_proc_file(AT_FDCWD, proc_ + "/" + view + "/mountinfo", kMostMounts);
    const std::vector<CpuHierarchy> hierarchies = cpu_hierarchies(mounts.value_or(""));
    std::set<Group> unseen = groups;
    std::set<Group> looked_at;
    for (const Group& each : groups)
        for (const CpuHierarchy& hierarchy : hierarchies) {
            auto group = hierarchy.version == each.first ? below(hierarchy.root, each.second) : std::nullopt;
            if (group)
                unseen.erase(each);
            while (group && looked_at.size() < kMostGroups && looked_at.emplace(each.first, *group).second) {
                if (auto quota = quota_of(hierarchy, proc_ + "/" + view + "/root", *group))
                    found.push_back(std::move(*quota));
                const std::size_t slash = group->rfind('/');
                group = slash == std::string::npos ? std::nullopt : std::optional(group->substr(0, slash));
            }
        }
    return unseen;
}

std::vector<CpuQuota> CpuQuotaReader::look(const std::set<std::uint32_t>& processes) const
{
    std::vector<CpuQuota> found;
    const std::set<Group> groups = groups_of(processes);
    if (groups.empty())
        return found;
    if (const std::set<Group> unseen = look_as("self", groups, found); !unseen.empty())
        look_as("1", unseen, found);
    return found;
}

} // namespace slotscope::enrich
