// SPDX-License-Identifier: MIT
// Between two looks at all processes: what is known, as it stands at this moment.
#include "daemon/limit_scanner.h"

#include "enrich/proc_file.h"
#include "enrich/process.h"

#include <fcntl.h>
#include <utility>

namespace slotscope::daemon {
namespace {

constexpr std::uint64_t kBetweenProgramsNs = 2'000'000'000;
constexpr std::size_t kMostLimits = 8000; // of all products together

} // namespace

std::optional<Discovered> LimitScanner::glance(std::uint64_t now_ns)
{
    for (auto& [pid, known] : known_) {
        if (!known.product)
            continue;
        std::string children = limits::shows_workers(*known.product) ? children_of(pid) : known.children;
        if (std::exchange(known.children, std::move(children)) != known.children)
            return std::nullopt;
        if (files_changed(pid, known))
            return std::nullopt;
    }
    return discovered(now_ns);
}

// A product that executes itself again, as php-fpm's master does at a reload, is nobody for a moment, or has
// no socket that may be seen.
bool LimitScanner::may_come_back(std::uint32_t pid, Known& known, std::uint64_t now_ns) const
{
    constexpr std::size_t kLongestStat = 1024;
    const Fd directory(::open((proc_ + "/" + std::to_string(pid)).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    const auto line =
        directory ? enrich::read_proc_file(directory.get(), "stat", kLongestStat) : std::nullopt;
    if (!known.product || !line ||
        enrich::parse_process_stat(*line).started_ticks != known.instance.main.started_ticks)
        return false;
    if (known.missing_since_ns == 0)
        known.missing_since_ns = now_ns;
    return now_ns < known.missing_since_ns + kBetweenProgramsNs;
}

// What is known, put right by what the running products say at this moment.
Discovered LimitScanner::discovered(std::uint64_t now_ns)
{
    Discovered result;
    result.hidden_processes = hidden_processes_;
    std::size_t left_out = 0;
    for (auto& [pid, known] : known_) {
        const limits::Findings findings = as_it_runs(known, now_ns);
        left_out += findings.limits.size();
        for (const Limit& limit : findings.limits)
            if (result.limits.size() < kMostLimits) {
                result.limits.push_back(limit);
                --left_out;
            }
        result.not_understood.insert(result.not_understood.end(), findings.not_understood.begin(),
                                     findings.not_understood.end());
    }
    if (left_out > 0)
        result.not_understood.push_back({"", "/proc", "",
                                         "more than " + std::to_string(kMostLimits) +
                                             " limits: " + std::to_string(left_out) +
                                             " are left out; give those that matter to slotscope"});
    if (hidden_processes_ > 0)
        result.not_understood.push_back({"", "/proc", "",
                                         "processes that may not be looked at: " +
                                             std::to_string(hidden_processes_) + " (CAP_SYS_PTRACE)"});
    return result;
}

limits::Findings LimitScanner::as_it_runs(Known& known, std::uint64_t now_ns)
{
    if (!known.product)
        return known.findings;
    limits::Findings findings = known.findings;
    if (known.product->ask && !findings.run_time.sockets.empty()) {
        const Fd root = root_of(known.instance.main);
        const limits::Ask ask = [&](const std::string& path, std::string_view request) {
            return known.socket.ask(root.get(), known.instance, path, request, now_ns);
        };
        findings = limits::ask_running(*known.product, known.instance, ask, std::move(findings));
    }
    generations_.look(*known.product, known.instance, findings);
    return findings;
}

// "813 814 ": those that its first thread has started (proc_pid_task(5)); empty where the kernel does not
// tell.
std::string LimitScanner::children_of(std::uint32_t pid) const
{
    constexpr std::size_t kMostBytes = 16 * 1024;
    const std::string number = std::to_string(pid);
    const Fd directory(
        ::open((proc_ + "/" + number + "/task/" + number).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    return directory ? enrich::read_proc_file(directory.get(), "children", kMostBytes).value_or("") : "";
}

} // namespace slotscope::daemon
