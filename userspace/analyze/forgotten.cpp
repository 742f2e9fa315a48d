// SPDX-License-Identifier: MIT
#include "analyze/forgotten.h"

#include "analyze/tally.h"

#include <algorithm>
#include <map>
#include <vector>

namespace slotscope::analyze {
namespace {

constexpr std::ptrdiff_t kIdleThen = 3;  // of the same process, when another one was opened
constexpr double kMoment_seconds = 0.05; // the kernel's times of sending and receiving come in ticks
constexpr double kMostOfProcess = 0.6;   // of a process's connections, else they are replacements

struct OfProcess {
    std::string name;
    std::uint64_t all = 0;
    std::vector<double> idle_for; // of those that are idle
    std::vector<double> ages;     // of those whose opening was seen
};

std::map<std::uint32_t, OfProcess> by_process(std::span<const Holder> holders)
{
    std::map<std::uint32_t, OfProcess> processes;
    for (const Holder& holder : holders) {
        if (holder.direction != Direction::outbound || !holder.process ||
            holder.slot != SlotKind::connections)
            continue;
        OfProcess& process = processes[holder.process->pid];
        process.name = holder.process->name;
        ++process.all;
        if (!holder.age_is_lower_bound)
            process.ages.push_back(holder.age_seconds);
        // By timing an answer may still be on its way to somebody who does not read it.
        if (doing_of(holder) == Doing::idle && holder.call.state == CallState::none && holder.last_io_seconds)
            process.idle_for.push_back(*holder.last_io_seconds);
    }
    return processes;
}

} // namespace

IdleClient most_idle(std::span<const Holder> holders)
{
    std::map<std::string, std::uint64_t> idle;
    for (const Holder& holder : holders)
        if (const Doing what = doing_of(holder);
            holder.process && (what == Doing::idle || what == Doing::in_transaction))
            ++idle[holder.process->name];
    IdleClient most;
    for (const auto& [process, connections] : idle)
        if (connections > most.connections)
            most = {process, connections};
    return most;
}

Forgotten forgotten(std::span<const Holder> holders)
{
    Forgotten all;
    std::uint64_t most = 0;
    for (auto& [pid, process] : by_process(holders)) {
        std::sort(process.idle_for.begin(), process.idle_for.end());
        std::erase_if(process.ages, [&idle = process.idle_for](double age) {
            return idle.end() - std::upper_bound(idle.begin(), idle.end(), age + kMoment_seconds) < kIdleThen;
        });
        const std::uint64_t count = process.ages.size();
        if (static_cast<double>(count) < kMostOfProcess * static_cast<double>(process.all) || count == 0)
            continue;
        const auto [newest, oldest] = std::minmax_element(process.ages.begin(), process.ages.end());
        all.connections += count;
        all.spread_seconds = std::max(all.spread_seconds, *oldest - *newest);
        if (count > most)
            all.process = process.name;
        most = std::max(most, count);
    }
    if (!holders.empty())
        all.share = static_cast<double>(all.connections) / static_cast<double>(holders.size());
    return all;
}

} // namespace slotscope::analyze
