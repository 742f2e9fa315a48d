// SPDX-License-Identifier: MIT
// What episodes see of the agent, and what the agent tells of them.
#include "base/clock.h"
#include "daemon/agent.h"
#include "daemon/session_locks.h"
#include "decode/connection.h"
#include "enrich/open_files.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>

namespace slotscope::daemon {
namespace {

constexpr std::uint64_t kLesson_ns = 60'000'000'000;
constexpr std::uint64_t kReadWithin_ns = 200'000'000;
constexpr std::uint64_t kOwnerWithin_ns = 1'500'000'000;
constexpr std::uint64_t kOwnersEvery_ns = 2'000'000'000;
constexpr std::uint64_t kOwnersRest = 100; // times as long as a walk took

// Without a hook on accept: nobody has read what came, and nobody has it among its open files.
bool seems_unaccepted(const Connection& connection, std::uint64_t now_ns)
{
    if (connection.direction == Direction::outbound || connection.accepted || connection.pid != 0)
        return false;
    const std::uint64_t patience_ns = connection.call.holds_slot() ? kReadWithin_ns : kOwnerWithin_ns;
    return now_ns > connection.opened_ns + patience_ns;
}

// A thread that waits for another one of a process in which none works waits for ever, or for somebody
// outside.
analyze::ServingThreads look_at_threads(const enrich::ThreadReader& threads,
                                        std::span<const analyze::Serves> serving)
{
    analyze::ServingThreads seen;
    std::map<std::uint32_t, bool> works; // by pid
    for (const analyze::Serves& each : serving) {
        const enrich::ThreadDoing doing = threads.look(each.pid, each.tid);
        seen.looked_at += doing == enrich::ThreadDoing::unknown ? 0 : 1;
        seen.stopped += doing == enrich::ThreadDoing::stopped ? 1 : 0;
        seen.on_disk += doing == enrich::ThreadDoing::disk ? 1 : 0;
        seen.file_locked += doing == enrich::ThreadDoing::file_lock ? 1 : 0;
        if (doing != enrich::ThreadDoing::lock)
            continue;
        ++seen.waiting;
        if (!works.contains(each.pid))
            works[each.pid] = threads.works(each.pid);
        seen.locked += works[each.pid] ? 0 : 1;
    }
    return seen;
}

// Names the owners of connections that seem to have none; at most one hundredth of the time goes into it.
void look_for_owners(kernel::Session& session, std::uint64_t& next_ns)
{
    const std::uint64_t now_ns = monotonic_ns();
    if (now_ns < next_ns)
        return;
    bool wanted = false;
    decode::for_each_connection(session.connections(), {}, [&](const Connection& each) {
        wanted = wanted || (each.pid == 0 && seems_unaccepted(each, now_ns));
    });
    if (!wanted || !session.walk_files())
        return;
    const std::uint64_t end_ns = monotonic_ns();
    next_ns = end_ns + std::max(kOwnersEvery_ns, kOwnersRest * (end_ns - now_ns));
}

} // namespace

EpisodeSight Agent::episode_sight()
{
    EpisodeSight sight;
    sight.backend = [this](std::uint32_t index) { return backend_at(index, decode::Histograms::read); };
    sight.counters = [this](std::uint32_t index) -> std::optional<BackendCounters> {
        const std::span<ss_backend> records = session_->backends();
        if (index >= records.size())
            return std::nullopt;
        return read_backend(records[index], index, monotonic_ns(), decode::Histograms::leave_out);
    };
    sight.limit = [this](std::uint32_t group) -> std::optional<Limit> {
        if (group == 0 || group > limit_book_.limits().size())
            return std::nullopt;
        return limit_book_.limits()[group - 1].limit;
    };
    sight.holders = [this](const HolderQuery& query) { return holders(query); };
    sight.connections = [this, next_walk_ns = std::uint64_t{0}](const auto& visit) mutable {
        if (!accepts_are_seen(*session_))
            look_for_owners(*session_, next_walk_ns);
        for_each_holder(visit);
    };
    sight.processes = [this](const std::set<std::uint32_t>& holders, const std::set<std::uint32_t>& others) {
        return process_facts_.look(holders, others, monotonic_ns());
    };
    sight.usual = [this](const Backend& backend) {
        return baselines_.usual(backend, std::chrono::system_clock::now(), monotonic_ns());
    };
    // The reader of an answer is the peer of who serves, and the caller itself.
    sight.unread = [this](const Connection& connection) -> std::optional<bool> {
        const auto queues = socket_queues_.look(connection);
        if (!queues)
            return std::nullopt;
        return (connection.direction == Direction::inbound ? queues->unsent : queues->unread) != 0;
    };
    sight.untaken = [this](const Connection& connection) -> std::optional<bool> {
        const auto queues = socket_queues_.look(connection);
        return queues ? std::optional(queues->unread != 0) : std::nullopt;
    };
    sight.threads = [this](std::span<const analyze::Serves> serving) {
        return look_at_threads(threads_, serving);
    };
    sight.open_files = [](std::uint32_t pid) -> std::optional<std::uint64_t> {
        const auto files = enrich::open_files_of("/proc", pid);
        return files && files->none_left() ? std::optional(files->open) : std::nullopt;
    };
    sight.quotas = [this](const std::set<std::uint32_t>& processes) { return cpu_quotas_.look(processes); };
    sight.locks = [this](std::span<const Holder> holders) { return session_locks(sessions_, holders); };
    sight.usual_calls = [this](std::uint32_t index, double seconds) {
        const auto counters = backend_at(index, decode::Histograms::read);
        return counters ? sampler_.usual_calls(counters->counters, seconds) : analyze::UsualCalls();
    };
    sight.publish = [this](Event event) { api_->events().publish(event); };
    return sight;
}

void Agent::for_each_holder(const decode::VisitConnection& visit) const
{
    const bool accepts_seen = accepts_are_seen(*session_);
    const std::uint64_t now_ns = monotonic_ns();
    decode::for_each_connection(session_->connections(), {}, [&](const Connection& each) {
        if (accepts_seen || each.accepted) {
            visit(each);
            return;
        }
        Connection seen = each;
        seen.accepted = !seems_unaccepted(each, now_ns);
        visit(seen);
    });
}

void Agent::schedule_step()
{
    if (step_waits_ || !watch_.urgent(monotonic_ns()))
        return;
    step_waits_ = true;
    step_timer_.expires_after(EpisodeWatch::kStep);
    step_timer_.async_wait([this](const boost::system::error_code& error) {
        step_waits_ = false;
        if (error)
            return;
        watch_.step(monotonic_ns(), std::chrono::system_clock::now());
        schedule_step();
    });
}

std::vector<Episode> Agent::episodes(const EpisodeQuery& query) const
{
    return archive_.list(query);
}

std::optional<Episode> Agent::episode(std::uint64_t id) const
{
    return archive_.find(id);
}

// Once a minute what is usual is learned, of backends that are not in trouble.
void Agent::keep_history(std::uint64_t now_ns)
{
    constexpr int kLessonsPerSave = 5;
    if (now_ns < next_lesson_ns_)
        return;
    const bool first = next_lesson_ns_ == 0;
    next_lesson_ns_ = now_ns + kLesson_ns;
    if (first)
        return;
    std::set<BaselineKeeper::Key> in_trouble;
    for (const Episode* const each : archive_.active())
        in_trouble.emplace(each->backend, each->direction);
    const auto now = std::chrono::system_clock::now();
    baselines_.learn(snapshot()->backends, watch_.recorder(), in_trouble, now, now_ns);
    if (++lessons_ % kLessonsPerSave != 0)
        return;
    baselines_.save(now, now_ns);
    archive_.trim(now, now_ns);
}

void Agent::close_history()
{
    const auto now = std::chrono::system_clock::now();
    const std::uint64_t now_ns = monotonic_ns();
    watch_.cut_off(now_ns, now);
    baselines_.save(now, now_ns);
    archive_.trim(now, now_ns);
}

} // namespace slotscope::daemon
