// SPDX-License-Identifier: MIT
#include "daemon/audit.h"

#include "base/clock.h"
#include "decode/connection.h"

namespace slotscope::daemon {

Result<AuditReport> Auditor::walk(std::set<std::uint32_t>& reached)
{
    const std::uint64_t start_ns = monotonic_ns();
    std::vector<kernel::WalkTarget> targets;
    for (const enrich::NetworkNamespace& each : namespaces_.reachable())
        targets.push_back({each.inode, each.path});
    auto walked = session_.walk_sockets(targets);
    if (!walked)
        return walked.error();
    reached.insert(walked->reached.begin(), walked->reached.end());

    AuditReport report;
    report.sockets = walked->sockets;
    report.namespaces = walked->reached.size();
    report.not_reached = std::move(walked->not_reached);
    report.seconds = static_cast<double>(monotonic_ns() - start_ns) / 1e9;
    return report;
}

// Records that were there before the walk began, in a namespace that was walked, and do not carry its number.
std::unordered_set<std::uint64_t> Auditor::not_met(const std::set<std::uint32_t>& reached,
                                                   std::uint64_t before_ns) const
{
    const auto number = static_cast<std::uint8_t>(session_.control().audit);
    std::unordered_set<std::uint64_t> cookies;
    for (const ss_bucket& bucket : session_.connections())
        for (std::size_t way = 0; way < SS_WAYS; ++way) {
            const std::uint64_t cookie = __atomic_load_n(&bucket.cookie[way], __ATOMIC_ACQUIRE);
            const ss_connection& record = bucket.way[way];
            if (cookie != 0 && cookie != ~std::uint64_t{0} && record.audit != number &&
                record.opened_ns < before_ns && reached.contains(record.netns))
                cookies.insert(cookie);
        }
    return cookies;
}

Result<AuditReport> Auditor::audit()
{
    ss_control& control = session_.control();
    const std::uint64_t before_ns = monotonic_ns();
    __atomic_store_n(&control.audit, (control.audit + 1) & 0xff, __ATOMIC_RELEASE);
    std::set<std::uint32_t> reached;
    auto report = walk(reached);
    if (!report)
        return report;
    auto missing = not_met(reached, before_ns);
    for (const std::uint64_t cookie : missing) {
        if (!suspects_.contains(cookie))
            continue;
        auto removed = session_.remove_vanished(cookie);
        if (!removed)
            return removed.error();
        report->removed += *removed;
    }
    suspects_ = std::move(missing);
    return report;
}

Result<AuditReport> Auditor::regroup()
{
    ss_control& control = session_.control();
    __atomic_store_n(&control.regroup, 1, __ATOMIC_RELEASE);
    std::set<std::uint32_t> reached;
    auto report = walk(reached);
    __atomic_store_n(&control.regroup, 0, __ATOMIC_RELEASE);
    return report;
}

} // namespace slotscope::daemon
