// SPDX-License-Identifier: MIT
#include "enrich/process.h"

#include "enrich/cgroup.h"
#include "enrich/proc_file.h"

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <vector>

namespace slotscope::enrich {
namespace {

constexpr std::uint64_t kRecheckNs = 1'000'000'000;
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestCgroup = 16'384; // version 1 has a line for each of a dozen controllers
constexpr int kStartField = 22;
constexpr int kStackField = 28;

} // namespace

ProcessStat parse_process_stat(std::string_view text)
{
    const auto open = text.find('(');
    const auto close = text.rfind(')'); // the name may have one as well, the rest of the line cannot
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return {};
    std::size_t at = close;
    for (int field = 2; field < kStartField; ++field) {
        at = text.find(' ', at + 1);
        if (at == std::string_view::npos)
            return {};
    }
    ProcessStat stat;
    const char* const end = text.data() + text.size();
    if (std::from_chars(text.data() + at + 1, end, stat.started_ticks).ec != std::errc())
        return {};
    for (int field = kStartField; field < kStackField && at != std::string_view::npos; ++field)
        at = text.find(' ', at + 1);
    if (at != std::string_view::npos)
        std::from_chars(text.data() + at + 1, end, stat.stack_start);
    stat.name = text.substr(open + 1, std::min(close - open - 1, kLongestName));
    return stat;
}

Processes::Processes(std::string proc, std::size_t most)
    : proc_(std::move(proc))
    , most_(std::max<std::size_t>(most, 1))
{
}

Process Processes::find(std::uint32_t pid, std::uint64_t now_ns)
{
    auto found = known_.find(pid);
    if (found == known_.end()) {
        if (known_.size() >= most_)
            make_room();
        found = known_.try_emplace(pid).first;
        check(pid, found->second);
        found->second.checked_ns = now_ns;
    } else if (now_ns >= found->second.checked_ns + kRecheckNs) {
        check(pid, found->second);
        found->second.checked_ns = now_ns;
    }
    Known& known = found->second;
    known.used_ns = now_ns;
    return Process{pid, 0, known.name, known.unit};
}

void Processes::check(std::uint32_t pid, Known& known) const
{
    const std::string path = proc_ + "/" + std::to_string(pid);
    // Both files through one directory, so that both are the same process's even if the pid is reused in
    // between.
    const Fd directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory)
        return;
    const auto text = read_proc_file(directory.get(), "stat", kLongestStat);
    ProcessStat stat = text ? parse_process_stat(*text) : ProcessStat();
    if (stat.name.empty())
        return;
    // A process that executes another program, or is moved to a unit right after its start, changes its name:
    // reason to look again where it belongs.
    if (stat.started_ticks == known.started_ticks && stat.name == known.name)
        return;
    const auto cgroup = read_proc_file(directory.get(), "cgroup", kLongestCgroup);
    known.unit = cgroup ? unit_of(*cgroup) : std::string();
    known.name = std::move(stat.name);
    known.started_ticks = stat.started_ticks;
}

// Forgets the half that was not asked for the longest, so that room is seldom needed.
void Processes::make_room()
{
    std::vector<std::pair<std::uint64_t, std::uint32_t>> by_use;
    by_use.reserve(known_.size());
    for (const auto& [pid, known] : known_)
        by_use.emplace_back(known.used_ns, pid);
    const auto middle = by_use.begin() + static_cast<std::ptrdiff_t>((by_use.size() + 1) / 2);
    std::nth_element(by_use.begin(), middle - 1, by_use.end());
    for (auto one = by_use.begin(); one != middle; ++one)
        known_.erase(one->second);
}

} // namespace slotscope::enrich
