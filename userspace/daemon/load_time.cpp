// SPDX-License-Identifier: MIT
#include "daemon/load_time.h"

#include "base/growth.h"

#include <algorithm>
#include <unistd.h>

namespace slotscope::daemon {
namespace {

// Workers that are older than this when they are seen for the first time, and began longer than this after
// their master, are those of a reload that nobody saw.
constexpr std::uint64_t kStartLasts_seconds = 60;

} // namespace

// Whether it was reloaded before the first look nobody knows. The children of the next life show when it
// began, where there are any: files that were written after them were not read.
std::optional<Loaded> LoadTime::by_stack(const Instance& instance, std::int64_t now_ns)
{
    if (instance.main.stack_start == 0)
        return std::nullopt;
    if (stack_start_ == 0) {
        by_stack_ = {instance.main.started_ns, now_ns};
    } else if (stack_start_ != instance.main.stack_start) {
        std::int64_t began_ns = now_ns;
        for (const RunningProcess& child : instance.children)
            if (child.started_ns > looked_ns_)
                began_ns = std::min(began_ns, child.started_ns);
        by_stack_ = {began_ns, began_ns};
    }
    stack_start_ = instance.main.stack_start;
    looked_ns_ = now_ns;
    return by_stack_;
}

// On a busy host its first workers do not come all at once: until there are so many as there should be, and
// all of them run, another one is one of them.
void LoadTime::add_late(std::vector<RunningProcess> workers, std::uint32_t count)
{
    std::sort(workers.begin(), workers.end(),
              [](const auto& a, const auto& b) { return a.started_ticks < b.started_ticks; });
    const auto runs = [&](const Worker& first) {
        return std::any_of(workers.begin(), workers.end(), [&](const RunningProcess& each) {
            return first == Worker{each.pid, each.started_ticks};
        });
    };
    if (first_.empty() || !std::all_of(first_.begin(), first_.end(), runs))
        return;
    for (const RunningProcess& each : workers)
        if (first_.size() < count)
            first_.emplace(each.pid, each.started_ticks);
}

std::optional<Loaded> LoadTime::of(const limits::Product& product, const Instance& instance,
                                   const limits::WorkerCounts& counts, std::int64_t now_ns)
{
    if (product.takes == limits::Takes::when_run_anew)
        return by_stack(instance, now_ns);
    const auto with = limits::loaded_with(product, instance, counts);
    if (!with)
        return std::nullopt;
    if (with->pid == instance.main.pid)
        return Loaded{with->started_ns, with->started_ns};
    if (!seen_workers_) {
        seen_workers_ = true;
        if (grown(instance.main.started_ticks, with->started_ticks) <
            kStartLasts_seconds * static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)))
            for (const RunningProcess& worker : instance.children)
                first_.emplace(worker.pid, worker.started_ticks);
    } else {
        add_late(instance.children, counts.most > 0 ? counts.most : counts.started);
    }
    const bool first = first_.contains({with->pid, with->started_ticks});
    return Loaded{first ? instance.main.started_ns : with->started_ns, with->started_ns};
}

} // namespace slotscope::daemon
