// SPDX-License-Identifier: MIT
// From what was recorded and sampled to a verdict.
#include "analyze/judge.h"
#include "daemon/episodes.h"
#include "daemon/learned_limits.h"

#include <algorithm>
#include <array>

namespace slotscope::daemon {
namespace {

using analyze::Second;

constexpr double kNanoseconds = 1e9;
constexpr std::size_t kMostWindows = 180;
constexpr std::size_t kMostSampled = 10'000;
constexpr std::uint64_t kFirstSample_ns = 250'000'000;
constexpr std::uint64_t kStillThere_ns = 1'500'000'000; // a saturated limit flickers
constexpr std::uint64_t kLongestSample_ns = 10'000'000'000;
constexpr double kLately_seconds = 6;
constexpr std::uint64_t kSaveEvery_ns = 5'000'000'000;
constexpr double kToldAgain = 0.15; // change of confidence
constexpr auto kTimelineBefore = std::chrono::minutes(5);

// Seconds that begin in [from, to).
std::vector<Second> between(const std::vector<Second>& seconds, SystemTime from, SystemTime to)
{
    std::vector<Second> result;
    for (const Second& each : seconds)
        if (each.window.begin >= from && each.window.begin < to)
            result.push_back(each);
    return result;
}

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

double seconds_of(std::uint64_t ns)
{
    return static_cast<double>(ns) / kNanoseconds;
}

std::uint64_t grown(std::uint64_t before, std::uint64_t after)
{
    return after > before ? after - before : 0;
}

std::uint64_t unavailable(const BackendCounters& counters)
{
    return counters.calls.outcomes[static_cast<std::size_t>(CallOutcome::unavailable)];
}

// From the second of the hit on: a rise before it belongs to neither side, and would only blur the
// difference.
SystemTime trouble_begin(const Watched& watched)
{
    if (watched.trouble != analyze::Trouble::limit)
        return watched.onset;
    return std::max(watched.onset, watched.began - std::chrono::seconds(1));
}

// What comes after it, until it counts as over, is not part of it.
SystemTime trouble_end(const Watched& watched)
{
    return watched.trouble_at + std::chrono::milliseconds(300);
}

struct Named {
    std::string_view process;
    std::string_view product;
};

constexpr Named kProcesses[] = {
    {"haproxy", "haproxy"},    {"nginx", "nginx"},     {"openresty", "nginx"},     {"varnishd", "varnish"},
    {"cache-main", "varnish"}, {"php-fpm", "php-fpm"}, {"postgres", "postgresql"}, {"pgbouncer", "pgbouncer"},
    {"mysqld", "mysql"},       {"mariadbd", "mysql"},  {"redis-server", "redis"},  {"valkey-server", "redis"},
};

} // namespace

std::string product_of_process(std::string_view name)
{
    for (const Named& each : kProcesses)
        if (name.starts_with(each.process))
            return std::string(each.product);
    return {};
}

void EpisodeWatch::freeze_baseline(Watched& watched, const Backend& backend)
{
    const std::vector<Second> seconds = recorder_.seconds(watched.index);
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
    if (!watched.baseline.known() && sight_.usual)
        if (const auto usual = sight_.usual(backend))
            watched.baseline = *usual;
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
    const analyze::Standing* const servers = inbound ? own : other ? scan.of(*other) : nullptr;
    if (servers) {
        const analyze::NextHop hop = scan.asked_by(servers->pids);
        ++watched.next_hop_samples;
        watched.next_hop_sum += hop.concurrency;
        watched.next_hop.most = std::max(watched.next_hop.most, hop.most);
        if (!hop.address.empty())
            watched.next_hop.address = hop.address;
    }
    if (own && !inbound)
        for (const std::uint32_t record : scan.served_by(own->pids))
            if (!other || record != *other)
                watched.demand_from.insert(record);
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

void EpisodeWatch::set_demand(analyze::Evidence& e, const Watched& watched) const
{
    analyze::Demand demand;
    bool seen = false;
    const SystemTime end = trouble_end(watched);
    for (const std::uint32_t record : watched.demand_from) {
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
    if (const auto limit = backend.counters.group == 0 ? std::nullopt : sight_.limit(backend.counters.group))
        e.product = is_learned(*limit) ? "" : limit->origin.product;
    e.baseline = watched.baseline;

    const std::vector<Second> all = recorder_.seconds(watched.index, backend.counters, now_ns);
    const auto during = between(all, trouble_begin(watched), trouble_end(watched));
    e.unit = watched.baseline.known() ? watched.unit : analyze::unit_of(during);
    e.during = analyze::rates_of(during, e.unit);
    e.lately = analyze::rates_of(last_of(during, kLately_seconds), e.unit);
    e.peak = std::max(watched.episode.peak, analyze::joined(during).window.peak);
    set_demand(e, watched);

    e.tally = watched.tally;
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
    if (watched.next_hop_samples >= 3 && !watched.next_hop.address.empty()) {
        e.next_hop = watched.next_hop;
        e.next_hop->concurrency = watched.next_hop_sum / static_cast<double>(watched.next_hop_samples);
    }
    e.long_hold_seconds = std::max(
        {0.05, 2 * (e.baseline.known() ? e.baseline.hold_seconds : 0), 0.25 * e.tally.oldest_seconds()});
    const bool calls = e.unit == analyze::Unit::calls;
    const Histogram& then = calls ? watched.at_begin.calls.durations : watched.at_begin.hold;
    const Histogram& now = calls ? backend.counters.calls.durations : backend.counters.hold;
    e.long_completions = analyze::completions_of_at_least(then, now, e.long_hold_seconds);
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
    episode.refusals = grown(unavailable(before), unavailable(now));
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
    const bool changed = first || before != episode.verdict.cause ||
                         episode.verdict.confidence >= watched.told_confidence + kToldAgain;
    if (changed && !episode.ended) {
        watched.told_confidence = episode.verdict.confidence;
        tell(watched, "verdict", episode.verdict.sentence, at);
    }
    const bool save = changed || episode.ended || now_ns >= watched.saved_ns + kSaveEvery_ns;
    sink_.show(episode);
    if (save) {
        watched.saved_ns = now_ns;
        sink_.save(episode, at);
    }
}

} // namespace slotscope::daemon
