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
constexpr std::uint64_t kPausesPerWork = 200;
constexpr std::uint64_t kLookForNamespaces_ns = 1'000'000'000;

// Calls back with the cookie and the record of every Unix socket that has one in these buckets.
template <typename Visit>
void each_unix(std::span<const ss_bucket> buckets, const Visit& visit)
{
    for (const ss_bucket& bucket : buckets)
        for (std::size_t way = 0; way < SS_WAYS; ++way) {
            const std::uint64_t cookie = __atomic_load_n(&bucket.cookie[way], __ATOMIC_ACQUIRE);
            if (cookie != 0 && cookie != ~std::uint64_t{0} && (bucket.way[way].flags & SS_CONNECTION_UNIX))
                visit(cookie, bucket.way[way]);
        }
}

// The first ones, in which connections are as long as there is room (slotscope/abi/connection.h).
std::span<const ss_bucket> hot(std::span<const ss_bucket> table)
{
    return table.first(ss_hot_buckets(static_cast<std::uint32_t>(std::bit_floor(table.size()))));
}

} // namespace

Result<void> UnixAuditor::run(bool regroup)
{
    targets_.clear();
    for (const enrich::NetworkNamespace& each : namespaces_.reachable())
        targets_.push_back({each.inode, each.path});
    ss_control& control = session_.control();
    if (regroup)
        __atomic_store_n(&control.regroup, 1, __ATOMIC_RELEASE);
    const std::span<const ss_bucket> table = session_.connections();
    auto result = walk(targets_, table);
    if (regroup)
        __atomic_store_n(&control.regroup, 0, __ATOMIC_RELEASE);
    all_are_hot_ = true;
    each_unix(table.subspan(hot(table).size()),
              [&](std::uint64_t, const ss_connection&) { all_are_hot_ = false; });
    return result;
}

Result<void> UnixAuditor::run_where_connections_are()
{
    const std::uint64_t begun_ns = monotonic_ns();
    const std::span<const ss_bucket> table = session_.connections();
    const std::span<const ss_bucket> buckets = all_are_hot_ ? hot(table) : table;
    std::set<std::uint32_t> inhabited;
    each_unix(buckets, [&](std::uint64_t, const ss_connection& record) { inhabited.insert(record.netns); });
    std::vector<kernel::WalkTarget> targets;
    std::copy_if(targets_.begin(), targets_.end(), std::back_inserter(targets),
                 [&](const kernel::WalkTarget& each) { return inhabited.contains(each.inode); });
    if (targets.size() < inhabited.size() && begun_ns > looked_for_ns_ + kLookForNamespaces_ns) {
        looked_for_ns_ = begun_ns;
        return run(); // there is a new one
    }
    auto result = targets.empty() ? Result<void>() : walk(targets, buckets);
    took_ns_ = monotonic_ns() - begun_ns;
    return result;
}

Result<void> UnixAuditor::walk(const std::vector<kernel::WalkTarget>& targets,
                               std::span<const ss_bucket> buckets)
{
    ss_control& control = session_.control();
    const std::uint64_t begun_ns = monotonic_ns();
    const auto number = static_cast<std::uint8_t>(control.unix_audit + 1);
    __atomic_store_n(&control.unix_audit, number, __ATOMIC_RELEASE);
    auto walked = session_.walk_unix_sockets(targets);
    if (!walked)
        return walked.error();
    const std::set<std::uint32_t> reached(walked->reached.begin(), walked->reached.end());
    std::vector<std::uint64_t> gone;
    each_unix(buckets, [&](std::uint64_t cookie, const ss_connection& record) {
        if (record.audit != number && record.opened_ns < begun_ns && reached.contains(record.netns))
            gone.push_back(cookie);
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
