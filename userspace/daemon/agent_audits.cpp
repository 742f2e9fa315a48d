// SPDX-License-Identifier: MIT
// When the agent compares its records with the kernel's list of sockets.
#include "daemon/agent.h"

#include "base/clock.h"
#include "daemon/own_status.h"
#include "model/unix_path.h"

#include <boost/asio/post.hpp>
#include <malloc.h>
#include <spdlog/spdlog.h>

namespace slotscope::daemon {
namespace {

constexpr std::uint64_t kTrimInterval_ns = 60'000'000'000;

} // namespace

// The programs are attached already: what begins from here on is counted by them, what is older by the walk,
// and what both meet is counted once.
Result<void> Agent::count_older_sockets(bool regroup)
{
    // Connections that began between the attaching and the limits may stand under their own address: they
    // move.
    auto walked = auditor_.run(regroup ? Auditor::Kind::regroup : Auditor::Kind::audit);
    if (!walked)
        return walked.error();
    if (auto result = count_older_unix_sockets(regroup); !result)
        return result.error();
    last_audit_ns_ = monotonic_ns();
    session_->control().walk_done_ns = last_audit_ns_;
    __atomic_store_n(&session_->control().walk, static_cast<__u32>(SS_WALK_DONE), __ATOMIC_RELEASE);
    note_sight();
    for (const std::string& each : warnings_of_sight())
        spdlog::warn("{}", each);
    limit_book_.reconcile(monotonic_ns(), LimitBook::Reconcile::at_once);
    return session_->walk_files();
}

// As often as is asked for, but at most 1/400 of the time goes into audits: one over 200,000 sockets takes a
// sixth of a second. What the last one has not met is looked for again at once, because only a second look
// makes it certain.
std::chrono::nanoseconds Agent::audit_pause() const
{
    constexpr double kPausesPerWork = 400;
    const std::chrono::duration<double> rest(kPausesPerWork * auditor_.report().seconds);
    const std::chrono::duration<double> asked_for(auditor_.has_suspects() ? 1 : configuration_.audit_seconds);
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        auditor_.has_suspects() ? asked_for : std::max(asked_for, rest));
}

void Agent::schedule_audit()
{
    audit_timer_.cancel();
    if (configuration_.audit_seconds == 0)
        return;
    audit_timer_.expires_after(audit_pause());
    audit_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error)
            return;
        if (!auditor_.under_way())
            auditor_.begin(Auditor::Kind::audit);
        audit_step();
    });
}

// One namespace, then whoever else waits for the loop, then the next one.
void Agent::audit_step()
{
    if (!auditor_.under_way()) {
        schedule_audit(); // a walk that regroups has taken it over
        return;
    }
    auto more = auditor_.step();
    if (!more) {
        spdlog::error("the audit of the connections failed: {}", more.error().message);
        schedule_audit();
        return;
    }
    if (*more) {
        boost::asio::post(loop_, [this] { audit_step(); });
        return;
    }
    const AuditReport& report = auditor_.report();
    note_sight();
    if (report.removed != 0 || report.recounted != 0)
        spdlog::info(
            "audit: {} connections were no longer in the kernel's list, {} backends were counted anew",
            report.removed, report.recounted);
    last_audit_ns_ = monotonic_ns();
    if (last_audit_ns_ - last_trim_ns_ > kTrimInterval_ns) {
        ::malloc_trim(0); // what large answers left in pieces
        last_trim_ns_ = last_audit_ns_;
    }
    schedule_audit();
}

// At once: until it is done, connections stand in backends that their addresses no longer belong to.
void Agent::regroup()
{
    if (auto walked = auditor_.run(Auditor::Kind::regroup); !walked)
        spdlog::error("connections stay in their old backends: {}", walked.error().message);
    if (auto walked = count_older_unix_sockets(true); !walked)
        spdlog::error("Unix connections stay in their old backends: {}", walked.error().message);
    last_audit_ns_ = monotonic_ns();
    snapshot_.reset();
}

// More records than the kernel has sockets: some ends were missed, which no hook will tell. Then the audit
// does not wait for its time. (On some hosts programs do not run in the context of certain processes, even
// for what a softirq does there; a recursion miss may be the last event of its connection.)
void Agent::watch_for_excess(const std::vector<BackendCounters>& backends)
{
    std::uint64_t opened = 0;
    std::vector<BackendCounters> tcp;
    for (const BackendCounters& each : backends) {
        opened += each.opened;
        if (!is_unix(each.address))
            tcp.push_back(each);
    }
    const std::uint64_t allocated = allocated_tcp_sockets();
    // Only while nothing opens: on a busy host the two numbers are never of one moment, and the regular audit
    // will do.
    const bool quiet = opened == opened_before_;
    opened_before_ = opened;
    excess_ticks_ = quiet && allocated != 0 && tracked(tcp) > allocated ? excess_ticks_ + 1 : 0;
    const double rest = seconds_of(monotonic_ns() - last_audit_ns_);
    if (excess_ticks_ < 2 || auditor_.under_way() || configuration_.audit_seconds == 0 ||
        rest < 20 * auditor_.report().seconds)
        return;
    audit_timer_.cancel();
    auditor_.begin(Auditor::Kind::audit);
    audit_step();
}

} // namespace slotscope::daemon
