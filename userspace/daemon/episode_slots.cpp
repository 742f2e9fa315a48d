// SPDX-License-Identifier: MIT
// What the slots of an episode are: a limit may begin to count something else, and a pool may only look full.
#include "base/clock.h"
#include "base/growth.h"
#include "daemon/episode_common.h"
#include "daemon/episodes.h"
#include "daemon/learned_limits.h"

namespace slotscope::daemon {
namespace {

constexpr double kSpare = 0.3;                      // of the holders
constexpr std::uint64_t kQuiet_ns = 5 * kSecond_ns; // without a refusal

constexpr double kForgotten_seconds = 4;

// What opens connections beside idle ones for so long is no pool.
bool is_leaked(const analyze::Forgotten& forgotten)
{
    return forgotten.share >= kSpare && forgotten.spread_seconds >= kForgotten_seconds;
}

// As if it had always counted what it counts now: a record has both.
void count_as(BackendCounters& counters, const BackendCounters& now)
{
    counters.limit = now.limit;
    counters.calls.limit = now.calls.limit;
    counters.limit_hits = now.limit_hits;
    counters.time_at_limit_ns = now.time_at_limit_ns;
}

} // namespace

// A limit has come, has gone, or counts calls instead of connections. An episode that was about the limit
// before ends where there is none any more; else it goes on by what is counted now, from its begin on, and
// says so. A touch is forgotten: where the new limit is reached, that is another one.
void EpisodeWatch::count_anew(Watched& watched, const BackendCounters& now, SystemTime at)
{
    const SlotKind before = watched.last.slots().kind;
    const SlotUse slots = now.slots();
    Episode& episode = watched.episode;
    const bool gone = slots.limit == 0 && episode.limit != 0;
    watched.limit_is_gone = gone || (!watched.open && watched.trouble == analyze::Trouble::limit);
    if (!watched.open)
        return;
    watched.recounted = "its limit counted " + std::string(to_string(before)) + " until " +
                        rfc3339(time_.shown(at)) +
                        (gone ? ", and is not known any more: what came after is in no number here"
                              : ": all numbers are of " + std::string(to_string(slots.kind)) +
                                    ", and how many there were at the moment it began is not known");
    if (gone) {
        episode.verdict.missing.push_back(watched.recounted);
        return;
    }
    const auto backend = sight_.backend(watched.index);
    if (!backend)
        return;
    episode.kind = slots.kind;
    episode.limit = slots.limit;
    episode.limit_source = backend->limit_source;
    episode.peak = 0;
    count_as(watched.at_begin, now);
    count_as(watched.last, now);
    watched.at_limit_before_ns = now.time_at_limit_ns;
    watched.forget_samples();
    freeze_baseline(watched, *backend);
}

// At a limit that nothing tells, all of them count that it may be known by, also those that those who ask for
// a slot were given elsewhere.
std::uint64_t EpisodeWatch::refusals_since(const Watched& watched, const BackendCounters& now) const
{
    if (!watched.limit_is_learned)
        return grown(unavailable(watched.at_begin), unavailable(now));
    std::uint64_t refusals = grown(turned_away(watched.at_begin), turned_away(now));
    for (const auto& [record, met] : watched.demand_from)
        if (const auto front = sight_.counters(record))
            refusals += grown(met.unavailable, unavailable(*front));
    return refusals;
}

void EpisodeWatch::note_refusals(Watched& watched, std::uint64_t now_ns) const
{
    const auto limit = watched.last.group == 0 ? std::nullopt : sight_.limit(watched.last.group);
    watched.limit_is_learned = limit && is_learned(*limit);
    const std::uint64_t refusals = refusals_since(watched, watched.last);
    if (refusals > watched.refusals)
        watched.refused_ns = now_ns;
    watched.refusals = refusals;
}

// A pool that has grown to its size and has connections to spare: nobody waits for one. It is told only where
// calls are seen, both on the pool and where they arrive at its owners; at a limit that was learned from what
// was refused, by nothing being refused and nobody waiting to be let in.
bool EpisodeWatch::is_idle_pool(const Watched& watched, const analyze::Scan& scan, std::uint64_t now_ns) const
{
    const SlotUse slots = watched.last.slots();
    const analyze::Standing* const own = scan.of(watched.index);
    if (slots.kind != SlotKind::connections || !own ||
        watched.tally.newest_share(analyze::Doing::idle) +
                watched.tally.newest_share(analyze::Doing::between) <
            kSpare)
        return false;
    if (watched.limit_is_learned)
        return own->not_accepted == 0 && own->connecting == 0 &&
               (watched.refused_ns == 0 || now_ns - watched.refused_ns >= kQuiet_ns);
    if (watched.last.direction != Direction::outbound || watched.demand_from.empty() ||
        watched.last.calls.finished() == 0 || is_leaked(watched.forgotten))
        return false;
    std::uint64_t wanted = 0;
    for (const auto& [record, met] : watched.demand_from)
        if (const analyze::Standing* const front = scan.of(record))
            wanted += front->in_call;
    return wanted <= own->in_call;
}

} // namespace slotscope::daemon
