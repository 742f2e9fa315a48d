// SPDX-License-Identifier: MIT
#include "daemon/recorder.h"

#include "base/clock.h"
#include "model/histogram.h"

#include <algorithm>

namespace slotscope::daemon {
namespace {

constexpr std::uint64_t kForgetAfter_ns = 600'000'000'000; // without anything going on
constexpr std::uint64_t kStaysFor_ns = 60'000'000'000;     // against another that has no more of a claim
constexpr std::uint64_t kMarkEvery_ns = 60'000'000'000;    // of recent holds
constexpr double kShortest_seconds = 0.02;                 // of a second that has begun

std::uint64_t moved(const BackendCounters& counters)
{
    return counters.opened + counters.closed + counters.failed_total() + counters.calls.finished();
}

bool busy(const BackendCounters& counters)
{
    return counters.in_use != 0 || counters.calls.in_flight != 0;
}

} // namespace

void Recorder::observe(std::span<const BackendCounters> backends, std::uint64_t now_ns,
                       std::chrono::system_clock::time_point at, const Read& read)
{
    for (const BackendCounters& counters : backends) {
        if (counters.index >= seen_.size())
            seen_.resize(counters.index + 1);
        Seen& seen = seen_[counters.index];
        const bool fresh = seen.created_ns != counters.created_ns;
        const bool changed = fresh || moved(counters) != seen.moved;
        if (fresh)
            tracks_.erase(counters.index);
        seen = {counters.created_ns, moved(counters)};
        const auto known = tracks_.find(counters.index);
        if (known == tracks_.end()) {
            // Of those that are new to the agent only as many as there is room for.
            if (changed && (!fresh || tracks_.size() < kMostTracks))
                if (const auto full = read(counters.index))
                    start(*full, fresh, now_ns, at);
            continue;
        }
        if (changed || busy(counters))
            known->second.active_ns = now_ns;
        advance(known->second, counters, now_ns, at, read);
        if (now_ns - known->second.active_ns > kForgetAfter_ns && !kept_.contains(counters.index))
            tracks_.erase(known);
    }
    last_ns_ = now_ns;
    last_at_ = at;
}

// A record that is new since the last look had nothing before; of another one that was idle so far, what it
// did since then is not told apart.
void Recorder::start(const BackendCounters& counters, bool fresh, std::uint64_t now_ns,
                     std::chrono::system_clock::time_point at)
{
    const bool has_limit = counters.slots().limit != 0;
    if (tracks_.size() >= kMostTracks && !make_room(has_limit, now_ns))
        return;
    Track& track = tracks_[counters.index];
    track.active_ns = now_ns;
    if (fresh && last_ns_ != 0 && counters.created_ns > last_ns_ && counters.older == 0) {
        track.before.created_ns = counters.created_ns;
        track.before.calls.limit = counters.calls.limit;
        track.at_ns = last_ns_;
        track.at = last_at_;
        track.recording.add(
            analyze::second_between(track.before, counters, track.at, seconds_between(track.at_ns, now_ns)));
    }
    track.older_mark = track.newer_mark = mark(track.at_ns == 0 ? counters : track.before, now_ns);
    track.before = counters;
    track.at_ns = now_ns;
    track.at = at;
}

Recorder::Mark Recorder::mark(const BackendCounters& counters, std::uint64_t at_ns)
{
    const SlotUse slots = counters.slots();
    return {at_ns, slots.kind, *slots.held};
}

void Recorder::set_marks(Track& track)
{
    if (track.newer_mark.kind != track.before.slots().kind) // what is held now is something else
        track.older_mark = track.newer_mark = mark(track.before, track.at_ns);
    if (track.at_ns - track.newer_mark.at_ns < kMarkEvery_ns)
        return;
    track.older_mark = std::move(track.newer_mark);
    track.newer_mark = mark(track.before, track.at_ns);
}

std::optional<RecentHolds> Recorder::recent_holds(const BackendCounters& now, std::uint64_t now_ns) const
{
    const auto known = tracks_.find(now.index);
    if (known == tracks_.end() || known->second.before.created_ns != now.created_ns)
        return std::nullopt;
    const Mark& since = known->second.older_mark;
    const SlotUse slots = now.slots();
    if (since.kind != slots.kind || slots.held->counts.empty())
        return std::nullopt;
    // One that was new then had held nothing.
    const Histogram held =
        since.held.counts.empty() ? *slots.held : analyze::difference(since.held, *slots.held);
    RecentHolds recent;
    recent.seconds = seconds_between(since.at_ns, now_ns);
    recent.count = held.total();
    const auto quantile = [&](double q) { return quantile_ns(held, q).value_or(0) / kNanoseconds; };
    if (recent.count != 0) {
        recent.mean = mean_ns(held).value_or(0) / kNanoseconds;
        recent.p50 = quantile(0.5);
        recent.p90 = quantile(0.9);
        recent.p99 = quantile(0.99);
    }
    return recent;
}

void Recorder::advance(Track& track, const BackendCounters& counters, std::uint64_t now_ns,
                       std::chrono::system_clock::time_point at, const Read& read)
{
    BackendCounters after = counters;
    const BackendCounters& before = track.before;
    const bool ended = moved(after) != moved(before) || after.accepted != before.accepted ||
                       (before.hold.counts.empty() && moved(after) != 0);
    auto full = ended ? read(after.index) : std::nullopt;
    if (full && full->created_ns == after.created_ns) {
        after.hold = std::move(full->hold);
        after.accept_wait = std::move(full->accept_wait);
        after.calls.durations = std::move(full->calls.durations);
        after.calls.first_byte = std::move(full->calls.first_byte);
    }
    // Without histograms at the beginning there is no telling what ended in between.
    const bool comparable = !before.hold.counts.empty() || moved(before) == 0;
    analyze::Second second = analyze::second_between(comparable ? before : after, after, track.at,
                                                     seconds_between(track.at_ns, now_ns));
    if (comparable)
        track.recording.add(std::move(second));
    if (!full) { // nothing ended: what was read last stays
        after.hold = std::move(track.before.hold);
        after.accept_wait = std::move(track.before.accept_wait);
        after.calls.durations = std::move(track.before.calls.durations);
        after.calls.first_byte = std::move(track.before.calls.first_byte);
    }
    track.before = std::move(after);
    track.at_ns = now_ns;
    track.at = at;
    set_marks(track);
}

// Drops one without a limit before one that has one, and of them the one that has done nothing for longest.
bool Recorder::make_room(bool has_limit, std::uint64_t now_ns)
{
    const auto worth = [](const Track& track) { return std::pair(track.has_limit(), track.active_ns); };
    auto least = tracks_.end();
    for (auto each = tracks_.begin(); each != tracks_.end(); ++each)
        if (!kept_.contains(each->first) &&
            (least == tracks_.end() || worth(each->second) < worth(least->second)))
            least = each;
    if (least == tracks_.end())
        return false;
    const bool has_more_claim = has_limit && !least->second.has_limit();
    const bool has_less_claim = !has_limit && least->second.has_limit();
    if (has_less_claim || (!has_more_claim && now_ns - least->second.active_ns < kStaysFor_ns))
        return false;
    tracks_.erase(least);
    return true;
}

std::vector<analyze::Second> Recorder::seconds(std::uint32_t index) const
{
    const auto known = tracks_.find(index);
    return known == tracks_.end() ? std::vector<analyze::Second>() : known->second.recording.all();
}

std::vector<analyze::Second> Recorder::seconds(std::uint32_t index, const BackendCounters& now,
                                               std::uint64_t now_ns) const
{
    std::vector<analyze::Second> all = seconds(index);
    const auto known = tracks_.find(index);
    if (known == tracks_.end() || known->second.before.created_ns != now.created_ns)
        return all;
    const Track& track = known->second;
    const double length = seconds_between(track.at_ns, now_ns);
    const bool comparable = !track.before.hold.counts.empty() || moved(track.before) == 0;
    if (length >= kShortest_seconds && comparable)
        all.push_back(analyze::second_between(track.before, now, track.at, length));
    for (analyze::Second& each : all)
        analyze::recount(each, now.slots().kind);
    return all;
}

std::vector<analyze::Second> Recorder::newest(std::uint32_t index, std::size_t most) const
{
    std::vector<analyze::Second> all = seconds(index);
    if (all.size() > most)
        all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(most));
    return all;
}

void Recorder::forget(std::uint32_t index)
{
    tracks_.erase(index);
    kept_.erase(index);
}

void Recorder::keep(std::uint32_t index, bool keep)
{
    if (keep)
        kept_.insert(index);
    else
        kept_.erase(index);
}

} // namespace slotscope::daemon
