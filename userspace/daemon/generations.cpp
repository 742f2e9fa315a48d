// SPDX-License-Identifier: MIT
#include "daemon/generations.h"

#include "limits/text.h"

#include <algorithm>
#include <set>

namespace slotscope::daemon {

void Generations::look(const limits::Product& product, const Instance& instance, limits::Findings& findings)
{
    std::vector<Generation> running = limits::generations_of(product, instance);
    if (running.empty())
        return;
    auto newest = std::make_shared<Slots>();
    for (const Limit& limit : findings.limits)
        newest->emplace(limit.name, limit.slots);
    std::set<std::uint32_t> pids;
    for (const Generation& each : running)
        pids.insert(each.pids.begin(), each.pids.end());
    std::erase_if(by_pid_, [&](const auto& each) { return !pids.contains(each.first); });
    for (const std::uint32_t pid : running.back().pids)
        by_pid_[pid] = newest;
    if (running.size() < 2)
        return;
    for (Limit& limit : findings.limits) {
        for (Generation& each : running) {
            const auto slots = by_pid_.find(each.pids.front());
            const bool known = slots != by_pid_.end() && slots->second->contains(limit.name);
            each.slots = known ? slots->second->at(limit.name) : 0;
        }
        limit.origin.generations = running;
        limit.origin.arithmetic.push_back(
            limits::counted(running.size(), "generation") +
            " run: each has slots of its own, older ones until their connections end; these are the newest "
            "one's, while in use counts all");
    }
}

} // namespace slotscope::daemon
