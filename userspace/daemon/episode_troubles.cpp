// SPDX-License-Identifier: MIT
// Episodes that need no limit, and what belongs to what.
#include "base/clock.h"
#include "daemon/episodes.h"

#include "model/histogram.h"

#include <algorithm>

namespace slotscope::daemon {
namespace {

using analyze::Trouble;

constexpr std::uint64_t kNotAccepted = 3;
constexpr std::uint64_t kNotAcceptedFor_ns = 2 * kSecond_ns;
constexpr std::uint64_t kConnecting = 3;
constexpr std::uint64_t kConnectingFor_ns = 2'500'000'000; // two lost SYNs
constexpr std::uint64_t kFailures = 5;                     // in kFailingSeconds
constexpr std::size_t kFailingSeconds = 3;
constexpr double kFailingShare = 0.3; // of what was tried
constexpr std::uint64_t kLongCalls = 3;
constexpr std::uint64_t kFewestEnded = 20; // to say what is usual
constexpr double kLongerThanUsual = 20;
constexpr std::uint64_t kWaiting = 5; // for something that is done one at a time
constexpr std::uint64_t kWaitingFor_ns = 2 * kSecond_ns;
constexpr double kOneAtATime = 2;
constexpr int kLooks = 3; // in a row

} // namespace

void EpisodeWatch::in_trouble(std::uint32_t index, Trouble trouble, std::uint64_t now_ns, SystemTime at)
{
    Watched* const watched = watch(index, trouble, now_ns, now_ns, at);
    if (!watched || (watched->open && trouble == Trouble::limit)) // follow() tells
        return;
    watched->trouble_ns = now_ns;
    watched->trouble_at = at;
    if (!watched->open)
        watched->trouble = trouble;
}

void EpisodeWatch::find_troubles(const analyze::Scan& scan, std::uint64_t now_ns, SystemTime at)
{
    for (const auto& [index, standing] : scan.backends) {
        if (index == kOtherBackend)
            continue;
        if (standing.not_accepted >= kNotAccepted && standing.oldest_not_accepted_ns >= kNotAcceptedFor_ns)
            in_trouble(index, Trouble::accept_queue, now_ns, at);
        else if (standing.connecting >= kConnecting && standing.oldest_connecting_ns >= kConnectingFor_ns)
            in_trouble(index, Trouble::connect, now_ns, at);
        else if (is_leaking(index, standing))
            in_trouble(index, Trouble::left_open, now_ns, at);
        else if (is_stuck(index, standing))
            in_trouble(index, Trouble::stuck, now_ns, at);
        else if (is_one_at_a_time(standing, scan, index))
            in_trouble(index, Trouble::one_at_a_time, now_ns, at);
    }
}

bool EpisodeWatch::is_leaking(std::uint32_t index, const analyze::Standing& standing)
{
    const bool leaks = left_open_.note(index, standing);
    const auto watched = watched_.find(index);
    const bool known = watched != watched_.end() && watched->second.open;
    return leaks || (known && standing.left_open >= analyze::LeftOpen::kSome);
}

// Some calls are long by nature (subscriptions, long polls): only what is long for this backend counts, and
// only where nothing else gets done either.
bool EpisodeWatch::is_stuck(std::uint32_t index, const analyze::Standing& standing) const
{
    if (standing.long_calls < kLongCalls || 2 * standing.long_calls < standing.in_call)
        return false;
    const auto backend = sight_.backend(index);
    if (!backend || backend->counters.calls.finished() < kFewestEnded)
        return false;
    const auto usual_ns = quantile_ns(backend->counters.calls.durations, 0.99);
    if (!usual_ns || static_cast<double>(standing.oldest_call_ns) < kLongerThanUsual * *usual_ns)
        return false;
    constexpr std::size_t kQuietSeconds = 15;
    const auto newest = recorder_.newest(index, kQuietSeconds);
    return newest.size() == kQuietSeconds && analyze::joined(newest).calls.completions == 0;
}

bool EpisodeWatch::is_one_at_a_time(const analyze::Standing& standing, const analyze::Scan& scan,
                                    std::uint32_t index)
{
    int& looks = one_at_a_time_[index];
    const bool waits = standing.direction == Direction::inbound && standing.in_call >= kWaiting &&
                       standing.oldest_call_ns >= kWaitingFor_ns;
    const analyze::NextHop hop = waits ? scan.asked_by(standing.pids) : analyze::NextHop();
    const bool one = waits && hop.concurrency >= 1 && hop.concurrency <= kOneAtATime;
    looks = one ? looks + 1 : 0;
    return looks >= kLooks;
}

void EpisodeWatch::find_failing(std::span<const BackendCounters> backends, std::uint64_t now_ns,
                                SystemTime at)
{
    for (const BackendCounters& counters : backends) {
        if (counters.failed_total() < kFailures || counters.index == kOtherBackend ||
            counters.direction == Direction::inbound)
            continue;
        const analyze::Second recent = analyze::joined(recorder_.newest(counters.index, kFailingSeconds));
        const std::uint64_t failed = recent.failed_to_connect();
        const auto tried = static_cast<double>(std::max(recent.opened, failed));
        if (failed >= kFailures && static_cast<double>(failed) >= kFailingShare * tried)
            in_trouble(counters.index, Trouble::connect, now_ns, at);
        else if (recent.window.refusals >= kFailures && counters.slots().limit == 0 &&
                 static_cast<double>(recent.window.refusals) >=
                     kFailingShare * static_cast<double>(recent.calls.completions))
            in_trouble(counters.index, Trouble::refusals, now_ns, at);
    }
}

// ---- what is behind what

namespace {

bool waits_for(const Episode& episode, const Episode& other)
{
    const auto& next = episode.verdict.dependency;
    return next && (next->address == other.address || next->backend == other.backend);
}

// Two backends that wait for the same third: the younger episode belongs to the older.
bool wait_for_the_same(const Episode& young, const Episode& old)
{
    const auto& a = young.verdict;
    const auto& b = old.verdict;
    return young.id > old.id && a.cause == Cause::slow_dependency && b.cause == Cause::slow_dependency &&
           a.dependency && b.dependency && a.dependency->address == b.dependency->address;
}

} // namespace

namespace {

// Two servers of one proxy's backend that the same has happened to at the same time: the younger episode
// belongs to the older. ("shop/s1", "shop/s2")
bool are_members(const Episode& young, const Episode& old)
{
    constexpr auto kAtOnce = std::chrono::seconds(10);
    const std::size_t slash = young.backend.find('/');
    const auto& a = young.verdict;
    const auto& b = old.verdict;
    return young.id > old.id && young.direction == Direction::outbound && young.began - old.began < kAtOnce &&
           slash != std::string::npos && slash == old.backend.find('/') &&
           young.backend.compare(0, slash, old.backend, 0, slash) == 0 && a.cause != Cause::unknown &&
           a.cause == b.cause && !a.culprits.empty() && !b.culprits.empty() &&
           a.culprits.front().call == b.culprits.front().call &&
           a.culprits.front().process == b.culprits.front().process;
}

bool has_one_of(const std::set<std::uint32_t>& pids, const std::set<std::uint32_t>& others)
{
    return std::any_of(pids.begin(), pids.end(), [&](std::uint32_t pid) { return others.contains(pid); });
}

} // namespace

void EpisodeWatch::link_to(Watched& effect, const Watched& cause)
{
    // No circles: follow the causes of the cause.
    const std::uint64_t own = effect.episode.id;
    std::uint64_t id = cause.episode.id;
    for (std::size_t steps = 0; id != 0 && steps <= watched_.size(); ++steps) {
        if (id == own)
            return;
        const auto next = std::find_if(watched_.begin(), watched_.end(),
                                       [id](const auto& each) { return each.second.episode.id == id; });
        id = next == watched_.end() ? 0 : next->second.episode.linked_to;
    }
    effect.episode.linked_to = cause.episode.id;
    show(effect.episode);
}

// EPISODE waits for a server whose own slots further on are taken: a pool of PgBouncer's towards its
// database.
bool EpisodeWatch::waits_through(const Episode& episode, const analyze::Standing& further_on) const
{
    const auto& next = episode.verdict.dependency;
    if (!next || further_on.direction != Direction::outbound)
        return false;
    for (const auto& [index, address] : scan_.addresses) {
        if (to_string(address) != next->address)
            continue;
        const auto end = scan_.other_end_index(index);
        const analyze::Standing* const serving = end ? scan_.of(*end) : nullptr;
        if (serving && has_one_of(serving->pids, further_on.pids))
            return true;
    }
    return false;
}

// Who cannot connect to a server tries again, or does without it after a while: that takes the time of those
// who wait for him, and no look sees him wait for anybody. So it is taken for the cause where these servers
// have asked that one, both began at about the same time, and nothing else is seen that takes their time.
bool EpisodeWatch::is_held_up_by_failing(const Watched& effect, std::uint32_t cause_index,
                                         const Watched& cause) const
{
    constexpr auto kLongBefore = std::chrono::seconds(60);
    constexpr auto kAfter = std::chrono::seconds(10);
    const Cause said = effect.episode.verdict.cause;
    const bool nothing_else =
        said == Cause::slow_backend || said == Cause::accept_stall || said == Cause::unknown;
    const auto later = effect.began - cause.began;
    return nothing_else && cause.trouble == Trouble::connect &&
           cause.episode.direction == Direction::outbound && later < kLongBefore && later > -kAfter &&
           askers_.has_asked(cause_index, effect.servers);
}

// Whether EFFECT is what CAUSE does to another backend.
bool EpisodeWatch::belongs_to(std::uint32_t index, const Watched& effect, std::uint32_t cause_index,
                              const Watched& cause) const
{
    const Episode& a = effect.episode;
    const Episode& b = cause.episode;
    // What is waited for may only show what it does to those who wait, and be at no limit itself: then the
    // verdict that was there first stays.
    if (waits_for(a, b) && (cause.trouble == Trouble::limit || b.id < a.id))
        return true;
    if (waits_for(b, a) && effect.trouble != Trouble::limit && b.id < a.id)
        return true;
    // Both ends of the same connections: the side that counts against a limit tells, else the caller's.
    const auto end = scan_.other_end_index(index);
    if (end && *end == cause_index && (b.limit != 0) >= (a.limit != 0) &&
        (a.direction == Direction::inbound || (b.limit != 0 && a.limit == 0)))
        return true;
    // What arrives at a process whose own slots further on are taken.
    const analyze::Standing* const here = scan_.of(index);
    const analyze::Standing* const there = scan_.of(cause_index);
    const bool further_on = a.direction == Direction::inbound && b.direction == Direction::outbound && here &&
                            there && has_one_of(here->pids, there->pids);
    const bool further_still = there && cause.trouble == Trouble::limit && waits_through(a, *there);
    return further_on || further_still || is_held_up_by_failing(effect, cause_index, cause) ||
           wait_for_the_same(a, b) || are_members(a, b);
}

void EpisodeWatch::link()
{
    for (auto& [index, effect] : watched_)
        for (auto& [other, cause] : watched_)
            if (effect.open && effect.episode.linked_to == 0 && cause.open && other != index &&
                belongs_to(index, effect, other, cause))
                link_to(effect, cause);
}

} // namespace slotscope::daemon
