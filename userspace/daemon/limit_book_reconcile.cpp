// SPDX-License-Identifier: MIT
// What changed limits leave behind in the records of backends, put right.
#include "daemon/limit_book.h"

#include "model/unix_path.h"

#include <algorithm>

namespace slotscope::daemon {
namespace {

bool is_unix_key(const ss_backend_key& key)
{
    Address address;
    std::copy(std::begin(key.ip), std::end(key.ip), address.ip.begin());
    return is_unix(address);
}

std::uint64_t loaded(const __u64& counter)
{
    return __atomic_load_n(&counter, __ATOMIC_ACQUIRE);
}

} // namespace

// The kernel knows the limit of an address, but not that it was found in one network namespace only: what has
// the same address in another one is let go of.
void LimitBook::leave_other_namespaces()
{
    for (ss_backend& record : session_.backends()) {
        // A Unix path is told apart by its file system; its connections are in the namespaces of their
        // clients.
        if (record.group == 0 || record.netns == 0 || is_unix_key(record.key))
            continue;
        const std::uint32_t at = position(record.group);
        const std::uint32_t netns = at == 0 ? 0 : entries_[at - 1].limit.origin.netns;
        if (netns == 0 || netns == record.netns)
            continue;
        record.group = 0;
        __atomic_store_n(&record.limit, 0, __ATOMIC_RELEASE);
        __atomic_store_n(&record.calls_limit, 0, __ATOMIC_RELEASE);
    }
}

void LimitBook::reconcile(std::uint64_t now_ns, Reconcile when)
{
    leave_other_namespaces();
    const std::span<ss_backend> records = session_.backends();
    differences_.resize(records.size());
    for (std::size_t index = 0; index < records.size(); ++index) {
        ss_backend& record = records[index];
        std::int64_t& before = differences_[index];
        const std::uint64_t calls_limit = loaded(record.calls_limit);
        const std::uint64_t limit = calls_limit != 0 ? calls_limit : loaded(record.limit);
        const std::uint64_t in_use = loaded(calls_limit != 0 ? record.calls_in_flight : record.in_use);
        const bool is_full = loaded(record.created_ns) != 0 && limit != 0 && in_use >= limit;
        const auto counted =
            static_cast<std::int64_t>(loaded(record.limit_entered) - loaded(record.limit_left));
        const std::int64_t difference = (is_full ? 1 : 0) - counted;
        // A program may be between the count of a slot and that of the limit: only what lasts is wrong.
        const bool lasts = difference == before || when == Reconcile::at_once;
        before = difference;
        if (difference == 0 || !lasts)
            continue;
        const auto amount = static_cast<std::uint64_t>(difference > 0 ? difference : -difference);
        if (difference > 0) {
            __atomic_fetch_add(&record.limit_entered_sum_ns, amount * now_ns, __ATOMIC_RELAXED);
            __atomic_fetch_add(&record.limit_entered, amount, __ATOMIC_RELEASE);
            if (counted == 0) // full under its new limit without a connection that reached it
                __atomic_fetch_add(&record.limit_hits, 1, __ATOMIC_RELEASE);
        } else {
            __atomic_fetch_add(&record.limit_left_sum_ns, amount * now_ns, __ATOMIC_RELAXED);
            __atomic_fetch_add(&record.limit_left, amount, __ATOMIC_RELEASE);
        }
        before = 0;
    }
}

} // namespace slotscope::daemon
