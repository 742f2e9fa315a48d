// SPDX-License-Identifier: MIT
// From what was recorded and sampled to a verdict.
#include "analyze/judge.h"
#include "base/clock.h"
#include "base/growth.h"
#include "daemon/episode_common.h"
#include "daemon/episodes.h"
#include "daemon/learned_limits.h"

#include <algorithm>
#include <cmath>

namespace slotscope::daemon {
namespace {

using analyze::Second;

constexpr std::size_t kMostWindows = 180;
constexpr double kLately_seconds = 6;
constexpr std::uint64_t kSaveEvery_ns = 5'000'000'000;
constexpr double kToldAgain = 0.15; // change of confidence
constexpr auto kTimelineBefore = std::chrono::minutes(5);

SystemTime end_of(const Second& second)
{
    return second.window.begin + std::chrono::duration_cast<SystemTime::duration>(
                                     std::chrono::duration<double>(second.window.seconds));
}

std::vector<Second> last_of(const std::vector<Second>& seconds, double length)
{
    std::size_t first = seconds.size();
    for (double sum = 0; first > 0 && sum < length; --first)
        sum += seconds[first - 1].window.seconds;
    return {seconds.begin() + static_cast<std::ptrdiff_t>(first), seconds.end()};
}

} // namespace

void EpisodeWatch::freeze_baseline(Watched& watched, const Backend& backend)
{
    std::vector<Second> seconds = recorder_.seconds(watched.index);
    for (Second& each : seconds)
        analyze::recount(each, backend.counters.slots().kind);
    std::size_t hit = 0;
    while (hit < seconds.size() &&
           seconds[hit].window.begin + std::chrono::duration<double>(seconds[hit].window.seconds) <=
               watched.began)
        ++hit;
    std::size_t first = analyze::onset(seconds, hit);
    if (watched.trouble != analyze::Trouble::limit) // it was there for some seconds before it was noticed
        first = std::min<std::size_t>(first, hit - std::min<std::size_t>(hit, 5));
    // The second of the hit is not whole yet: it begins where the newest one ends.
    if (first < seconds.size())
        watched.onset = seconds[first].window.begin;
    else
        watched.onset = seconds.empty() ? watched.began - std::chrono::seconds(2) : end_of(seconds.back());
    watched.onset -= std::chrono::milliseconds(5); // what is rounded
    const auto last = ended_.find(watched.index);
    watched.usual_from = last == ended_.end() ? SystemTime::min() : last->second + std::chrono::seconds(1);
    const auto before = between(seconds, watched.usual_from, watched.onset);
    watched.unit = analyze::unit_of(seconds);
    watched.baseline = analyze::baseline_of(before, watched.unit);
    freeze_usual_calls(watched, before);
    if (!watched.baseline.known() && sight_.usual)
        if (const auto usual = sight_.usual(backend); usual && is_comparable(usual->unit, seconds)) {
            watched.baseline = *usual;
            watched.unit = usual->unit;
        }
}

void EpisodeWatch::freeze_usual_calls(Watched& watched, const std::vector<Second>& before) const
{
    constexpr double kLongest_seconds = 300;
    watched.usual_calls.clear();
    if (!sight_.usual_calls || before.empty())
        return;
    const auto last = ended_.find(watched.index);
    const double since = last == ended_.end()
                             ? kLongest_seconds
                             : std::chrono::duration<double>(watched.began - last->second).count();
    watched.usual_calls = sight_.usual_calls(watched.index, std::min(since, kLongest_seconds));
    const auto usual = analyze::rates_of(before, watched.unit);
    const double rise = std::chrono::duration<double>(watched.began - watched.onset).count();
    analyze::tell_long_ones(watched.usual_calls, usual.hold_p50_seconds.value_or(0), std::max(0.0, rise) + 1);
    const double steady = analyze::slots_of_long_ones(watched.usual_calls);
    watched.baseline = analyze::without_long_ones(watched.baseline, usual, steady);
}

// At a server's own limit the queue is the one of its listener: a connection arrives before, its call after
// it. That tells where each call has a connection of its own, as it is with php-fpm.
void EpisodeWatch::set_own_demand(analyze::Evidence& e, const Watched& watched) const
{
    constexpr double kMuchAlike = 0.25;
    const std::vector<Second> all = recorder_.seconds(watched.index);
    const auto before = analyze::rates_of(between(all, watched.usual_from, watched.onset), e.unit);
    const auto during = analyze::rates_of(between(all, trouble_begin(watched), trouble_end(watched)), e.unit);
    if (e.unit != analyze::Unit::calls || before.seconds < analyze::kShortestBaseline_seconds ||
        before.arrivals == 0 || during.seconds < 0.9)
        return;
    const double each = static_cast<double>(before.opened) / static_cast<double>(before.arrivals);
    if (std::abs(each - 1) > kMuchAlike)
        return;
    e.demand = analyze::Demand{static_cast<double>(before.opened) / before.seconds,
                               static_cast<double>(during.opened) / during.seconds, during.in_use};
}

void EpisodeWatch::set_demand(analyze::Evidence& e, const Watched& watched) const
{
    if (e.direction == Direction::inbound) {
        set_own_demand(e, watched);
        return;
    }
    analyze::Demand demand;
    bool seen = false;
    const SystemTime end = trouble_end(watched);
    for (const auto& [record, met] : watched.demand_from) {
        const std::vector<Second> all = recorder_.seconds(record);
        const analyze::Unit unit = analyze::unit_of(all);
        const auto before = analyze::rates_of(between(all, watched.usual_from, watched.onset), unit);
        const auto during = analyze::rates_of(between(all, trouble_begin(watched), end), unit);
        if (before.seconds < analyze::kShortestBaseline_seconds || during.seconds < 0.9)
            continue;
        seen = true;
        demand.before_per_second += before.arrivals_per_second;
        demand.during_per_second += during.arrivals_per_second;
        demand.in_flight += during.in_use;
    }
    if (seen)
        e.demand = demand;
}

// A proxy may go on with a call whose client has given up: that is seen where its calls arrive.
void EpisodeWatch::set_aborted(analyze::Evidence& e, const Watched& watched, const Backend& backend) const
{
    constexpr double kFewest = 5;
    const auto share = [](const Watched::Ended& then, const Watched::Ended& now) {
        const auto all = static_cast<double>(grown(then.all, now.all));
        return all < kFewest ? 0 : static_cast<double>(grown(then.aborted, now.aborted)) / all;
    };
    e.aborted_share = share(ended(watched.at_begin), ended(backend.counters));
    for (const auto& [record, then] : watched.demand_from)
        if (const auto now = sight_.counters(record))
            e.aborted_share = std::max(e.aborted_share, share(then, ended(*now)));
}

// What is long is told by what holds now: a single one that is older than all others says nothing of these.
void EpisodeWatch::set_completed(analyze::Evidence& e, const Watched& watched, const Backend& backend)
{
    const bool calls = e.unit == analyze::Unit::calls;
    const Histogram& then = calls ? watched.at_begin.calls.durations : watched.at_begin.hold;
    const Histogram& now = calls ? backend.counters.calls.durations : backend.counters.hold;
    e.completed = analyze::difference(then, now);
    e.long_hold_seconds = std::max({0.05, 2 * (e.baseline.known() ? e.baseline.hold_seconds : 0),
                                    0.25 * e.tally.median_age_seconds(e.usual_calls)});
    e.long_completions = e.ended_after(e.long_hold_seconds);
    if (const auto longest = analyze::longest_seconds(then); longest && calls) {
        e.ended_before = then.total();
        e.longest_before_seconds = *longest;
    }
}

analyze::Evidence EpisodeWatch::evidence(const Watched& watched, const Backend& backend,
                                         std::uint64_t now_ns) const
{
    analyze::Evidence e;
    const SlotUse slots = backend.counters.slots();
    e.trouble = watched.trouble;
    e.direction = backend.counters.direction;
    e.kind = slots.kind;
    e.backend = backend.name;
    e.address = backend.address;
    e.limit = slots.limit;
    e.in_use = slots.in_use;
    e.active = !watched.episode.ended;
    e.lasted_seconds = std::chrono::duration<double>(watched.trouble_at - watched.began).count();
    e.limit_source = backend.limit_source;
    if (const auto limit = backend.counters.group == 0 ? std::nullopt : sight_.limit(backend.counters.group);
        limit && !is_learned(*limit)) {
        e.product = limit->origin.product;
        e.setting = limit->origin.setting;
    }
    e.baseline = watched.baseline;

    const std::vector<Second> all = recorder_.seconds(watched.index, backend.counters, now_ns);
    const auto during = between(all, trouble_begin(watched), trouble_end(watched));
    e.unit = watched.baseline.known() ? watched.unit : analyze::unit_of(during);
    e.during = analyze::rates_of(during, e.unit);
    e.lately = analyze::rates_of(last_of(during, kLately_seconds), e.unit);
    e.peak = std::max(watched.episode.peak, analyze::joined(during).window.peak);
    set_demand(e, watched);

    constexpr auto kBefore_ns = static_cast<std::uint64_t>(1e9 * analyze::kStalledBefore_seconds);
    e.stalled_seconds = stalls_.seconds_since(watched.began_ns - std::min(watched.began_ns, kBefore_ns));
    e.tally = watched.tally;
    e.usual_calls = watched.usual_calls;
    if (watched.baseline.from == analyze::Baseline::From::minutes_before)
        for (analyze::Rates* const rates : {&e.during, &e.lately})
            analyze::leave_out_long_ones(*rates,
                                         std::max(e.upgraded(), analyze::slots_of_long_ones(e.usual_calls)));
    if (watched.tally.samples() != 0)
        e.queued = watched.queued_sum / static_cast<double>(watched.tally.samples());
    e.oldest_queued_seconds = watched.oldest_queued_seconds;
    e.connecting = watched.connecting;
    e.oldest_connecting_seconds = watched.oldest_connecting_seconds;
    e.old_generations = watched.old_generations.processes;
    e.old_generations_share = watched.old_generations.share;
    e.generation_process = watched.old_generations.name;
    if (watched.other_end_samples != 0) {
        e.other_end = watched.other_end;
        const auto samples = static_cast<double>(watched.other_end_samples);
        e.other_end->not_accepted = static_cast<std::uint64_t>(watched.not_accepted_sum / samples + 0.5);
        e.other_end->in_use = static_cast<std::uint64_t>(watched.other_end_sum / samples + 0.5);
    }
    if (watched.answering != 0)
        e.unread_share = static_cast<double>(watched.unread) / static_cast<double>(watched.answering);
    if (watched.requesting != 0)
        e.half_sent_share =
            1 - static_cast<double>(watched.untaken) / static_cast<double>(watched.requesting);
    set_next_hop(e, watched);
    set_connecting(e);
    set_completed(e, watched, backend);
    set_aborted(e, watched, backend);
    if (e.product.empty())
        for (const Culprit& each : e.tally.culprits(1))
            e.product = product_of_process(each.process);
    return e;
}

void EpisodeWatch::update_numbers(Watched& watched, const Backend& backend, std::uint64_t now_ns) const
{
    Episode& episode = watched.episode;
    const std::vector<Second> all = recorder_.seconds(watched.index, backend.counters, now_ns);
    const BackendCounters& before = watched.at_begin;
    const BackendCounters& now = backend.counters;
    episode.limit_hits =
        grown(before.limit_hits, now.limit_hits) + (watched.trouble == analyze::Trouble::limit ? 1 : 0);
    episode.refusals = refusals_since(watched, now);
    episode.at_limit_seconds = seconds_of(grown(watched.at_limit_before_ns, now.time_at_limit_ns));
    if (before.slots().kind == now.slots().kind)
        episode.slot_seconds = seconds_of(grown(before.slots().slot_ns, now.slots().slot_ns));
    episode.peak = std::max({episode.peak, before.slots().in_use, now.slots().in_use});
    for (const Second& each : between(all, watched.began - std::chrono::seconds(1), SystemTime::max()))
        episode.peak = std::max(episode.peak, each.window.peak);
    episode.timeline = analyze::thinned(between(all, watched.began - kTimelineBefore, SystemTime::max()),
                                        watched.began, kMostWindows);
}

void EpisodeWatch::judge(Watched& watched, std::uint64_t now_ns, SystemTime at)
{
    const auto backend = sight_.backend(watched.index);
    if (!backend)
        return;
    Episode& episode = watched.episode;
    const bool first = watched.saved_ns == 0;
    update_numbers(watched, *backend, now_ns);
    const Cause before = episode.verdict.cause;
    episode.verdict = analyze::judge(evidence(watched, *backend, now_ns), first ? nullptr : &episode.verdict);
    if (!watched.recounted.empty())
        episode.verdict.missing.push_back(watched.recounted);
    const bool changed = first || before != episode.verdict.cause ||
                         episode.verdict.confidence >= watched.told_confidence + kToldAgain;
    if (changed && !episode.ended) {
        watched.told_confidence = episode.verdict.confidence;
        tell(watched, "verdict", episode.verdict.sentence, at);
    }
    const bool save = changed || episode.ended || now_ns >= watched.saved_ns + kSaveEvery_ns;
    show(episode);
    if (save) {
        watched.saved_ns = now_ns;
        store(episode, at);
    }
}

} // namespace slotscope::daemon
