// SPDX-License-Identifier: MIT
#include "daemon/fold.h"

#include <algorithm>
#include <cstring>
#include <spdlog/spdlog.h>

namespace slotscope::daemon {
namespace {

void add(__u64& to, const __u64& from)
{
    __atomic_fetch_add(&to, __atomic_load_n(&from, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
}

void add_counts(ss_backend& to, const ss_backend& from)
{
    add(to.opened, from.opened);
    add(to.closed, from.closed);
    add(to.up, from.up);
    add(to.older, from.older);
    add(to.entered_sum_ns, from.entered_sum_ns);
    add(to.left_sum_ns, from.left_sum_ns);
    add(to.hold_sum_ns, from.hold_sum_ns);
    add(to.calls_entered_sum_ns, from.calls_entered_sum_ns);
    add(to.calls_left_sum_ns, from.calls_left_sum_ns);
    add(to.call_sum_ns, from.call_sum_ns);
    add(to.first_byte_sum_ns, from.first_byte_sum_ns);
    add(to.calls_by_timing, from.calls_by_timing);
    for (int outcome = 0; outcome < SS_CALL_OUTCOMES; ++outcome)
        add(to.call_outcomes[outcome], from.call_outcomes[outcome]);
    for (int reason = 0; reason < SS_FAILED_REASONS; ++reason)
        add(to.failed[reason], from.failed[reason]);
    for (int bucket = 0; bucket < SS_HISTOGRAM_BUCKETS; ++bucket) {
        add(to.hold[bucket], from.hold[bucket]);
        add(to.call[bucket], from.call[bucket]);
        add(to.first_byte[bucket], from.first_byte[bucket]);
    }
    if (from.hold_max_ns > to.hold_max_ns) // only this thread and connections under `other` raise it
        __atomic_store_n(&to.hold_max_ns, from.hold_max_ns, __ATOMIC_RELAXED);
}

} // namespace

bool Folder::finish(std::uint32_t index, const Leaving& leaving)
{
    ss_backend& record = session_.backends()[index];
    const bool quiet = __atomic_load_n(&record.opened, __ATOMIC_ACQUIRE) == leaving.opened &&
                       __atomic_load_n(&record.in_use, __ATOMIC_ACQUIRE) == 0 &&
                       __atomic_load_n(&record.listeners, __ATOMIC_ACQUIRE) == 0;
    if (!quiet) {
        for (const ss_backend_key& key : leaving.keys)
            if (auto result = session_.restore_backend_key(key, index); !result)
                spdlog::warn("{}", result.error().message);
        return false;
    }
    for (const ss_backend_key& key : leaving.keys)
        session_.forget_unix_path(key);
    add_counts(session_.backends()[SS_BACKEND_OTHER], record);
    std::memset(&record, 0, sizeof(record));
    if (auto result = session_.give_back_backend(index); !result) {
        spdlog::warn("{}", result.error().message);
        return false;
    }
    return true;
}

std::vector<std::uint32_t> Folder::tick(std::span<const std::uint32_t> idle)
{
    std::vector<std::uint32_t> folded;
    for (const auto& [index, leaving] : leaving_)
        if (finish(index, leaving))
            folded.push_back(index);
    leaving_.clear();
    if (idle.empty())
        return folded;

    for (const std::uint32_t index : idle)
        if (index != SS_BACKEND_OTHER && std::find(folded.begin(), folded.end(), index) == folded.end())
            leaving_[index].opened = __atomic_load_n(&session_.backends()[index].opened, __ATOMIC_ACQUIRE);
    const auto keys = session_.backend_index();
    if (!keys) {
        spdlog::warn("{}", keys.error().message);
        leaving_.clear();
        return folded;
    }
    for (const auto& [key, index] : *keys) {
        const auto found = leaving_.find(index);
        if (found == leaving_.end())
            continue;
        if (auto result = session_.remove_backend_key(key); !result)
            spdlog::warn("{}", result.error().message);
        found->second.keys.push_back(key);
    }
    return folded;
}

} // namespace slotscope::daemon
