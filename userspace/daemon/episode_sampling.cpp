// SPDX-License-Identifier: MIT
// Looks at the holders of an episode, and at what is around them.
#include "daemon/episode_common.h"
#include "daemon/episodes.h"

#include <algorithm>

namespace slotscope::daemon {
namespace {

constexpr std::size_t kMostSampled = 10'000;
constexpr std::uint64_t kFirstSample_ns = 250'000'000;
constexpr std::uint64_t kStillThere_ns = 1'500'000'000; // a saturated limit flickers
constexpr std::uint64_t kLongestSample_ns = 10'000'000'000;

} // namespace

void EpisodeWatch::sample(Watched& watched, const analyze::Scan& scan, std::uint64_t now_ns)
{
    const auto backend = sight_.backend(watched.index);
    if (!backend)
        return;
    const HolderQuery query{backend->name, backend->counters.direction, false, 0, kMostSampled};
    auto page = sight_.holders(query);
    if (!page)
        return;
    // Behind a full limit of the server's own the accept queue is where the rest waits.
    if (watched.trouble == analyze::Trouble::limit && backend->counters.direction == Direction::inbound &&
        backend->counters.in_use > backend->counters.slots().limit)
        page->total = analyze::leave_out_queue(page->holders, page->total);
    const std::uint64_t since_ns = watched.sampled_ns == 0 ? kFirstSample_ns : now_ns - watched.sampled_ns;
    if (watched.sampled_ns == 0 || now_ns - watched.trouble_ns < kStillThere_ns)
        watched.tally.add(page->holders, page->total, seconds_of(std::min(since_ns, kLongestSample_ns)));
    watched.sampled_ns = now_ns;
    note_surroundings(watched, scan);
    note_unread(watched, scan);
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
                watched.demand_from.insert(record);
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
}

void EpisodeWatch::note_unread(Watched& watched, const analyze::Scan& scan) const
{
    const auto answering = scan.answering.find(watched.index);
    if (!sight_.unread || answering == scan.answering.end())
        return;
    for (const Connection& each : answering->second)
        if (const auto unread = sight_.unread(each)) {
            ++watched.answering;
            watched.unread += *unread ? 1 : 0;
        }
}

} // namespace slotscope::daemon
