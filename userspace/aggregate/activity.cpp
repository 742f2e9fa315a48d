// SPDX-License-Identifier: MIT
#include "aggregate/activity.h"

#include "base/clock.h"

#include <algorithm>
#include <cstdio>

namespace slotscope::aggregate {
namespace {

std::string seconds_text(double seconds)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f", seconds);
    return text.data();
}

// What was there before the agent did not arrive while it looks.
std::uint64_t arrived(const BackendCounters& counters)
{
    return counters.opened - std::min(counters.older, counters.opened);
}

} // namespace

Activity::Past Activity::begin(const BackendCounters& counters, std::uint64_t now_ns)
{
    Past past;
    past.created_ns = counters.created_ns;
    past.samples.fill({counters.created_ns, 0, 0});
    past.changed_ns = now_ns;
    return past;
}

// A limit that is reached is told by the kernel at once. That it is over can wait for the next look.
void Activity::tell_limit(Past& past, const BackendCounters& counters, std::vector<Happening>& out,
                          std::chrono::system_clock::time_point at)
{
    const bool was_full = past.was_full || counters.limit_hits > past.limit_hits;
    past.limit_hits = counters.limit_hits;
    past.was_full = was_full && counters.at_limit;
    if (!was_full || counters.at_limit) // not over, or nothing to tell
        return;
    Event event;
    event.kind = "limit_left";
    event.at = at;
    const std::uint64_t total = std::max(counters.time_at_limit_ns, past.full_since_total);
    event.seconds = seconds_of(total - past.full_since_total);
    const SlotUse slots = counters.slots();
    event.numbers = {{"in_use", slots.in_use}, {"limit", slots.limit}, {"limit_hits", counters.limit_hits}};
    event.text = "below its limit again after " + seconds_text(*event.seconds) +
                 " s at it: " + std::to_string(slots.in_use) + " of " + std::to_string(slots.limit) +
                 " slots in use";
    past.full_since_total = counters.time_at_limit_ns;
    out.push_back({counters.index, std::move(event)});
}

void Activity::tell_failures(Past& past, const BackendCounters& counters, std::vector<Happening>& out,
                             std::chrono::system_clock::time_point at)
{
    Event event;
    std::string text;
    for (std::size_t reason = 0; reason < kFailureReasons; ++reason) {
        const std::uint64_t more = counters.failed[reason] - past.failed[reason];
        if (counters.failed[reason] <= past.failed[reason])
            continue;
        const std::string name(to_string(static_cast<Failure>(reason)));
        event.numbers[name] = more;
        text += (text.empty() ? "" : ", ") + std::to_string(more) + " " + name;
    }
    past.failed = counters.failed;
    if (event.numbers.empty())
        return;
    event.kind = "connections_failed";
    event.at = at;
    event.text = "connections failed: " + text;
    out.push_back({counters.index, std::move(event)});
}

std::vector<Happening> Activity::observe(std::span<const BackendCounters> backends, std::uint64_t now_ns,
                                         std::chrono::system_clock::time_point at)
{
    std::vector<Happening> happenings;
    for (const BackendCounters& counters : backends) {
        auto& past = past_[counters.index];
        if (past.created_ns != counters.created_ns)
            past = begin(counters, now_ns);
        const std::uint64_t ended = counters.closed + counters.failed_total();
        if (arrived(counters) != past.samples[past.newest].opened || ended != past.ended ||
            counters.open() != 0)
            past.changed_ns = now_ns;
        past.ended = ended;
        past.newest = (past.newest + 1) % kSamples;
        past.samples[past.newest] = {now_ns, arrived(counters), counters.calls.started()};
        tell_limit(past, counters, happenings, at);
        tell_failures(past, counters, happenings, at);
    }
    return happenings;
}

double Activity::arrivals_per_second(const BackendCounters& counters, std::uint64_t now_ns) const
{
    Sample oldest{counters.created_ns, 0, 0};
    const auto known = past_.find(counters.index);
    if (known != past_.end() && known->second.created_ns == counters.created_ns)
        oldest = known->second.samples[(known->second.newest + 1) % kSamples];
    const bool calls = counters.slots().kind == SlotKind::calls;
    const std::uint64_t before = calls ? oldest.calls : oldest.opened;
    const std::uint64_t now = calls ? counters.calls.started() : arrived(counters);
    if (now_ns <= oldest.at_ns || now <= before)
        return 0;
    const double seconds = seconds_of(now_ns - oldest.at_ns);
    return static_cast<double>(now - before) / (seconds < 1 ? 1 : seconds);
}

std::vector<std::uint32_t> Activity::idle_for(std::span<const BackendCounters> backends,
                                              std::uint64_t idle_ns, std::uint64_t now_ns) const
{
    std::vector<std::uint32_t> idle;
    for (const BackendCounters& counters : backends) {
        if (counters.index == kOtherBackend || counters.open() != 0 || counters.in_use != 0 ||
            counters.listeners != 0 || counters.group != 0)
            continue;
        const auto known = past_.find(counters.index);
        if (known != past_.end() && known->second.created_ns == counters.created_ns &&
            now_ns - known->second.changed_ns >= idle_ns)
            idle.push_back(counters.index);
    }
    return idle;
}

void Activity::forget(std::uint32_t index)
{
    past_.erase(index);
}

} // namespace slotscope::aggregate
