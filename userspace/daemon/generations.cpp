// SPDX-License-Identifier: MIT
#include "daemon/generations.h"

#include "base/clock.h"
#include "limits/text.h"

#include <algorithm>
#include <unistd.h>

namespace slotscope::daemon {
namespace {

// Workers of one reload are forked one after the other; two reloads are further apart.
constexpr std::uint64_t kReloadsApart_ns = 300'000'000;

// By the clock of the boot: between two of them the wall clock may have been set.
bool by_start(const RunningProcess& a, const RunningProcess& b)
{
    return a.started_ticks < b.started_ticks;
}

bool started_together(std::uint64_t first_ticks, std::uint64_t then_ticks)
{
    const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    return (then_ticks - first_ticks) * kSecond_ns <= kReloadsApart_ns * ticks_per_second;
}

} // namespace

void Generations::keep(const std::set<std::uint32_t>& pids)
{
    std::erase_if(by_pid_, [&](const auto& each) { return !pids.contains(each.first); });
}

// Those that were the newest ones together are of one generation; of those that nobody has seen as such,
// those that were started together.
std::vector<Generations::Known> Generations::older(std::vector<RunningProcess> workers) const
{
    std::sort(workers.begin(), workers.end(), by_start);
    std::vector<Known> result;
    std::uint64_t last_ticks = 0;
    for (const RunningProcess& worker : workers) {
        const auto known = by_pid_.find(worker.pid);
        const std::shared_ptr<const Slots> slots = known == by_pid_.end() ? nullptr : known->second;
        const auto same = std::find_if(result.rbegin(), result.rend(), [&](const Known& each) {
            return each.slots == slots && (slots || started_together(last_ticks, worker.started_ticks));
        });
        if (!slots)
            last_ticks = worker.started_ticks;
        if (same == result.rend())
            result.push_back({{{worker.pid}, worker.started_ns}, slots});
        else
            same->generation.pids.push_back(worker.pid);
    }
    return result;
}

void Generations::look(const limits::Product& product, const Instance& instance, limits::Findings& findings)
{
    const limits::WorkersByAge workers =
        limits::workers_by_age(product, instance, {findings.workers, findings.workers});
    if (!product.by_age || workers.serving.empty())
        return;
    auto newest = std::make_shared<Slots>();
    for (const Limit& limit : findings.limits)
        newest->emplace(limit.name, limit.slots);
    Known serving{
        {{}, std::min_element(workers.serving.begin(), workers.serving.end(), by_start)->started_ns}, newest};
    serving.generation.newest = true;
    for (const RunningProcess& worker : workers.serving) {
        serving.generation.pids.push_back(worker.pid);
        by_pid_[worker.pid] = newest;
    }
    std::vector<Known> running = older(workers.older);
    if (running.empty())
        return;
    running.push_back(std::move(serving));
    for (Limit& limit : findings.limits) {
        limit.origin.generations.clear();
        for (const Known& each : running) {
            Generation generation = each.generation;
            const bool known = each.slots && each.slots->contains(limit.name);
            generation.slots = known ? each.slots->at(limit.name) : 0;
            limit.origin.generations.push_back(std::move(generation));
        }
        limit.origin.arithmetic.push_back(
            limits::counted(running.size(), "generation") +
            " run: each has slots of its own, older ones until their connections end; these are the newest "
            "one's, while in use counts all");
    }
}

} // namespace slotscope::daemon
