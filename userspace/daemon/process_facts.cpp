// SPDX-License-Identifier: MIT
#include "daemon/process_facts.h"

#include "enrich/process_table.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace slotscope::daemon {
namespace {

constexpr std::uint64_t kLookAgain_ns = 2'000'000'000;
constexpr std::uint64_t kStartsApart_ns = 500'000'000;

// Since boot, as field 22 of proc_pid_stat(5) counts; 0 where it cannot be told.
std::uint64_t started_ns(const std::string& proc, std::uint32_t pid)
{
    std::ifstream file(proc + "/" + std::to_string(pid) + "/stat");
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    static const long ticks = ::sysconf(_SC_CLK_TCK);
    return enrich::parse_process_stat(text).started_ticks *
           (1'000'000'000ULL / static_cast<std::uint64_t>(std::max(1L, ticks)));
}

} // namespace

ProcessFactsReader::Known& ProcessFactsReader::known(std::uint32_t pid, std::uint64_t now_ns)
{
    if (!known_.contains(pid) && known_.size() >= kMostKnown)
        known_.clear();
    Known& known = known_[pid];
    if (known.facts.started_ns == 0) {
        known.facts.started_ns = started_ns(proc_, pid);
        known.facts.name = processes_.find(pid, now_ns).name;
    }
    return known;
}

void ProcessFactsReader::see_whether_it_listens(std::uint32_t pid, Known& known, std::uint64_t now_ns)
{
    if (known.looked_ns != 0 && now_ns < known.looked_ns + kLookAgain_ns)
        return;
    known.looked_ns = now_ns;
    known.facts.listening = !enrich::listening_sockets(proc_, {pid}).empty();
}

analyze::ProcessBook ProcessFactsReader::look(const std::set<std::uint32_t>& holders,
                                              const std::set<std::uint32_t>& others, std::uint64_t now_ns)
{
    std::map<std::string, std::set<std::uint32_t>> by_name;
    std::size_t looked = 0;
    for (const std::uint32_t pid : holders)
        if (++looked <= kMostLooked)
            by_name[known(pid, now_ns).facts.name].insert(pid);
    for (const std::uint32_t pid : others)
        if (const auto group = by_name.find(processes_.find(pid, now_ns).name);
            group != by_name.end() && ++looked <= kMostLooked)
            group->second.insert(pid);
    analyze::ProcessBook book;
    for (const auto& [name, pids] : by_name) {
        std::uint64_t first_ns = UINT64_MAX;
        std::uint64_t last_ns = 0;
        for (const std::uint32_t pid : pids) {
            first_ns = std::min(first_ns, known(pid, now_ns).facts.started_ns);
            last_ns = std::max(last_ns, known(pid, now_ns).facts.started_ns);
        }
        if (name.empty() || pids.size() < 2 || last_ns < first_ns + kStartsApart_ns)
            continue;
        for (const std::uint32_t pid : pids) {
            Known& one = known(pid, now_ns);
            see_whether_it_listens(pid, one, now_ns);
            book[pid] = one.facts;
        }
    }
    return book;
}

} // namespace slotscope::daemon
