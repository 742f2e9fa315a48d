// SPDX-License-Identifier: MIT
#include "daemon/load_time.h"

namespace slotscope::daemon {
namespace {

// Workers that are older than this when they are seen for the first time, and began longer than this after
// their master, are those of a reload that nobody saw.
constexpr std::int64_t kStartLastsNs = 60'000'000'000;

} // namespace

std::optional<Loaded> LoadTime::of(const limits::Product& product, const Instance& instance)
{
    const RunningProcess* with = limits::loaded_with(product, instance);
    if (!with)
        return std::nullopt;
    if (with->pid == instance.main.pid)
        return Loaded{with->started_ns, with->started_ns};
    if (!seen_workers_) {
        seen_workers_ = true;
        if (with->started_ns - instance.main.started_ns < kStartLastsNs)
            for (const RunningProcess& worker : instance.children)
                first_.emplace(worker.pid, worker.started_ticks);
    }
    const bool first = first_.contains({with->pid, with->started_ticks});
    return Loaded{first ? instance.main.started_ns : with->started_ns, with->started_ns};
}

} // namespace slotscope::daemon
