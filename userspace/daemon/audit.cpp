// SPDX-License-Identifier: MIT
#include "daemon/audit.h"

#include "base/clock.h"

namespace slotscope::daemon {

void Auditor::begin(Kind kind)
{
    ss_control& control = session_.control();
    current_ = {};
    reached_.clear();
    targets_.clear();
    for (const enrich::NetworkNamespace& each : namespaces_.reachable(&current_.hidden_processes))
        targets_.push_back({each.inode, each.path});
    begun_ns_ = monotonic_ns();
    recounter_.walk_begins();
    under_way_ = true;
    __atomic_store_n(&control.audit, (control.audit + 1) & 0xff, __ATOMIC_RELEASE);
    if (kind == Kind::regroup)
        __atomic_store_n(&control.regroup, 1, __ATOMIC_RELEASE);
}

Result<bool> Auditor::step()
{
    const std::uint64_t start_ns = monotonic_ns();
    Result<void> result;
    if (targets_.empty()) {
        result = finish();
    } else {
        auto walked = session_.walk_sockets(std::span(&targets_.back(), 1));
        targets_.pop_back();
        if (walked) {
            reached_.insert(walked->reached.begin(), walked->reached.end());
            current_.sockets += walked->sockets;
            current_.namespaces += walked->reached.size();
            for (std::string& each : walked->not_reached)
                current_.not_reached.push_back(std::move(each));
        } else {
            result = walked.error();
        }
    }
    current_.seconds += seconds_of(monotonic_ns() - start_ns);
    if (!result)
        under_way_ = false;
    if (!under_way_) {
        __atomic_store_n(&session_.control().regroup, 0, __ATOMIC_RELEASE);
        report_ = std::move(current_);
    }
    if (!result)
        return result.error();
    return under_way_;
}

Result<void> Auditor::run(Kind kind)
{
    begin(kind);
    for (;;) {
        auto more = step();
        if (!more)
            return more.error();
        if (!*more)
            return {};
    }
}

// Records that were there before the walk began, in a namespace that was walked, and do not carry its number.
std::unordered_set<std::uint64_t> Auditor::not_met() const
{
    const auto number = static_cast<std::uint8_t>(session_.control().audit);
    std::unordered_set<std::uint64_t> cookies;
    for (const ss_bucket& bucket : session_.connections())
        for (std::size_t way = 0; way < SS_WAYS; ++way) {
            const std::uint64_t cookie = __atomic_load_n(&bucket.cookie[way], __ATOMIC_ACQUIRE);
            const ss_connection& record = bucket.way[way];
            if (cookie != 0 && cookie != ~std::uint64_t{0} && record.audit != number &&
                !(record.flags & SS_CONNECTION_UNIX) && record.opened_ns < begun_ns_ &&
                reached_.contains(record.netns))
                cookies.insert(cookie);
        }
    return cookies;
}

Result<void> Auditor::finish()
{
    under_way_ = false;
    std::unordered_set<std::uint64_t> missing;
    for (const std::uint64_t cookie : not_met()) {
        if (!suspects_.contains(cookie)) {
            missing.insert(cookie);
            continue;
        }
        auto removed = session_.remove_vanished(cookie);
        if (!removed)
            return removed.error();
        current_.removed += *removed;
    }
    suspects_ = std::move(missing);
    const bool everywhere = current_.not_reached.empty() && current_.hidden_processes == 0;
    current_.recounted = recounter_.recount(monotonic_ns(), everywhere);
    return {};
}

} // namespace slotscope::daemon
