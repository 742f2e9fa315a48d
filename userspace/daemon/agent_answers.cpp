// SPDX-License-Identifier: MIT
// What the agent tells those who ask.
#include "base/clock.h"
#include "daemon/agent.h"
#include "daemon/own_status.h"

#include <unistd.h>

namespace slotscope::daemon {
namespace {

// An answer is kept for this many times as long as it took to make: however often somebody asks, making
// answers costs a fifth of the loop at most.
constexpr std::uint64_t kKeptFor = 4;

struct ReasonText {
    const char* name;
    const char* meaning;
    bool miscounts = false;
};

#define SLOTSCOPE_LOSS(identifier, name, effect, meaning) ReasonText{name, meaning, effect == SS_MISCOUNTS},
#define SLOTSCOPE_REPAIR(identifier, name, meaning) ReasonText{name, meaning},
constexpr ReasonText kLosses[] = {SS_LOSSES(SLOTSCOPE_LOSS)};
constexpr ReasonText kRepairs[] = {SS_REPAIRS(SLOTSCOPE_REPAIR)};
#undef SLOTSCOPE_LOSS
#undef SLOTSCOPE_REPAIR

template <std::size_t count>
std::vector<Reason> reasons(const ReasonText (&texts)[count], const __u64 (&counters)[count])
{
    std::vector<Reason> result;
    for (std::size_t reason = 0; reason < count; ++reason)
        result.push_back({texts[reason].name, texts[reason].meaning,
                          __atomic_load_n(&counters[reason], __ATOMIC_RELAXED), texts[reason].miscounts});
    return result;
}

// What is not seen because the agent may not look there. Counts only grow, as those of the other losses do.
std::vector<Reason> losses_of_sight(const AgentSight& sight)
{
    return {
        {"namespaces_not_entered",
         "network namespaces that could not be entered: connections in them that are older than the agent "
         "are not counted, and audits do not look there",
         sight.not_entered, true},
        {"namespaces_hidden",
         "processes whose network namespace could not be looked at (CAP_SYS_PTRACE): what is older than the "
         "agent in one that only they are in is not counted",
         sight.hidden, true}};
}

} // namespace

std::vector<BackendCounters> Agent::read_backends(std::uint64_t now_ns, bool histograms) const
{
    std::vector<BackendCounters> backends;
    const std::span<ss_backend> records = session_->backends();
    const auto how = histograms ? decode::Histograms::read : decode::Histograms::leave_out;
    backends.reserve(__atomic_load_n(&session_->control().highest_backend, __ATOMIC_RELAXED) + 1);
    for (std::uint32_t index = 0; index < records.size(); ++index)
        // Read for each record anew: a connection that began after the first one was read must not lie in the
        // future.
        if (auto counters = read_backend(records[index], index, histograms ? monotonic_ns() : now_ns, how))
            backends.push_back(std::move(*counters));
    return backends;
}

std::optional<BackendCounters> Agent::read_backend(const ss_backend& record, std::uint32_t index,
                                                   std::uint64_t now_ns, decode::Histograms how) const
{
    if (__atomic_load_n(&record.created_ns, __ATOMIC_RELAXED) == 0)
        return std::nullopt;
    BackendCounters counters = decode::decode_backend(record, index, now_ns, how);
    if (counters.created_ns == 0)
        return std::nullopt;
    learn_unix_path(counters.address);
    counters.group = limit_book_.position(counters.group);
    return counters;
}

aggregate::Surroundings Agent::surroundings(std::uint64_t now_ns) const
{
    aggregate::Surroundings around;
    around.limits = limit_book_.limits();
    around.own_netns = namespaces_.own();
    around.now_ns = now_ns;
    around.netns_name = [this, now_ns](std::uint32_t inode) { return namespaces_.name(inode, now_ns); };
    return around;
}

// As answers call it. Only this one is read: with thousands of backends a snapshot takes milliseconds, for
// which an event about a limit does not wait.
std::optional<Backend> Agent::backend_at(std::uint32_t index, decode::Histograms how) const
{
    const std::uint64_t now_ns = monotonic_ns();
    const std::span<ss_backend> records = session_->backends();
    if (index >= records.size())
        return std::nullopt;
    auto counters = read_backend(records[index], index, now_ns, how);
    if (!counters)
        return std::nullopt;
    std::vector<BackendCounters> alone;
    alone.push_back(std::move(*counters));
    auto backends = aggregate::make_backends(std::move(alone), surroundings(now_ns), activity_, names_);
    if (backends.empty())
        return std::nullopt;
    return std::move(backends.front());
}

// Counted by none of the programs: a counter that every CPU writes with every connection costs more than this
// sum.
std::uint64_t Agent::tracked(const std::vector<BackendCounters>& backends)
{
    std::uint64_t records = 0;
    for (const BackendCounters& each : backends)
        if (each.index != kOtherBackend)
            records += each.open() + each.listeners;
    return records;
}

AgentStatus Agent::status(std::uint64_t now_ns) const
{
    AgentStatus status;
    status.version = SLOTSCOPE_VERSION;
    status.kernel = kernel_release();
    status.pid = static_cast<std::uint32_t>(::getpid());
    status.uptime_seconds = seconds_of(now_ns - started_ns_);
    status.cpu_seconds = cpu_seconds();
    status.memory_bytes = resident_memory_bytes();
    status.kernel_memory_bytes = session_->kernel_memory_bytes();
    status.last_audit_seconds_ago = seconds_of(now_ns - last_audit_ns_);
    status.last_audit_seconds = auditor_.report().seconds;
    status.last_walk_seconds = holders_.last_read_seconds();
    status.namespaces = auditor_.report().namespaces;
    status.user = user_name(privileges_.uid);
    status.capabilities = capability_names(privileges_.effective);
    for (std::string& each : warnings_of_sight())
        status.warnings.push_back(std::move(each));
    for (std::string& each : archive_.warnings())
        status.warnings.push_back(std::move(each));
    for (const LimitView& view : limit_book_.limits())
        if (!view.note.empty() && view.limit.origin.product.empty()) // slotscope limits says it of the others
            status.warnings.push_back("limit " + view.limit.name + ": " + view.note);
    status.hooks = session_->hooks();
    status.programs = session_->programs();
    status.tables.push_back({"connections", tracked_, session_->connections().size() * SS_WAYS});
    return status;
}

std::vector<Reason> Agent::losses() const
{
    std::vector<Reason> losses = reasons(kLosses, session_->control().losses);
    for (Reason& each : losses_of_sight(sight_))
        losses.push_back(std::move(each));
    losses.push_back({"episodes_full",
                      "backends in trouble beyond the " + std::to_string(EpisodeWatch::kMostWatched) +
                          " that are looked into at a time: no episode tells of them",
                      watch_.not_watched()});
    return losses;
}

// What a folded backend had counted was in series of its own: in those of `other` it would come again, as a
// jump.
void Agent::add_folded(Snapshot& snapshot, std::vector<BackendCounters>& counters) const
{
    if (folder_.folded().opened == 0)
        return;
    for (BackendCounters& each : counters)
        if (each.index == kOtherBackend) {
            snapshot.other_alone = each;
            add_ended(each, folder_.folded());
        }
}

std::shared_ptr<const Snapshot> Agent::make_snapshot() const
{
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->at = std::chrono::system_clock::now();
    snapshot->at_ns = monotonic_ns();
    auto counters = read_backends(snapshot->at_ns, true);
    const std::size_t used = counters.size();
    add_folded(*snapshot, counters);
    tracked_ = tracked(counters);
    snapshot->backends =
        aggregate::make_backends(std::move(counters), surroundings(snapshot->at_ns), activity_, names_);
    for (Backend& each : snapshot->backends) {
        each.before_kind = slot_series_.before(each.counters);
        each.recent_holds = watch_.recorder().recent_holds(each.counters, snapshot->at_ns);
    }
    snapshot->losses = losses();
    snapshot->losses_recent = recent_losses_.list(snapshot->at_ns);
    snapshot->repairs = reasons(kRepairs, session_->control().repairs);
    snapshot->agent = status(snapshot->at_ns);
    snapshot->agent.tables.push_back({"backends", used, session_->most_backends()});
    return snapshot;
}

std::shared_ptr<const Snapshot> Agent::snapshot() const
{
    const std::uint64_t now_ns = monotonic_ns();
    if (!snapshot_ || now_ns >= snapshot_until_ns_) {
        snapshot_ = make_snapshot();
        const std::uint64_t done_ns = monotonic_ns();
        snapshot_until_ns_ = done_ns + kKeptFor * (done_ns - now_ns);
    }
    return snapshot_;
}

Result<HolderPage> Agent::holders(const HolderQuery& query)
{
    return holders_.find(query, snapshot()->backends, monotonic_ns());
}

} // namespace slotscope::daemon
