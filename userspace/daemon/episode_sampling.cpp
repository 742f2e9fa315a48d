// SPDX-License-Identifier: MIT
// Looks at the holders of an episode, and at what is around them.
#include "base/clock.h"
#include "base/growth.h"
#include "daemon/episode_common.h"
#include "daemon/episodes.h"

#include <algorithm>

namespace slotscope::daemon {
namespace {

constexpr std::size_t kMostSampled = 10'000;
constexpr std::uint64_t kFirstSample_ns = 250'000'000;
constexpr std::uint64_t kStillThere_ns = 1'500'000'000; // a saturated limit flickers
constexpr std::uint64_t kLongestSample_ns = 10'000'000'000;
constexpr double kPassed_share = 0.4; // of that from which on a limit counts as saturated

// A touch of the limit that has passed: what was seen in it is not of what comes then.
bool has_passed(const Watched& watched, const BackendCounters& now, std::uint64_t since_ns)
{
    if (watched.open || watched.trouble != analyze::Trouble::limit || watched.sampled_ns == 0 || now.at_limit)
        return false;
    const std::uint64_t full_ns = grown(watched.sampled_at_limit_ns, now.time_at_limit_ns);
    return static_cast<double>(full_ns) < kPassed_share * flickers_share(now) * static_cast<double>(since_ns);
}

} // namespace

void Watched::forget_samples()
{
    tally = {};
    next_hop = {};
    lock_queue = {};
    quotas = next_hop_quotas = holder_quotas = {};
    threads_seen = threads_on_disk = 0;
    queued_sum = oldest_queued_seconds = 0;
    not_accepted_sum = other_end_sum = 0;
    other_end_samples = 0;
    answering = unread = requesting = untaken = 0;
    oldest_connecting_seconds = stopped_seconds = 0;
}

void Watched::add_servers(const analyze::Standing& standing)
{
    for (const std::uint32_t pid : standing.pids)
        if (servers.size() < analyze::kMostServers)
            servers.insert(pid);
}

void Watched::begin_after(const BackendCounters& now, std::uint64_t now_ns)
{
    forget_samples();
    began += std::chrono::nanoseconds(now_ns - began_ns);
    began_ns = now_ns;
    at_begin = now;
    at_limit_before_ns = now.time_at_limit_ns;
    touch_passed = touched_before = true;
}

void EpisodeWatch::sample(Watched& watched, const analyze::Scan& scan, std::uint64_t now_ns)
{
    const auto backend = sight_.backend(watched.index);
    if (!backend)
        return;
    const HolderQuery query{backend->name, backend->counters.direction, false, 0, kMostSampled};
    auto page = sight_.holders(query);
    if (!page)
        return;
    analyze::AcceptQueue queue;
    // Behind a full limit of the server's own the accept queue is where the rest waits.
    if (watched.trouble == analyze::Trouble::limit && backend->counters.direction == Direction::inbound &&
        backend->counters.in_use > backend->counters.slots().limit)
        queue = analyze::leave_out_queue(page->holders, page->total);
    const std::uint64_t since_ns = watched.sampled_ns == 0 ? kFirstSample_ns : now_ns - watched.sampled_ns;
    const bool passed = has_passed(watched, backend->counters, since_ns);
    if (passed)
        watched.begin_after(backend->counters, now_ns);
    if (!passed && (watched.sampled_ns == 0 || now_ns - watched.trouble_ns < kStillThere_ns)) {
        watched.tally.add(page->holders, page->total, seconds_of(std::min(since_ns, kLongestSample_ns)));
        watched.queued_sum += static_cast<double>(queue.length);
        watched.oldest_queued_seconds = std::max(watched.oldest_queued_seconds, queue.oldest_seconds);
    }
    if (watched.sampled_ns != 0 && since_ns >= kMoment_ns)
        watched.sampled_full_share =
            seconds_of(grown(watched.sampled_at_limit_ns, backend->counters.time_at_limit_ns)) /
            seconds_of(since_ns);
    watched.sampled_ns = now_ns;
    watched.sampled_at_limit_ns = backend->counters.time_at_limit_ns;
    if (passed)
        return;
    note_surroundings(watched, scan);
    if (watched.threads.all_stopped())
        watched.stopped_seconds += seconds_of(std::min(since_ns, kLongestSample_ns));
    if (now_ns - watched.trouble_ns < kStillThere_ns)
        note_quotas(watched, scan, now_ns);
    note_unread(watched, scan);
    if (sight_.locks)
        watched.locks = sight_.locks(page->holders);
    watched.forgotten = analyze::forgotten(page->holders);
    note_clients(watched, scan);
    note_refusals(watched, now_ns);
    watched.idle_pool = (!watched.open || watched.limit_is_learned) && is_idle_pool(watched, scan, now_ns);
    if (watched.idle_pool && !watched.open) {
        watched.begin_after(backend->counters, now_ns);
        return;
    }
    std::set<std::uint32_t> holders;
    for (const auto& [pid, process] : watched.tally.processes())
        holders.insert(pid);
    std::set<std::uint32_t> others;
    for (const auto& [pid, doings] : scan.processes)
        if (others.size() < kMostSampled)
            others.insert(pid);
    watched.old_generations =
        analyze::old_generations(watched.tally, sight_.processes(holders, others), now_ns);
}

void EpisodeWatch::note_surroundings(Watched& watched, const analyze::Scan& scan)
{
    const analyze::Standing* const own = scan.of(watched.index);
    watched.connecting = own ? own->connecting : 0;
    if (own)
        watched.oldest_connecting_seconds =
            std::max(watched.oldest_connecting_seconds, seconds_of(own->oldest_connecting_ns));
    if (const auto other = scan.other_end(watched.index)) {
        ++watched.other_end_samples;
        watched.not_accepted_sum += static_cast<double>(other->not_accepted);
        watched.other_end_sum += static_cast<double>(other->in_use);
        watched.other_end = *other;
    }
    const bool inbound = own && own->direction == Direction::inbound;
    const auto other = scan.other_end_index(watched.index);
    if (own && !inbound)
        for (const std::uint32_t record : scan.served_by(own->pids))
            if (!other || record != *other)
                if (const auto counters = sight_.counters(record))
                    watched.demand_from.try_emplace(record, ended(*counters));
    note_servers(watched, scan, inbound ? own : other ? scan.of(*other) : nullptr);
}

// What is behind those who serve: their own calls, and their threads.
void EpisodeWatch::note_servers(Watched& watched, const analyze::Scan& scan,
                                const analyze::Standing* servers) const
{
    if (servers)
        watched.next_hop.add(scan.asked_by(servers->pids));
    const auto serving = scan.serving.find(watched.index);
    watched.threads = serving == scan.serving.end() || !sight_.threads ? analyze::ServingThreads()
                                                                       : sight_.threads(serving->second);
    watched.lock_queue.add(watched.threads);
    watched.threads_seen += watched.threads.looked_at;
    watched.threads_on_disk += watched.threads.on_disk;
    if (servers)
        watched.add_servers(*servers);
    look_at_servers(watched);
}

// Whether they are stopped is told by their first threads.
void EpisodeWatch::look_at_servers(Watched& watched) const
{
    std::vector<analyze::Serves> processes;
    for (const std::uint32_t pid : watched.servers)
        processes.push_back({pid, pid});
    if (processes.empty() || !sight_.threads)
        return;
    const analyze::ServingThreads seen = sight_.threads(processes);
    watched.threads.processes = seen.looked_at;
    watched.threads.stopped_processes = seen.stopped;
    const bool queue = watched.other_end.not_accepted != 0 || watched.queued_sum > 0 ||
                       watched.tally.newest_share(analyze::Doing::not_accepted) > 0;
    for (const std::uint32_t pid : watched.servers)
        if (const auto open = queue && sight_.open_files ? sight_.open_files(pid) : std::nullopt) {
            watched.threads.out_of_files = pid;
            watched.threads.open_files = *open;
        }
}

// Of what they ask those who serve it are looked at where they run on this host.
void EpisodeWatch::note_quotas(Watched& watched, const analyze::Scan& scan, std::uint64_t now_ns) const
{
    if (!sight_.quotas)
        return;
    if (!watched.servers.empty())
        watched.quotas.add(sight_.quotas(watched.servers), now_ns);
    const auto next =
        watched.next_hop.asks() ? scan.other_end_index(watched.next_hop.record()) : std::nullopt;
    if (const analyze::Standing* const hop = next ? scan.of(*next) : nullptr; hop && !hop->pids.empty())
        watched.next_hop_quotas.add(sight_.quotas(hop->pids), now_ns);
    std::set<std::uint32_t> holders;
    if (watched.last.direction == Direction::outbound)
        for (const auto& [pid, process] : watched.tally.processes())
            holders.insert(pid);
    if (!holders.empty())
        watched.holder_quotas.add(sight_.quotas(holders), now_ns);
}

// A server's sessions are those of its clients.
void EpisodeWatch::note_clients(Watched& watched, const analyze::Scan& scan) const
{
    watched.idle_client = {};
    if (watched.tally.idle_share() == 0) // nothing is said of them then
        return;
    const auto clients = scan.other_end_index(watched.index);
    const auto backend = clients ? sight_.backend(*clients) : std::nullopt;
    if (!backend || backend->counters.direction != Direction::outbound ||
        watched.last.slots().kind != SlotKind::connections)
        return;
    if (const auto page = sight_.holders({backend->name, Direction::outbound, false, 0, kMostSampled}))
        watched.idle_client = analyze::most_idle(page->holders);
}

void EpisodeWatch::note_unread(Watched& watched, const analyze::Scan& scan) const
{
    const auto look = [&](const auto& connections, const auto& wait, std::uint64_t& looked_at,
                          std::uint64_t& waiting) {
        const auto some = connections.find(watched.index);
        if (!wait || some == connections.end())
            return;
        for (const Connection& each : some->second)
            if (const auto waits = wait(each)) {
                ++looked_at;
                waiting += *waits ? 1 : 0;
            }
    };
    look(scan.answering, sight_.unread, watched.answering, watched.unread);
    look(scan.requesting, sight_.untaken, watched.requesting, watched.untaken);
}

} // namespace slotscope::daemon
