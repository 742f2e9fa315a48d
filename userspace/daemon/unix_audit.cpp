// SPDX-License-Identifier: MIT
#include "daemon/unix_audit.h"

#include "base/clock.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <set>

namespace slotscope::daemon {
namespace {

constexpr std::uint64_t kAtLeast_ns = 100'000'000;
constexpr std::uint64_t kPausesPerWork = 400;
constexpr std::uint64_t kLookForNamespaces_ns = 1'000'000'000;

bool is_unix(const ss_bucket& bucket, std::size_t way, std::uint64_t cookie)
{
    return cookie != 0 && cookie != ~std::uint64_t{0} && (bucket.way[way].flags & SS_CONNECTION_UNIX);
}

// The first ones, in which connections are as long as there is room (slotscope/abi/connection.h).
std::span<const ss_bucket> hot(std::span<const ss_bucket> table)
{
    return table.first(ss_hot_buckets(static_cast<std::uint32_t>(std::bit_floor(table.size()))));
}

} // namespace

// Looking through a table of a hundred thousand TCP connections takes far longer than the walk: it is done
// only after new records have been made.
void UnixAuditor::find_records()
{
    const std::uint64_t made = __atomic_load_n(&session_.control().unix_records, __ATOMIC_ACQUIRE);
    if (made == found_)
        return;
    const std::span<const ss_bucket> table = session_.connections();
    const std::span<const ss_bucket> buckets = all_are_hot_ ? hot(table) : table;
    places_.clear();
    for (std::uint32_t number = 0; number < buckets.size(); ++number)
        for (std::uint32_t way = 0; way < SS_WAYS; ++way) {
            const std::uint64_t cookie = __atomic_load_n(&buckets[number].cookie[way], __ATOMIC_ACQUIRE);
            if (is_unix(buckets[number], way, cookie))
                places_.push_back({cookie, number, way});
        }
    found_ = made;
}

// Of those that find_records has found, which are still there.
template <typename Visit>
void UnixAuditor::for_each_record(const Visit& visit) const
{
    const std::span<const ss_bucket> table = session_.connections();
    for (const Place& place : places_) {
        const ss_bucket& bucket = table[place.bucket];
        if (__atomic_load_n(&bucket.cookie[place.way], __ATOMIC_ACQUIRE) == place.cookie)
            visit(place, bucket.way[place.way]);
    }
}

Result<void> UnixAuditor::run(bool regroup)
{
    targets_.clear();
    for (const enrich::NetworkNamespace& each : namespaces_.reachable())
        targets_.push_back({each.inode, each.path});
    ss_control& control = session_.control();
    if (regroup)
        __atomic_store_n(&control.regroup, 1, __ATOMIC_RELEASE);
    all_are_hot_ = false;
    found_ = ~std::uint64_t{0};
    auto result = walk(targets_);
    if (regroup)
        __atomic_store_n(&control.regroup, 0, __ATOMIC_RELEASE);
    const std::size_t hot_ones = hot(session_.connections()).size();
    all_are_hot_ = std::all_of(places_.begin(), places_.end(),
                               [hot_ones](const Place& place) { return place.bucket < hot_ones; });
    return result;
}

Result<void> UnixAuditor::run_where_connections_are()
{
    const std::uint64_t begun_ns = monotonic_ns();
    find_records();
    std::set<std::uint32_t> inhabited;
    for_each_record([&](const Place&, const ss_connection& record) { inhabited.insert(record.netns); });
    std::vector<kernel::WalkTarget> targets;
    std::copy_if(targets_.begin(), targets_.end(), std::back_inserter(targets),
                 [&](const kernel::WalkTarget& each) { return inhabited.contains(each.inode); });
    if (targets.size() < inhabited.size() && begun_ns > looked_for_ns_ + kLookForNamespaces_ns) {
        looked_for_ns_ = begun_ns;
        return run(); // there is a new one
    }
    auto result = targets.empty() ? Result<void>() : walk(targets);
    took_ns_ = monotonic_ns() - begun_ns;
    return result;
}

Result<void> UnixAuditor::walk(const std::vector<kernel::WalkTarget>& targets)
{
    ss_control& control = session_.control();
    const std::uint64_t begun_ns = monotonic_ns();
    const auto number = static_cast<std::uint8_t>(control.unix_audit + 1);
    __atomic_store_n(&control.unix_audit, number, __ATOMIC_RELEASE);
    auto walked = session_.walk_unix_sockets(targets);
    if (!walked)
        return walked.error();
    find_records();
    const std::set<std::uint32_t> reached(walked->reached.begin(), walked->reached.end());
    std::vector<std::uint64_t> gone;
    for_each_record([&](const Place& place, const ss_connection& record) {
        if (record.audit != number && record.opened_ns < begun_ns && reached.contains(record.netns))
            gone.push_back(place.cookie);
    });
    for (const std::uint64_t cookie : gone)
        if (auto removed = session_.remove_vanished_unix(cookie); !removed)
            return removed.error();
    return {};
}

std::chrono::nanoseconds UnixAuditor::pause() const
{
    return std::chrono::nanoseconds(std::max(kAtLeast_ns, kPausesPerWork * took_ns_));
}

} // namespace slotscope::daemon
