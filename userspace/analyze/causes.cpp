// SPDX-License-Identifier: MIT
#include "analyze/causes.h"

#include "analyze/words.h"
#include "model/histogram.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace slotscope::analyze {
namespace {

constexpr Detector kDetectors[] = {
    {Cause::connect_trouble, connect_trouble},
    {Cause::connection_leak, connection_leak},
    {Cause::generation_overlap, generation_overlap},
    {Cause::idle_holders, idle_holders},
    {Cause::accept_stall, accept_stall},
    {Cause::slow_reader, slow_reader},
    {Cause::stuck_calls, stuck_calls},
    {Cause::serialisation, serialisation},
    {Cause::slow_dependency, slow_dependency},
    {Cause::slow_backend, slow_backend},
    {Cause::demand_surge, demand_surge},
    {Cause::limit_too_low, limit_too_low},
};
static_assert(std::size(kDetectors) == kCauses - 1, "every cause but unknown has its detector");

constexpr std::uint64_t kLooksAtLocks = 5; // from which on it is no chance that one works

// Slots that calls which are upgraded now held before.
double usually_upgraded(const Evidence& e)
{
    constexpr auto kUpgraded = static_cast<std::size_t>(Doing::upgraded);
    std::set<std::string> calls;
    for (const auto& [who, part] : e.tally.parts())
        if (part.doing[kUpgraded] > 0.5 * part.seconds)
            calls.insert(who.call);
    double slots = 0;
    for (const std::string& call : calls)
        if (const auto usual = e.usual_calls.find(call); usual != e.usual_calls.end())
            slots += usual->second.slots;
    return slots;
}

// Of the time of the holds that have ended: the share of those that took ten times as long as half of them
// did.
double time_of_long_ones(const Histogram& completed)
{
    const auto median = quantile_ns(completed, 0.5);
    if (!median || completed.total() < kFewestForBaseline)
        return 0;
    double all = 0;
    double of_long_ones = 0;
    for (std::size_t bucket = 0; bucket < completed.counts.size(); ++bucket) {
        const auto each_ns = static_cast<double>(histogram_lower_bound_ns(bucket));
        const double time = each_ns * static_cast<double>(completed.counts[bucket]);
        all += time;
        of_long_ones += each_ns >= 10 * *median ? time : 0;
    }
    return all == 0 ? 0 : of_long_ones / all;
}

} // namespace

std::span<const Detector> detectors()
{
    return kDetectors;
}

double not_accepted_share(const Evidence& e)
{
    double share = e.tally.share(Doing::not_accepted);
    if (e.other_end && e.other_end->in_use != 0)
        share = std::max(share, static_cast<double>(e.other_end->not_accepted) /
                                    static_cast<double>(std::max(e.other_end->in_use, e.in_use)));
    share = std::max(share, queue_of_few(e));
    // A full accept queue lets nobody in: those that are still connecting wait for it, too.
    if (e.other_end && e.other_end->not_accepted != 0)
        share = std::min(1.0, share + e.tally.share(Doing::connecting));
    return share;
}

double queue_of_few(const Evidence& e)
{
    if (e.queued <= 0 || e.limit == 0)
        return 0;
    constexpr double kFewWorkers = 1;
    constexpr double kManyWorkers = 3;
    const double few = 1 - words::ramp(static_cast<double>(e.limit), kFewWorkers, kManyWorkers);
    const double done = e.baseline.known() && e.baseline.completions_per_second > 0
                            ? e.lately.completions_per_second / e.baseline.completions_per_second
                            : static_cast<double>(e.lately.completions) / kFewestForBaseline;
    return few * (1 - words::ramp(done, 0.5, 0.9)) * e.queued / (e.queued + e.tally.mean_holders());
}

double waits_long(const Evidence& e)
{
    // When somebody looks at it by chance, a call is halfway through on average.
    const double usual = e.baseline.known() ? e.baseline.hold_seconds : 0.2;
    const double for_long = words::ramp(e.tally.mean_wait_seconds() / std::max(0.02, usual), 0.5, 1.2);
    return std::max(for_long, words::ramp(static_cast<double>(e.tally.samples()), 2, 6));
}

double served_by_dependency(const Evidence& e)
{
    // Of a few holders one that has a server is too little to tell of all; of many that is a small share.
    constexpr double kFewest = 2;
    constexpr double kLeastShare = 0.2;
    const auto dependency = e.tally.dependency();
    if (!dependency)
        return 0;
    const double least = std::min(kLeastShare, kFewest / std::max(1.0, e.tally.mean_holders()));
    // Where no hook sees accepts, what nobody has yet is in the queue, or will be seen to have been.
    const double served =
        std::min(1 - not_accepted_share(e), e.direction == Direction::inbound ? e.tally.share_owned() : 1);
    return std::min(1.0, dependency->share / std::max(least, served));
}

bool calls_itself(const Evidence& e, const Dependency& dependency)
{
    return dependency.address == e.address || (!e.backend.empty() && dependency.backend == e.backend);
}

double one_thread_works(const Evidence& e)
{
    if (e.lock_queue.samples < kLooksAtLocks)
        return 0;
    return words::ramp(e.lock_queue.waiting, 1.5, 2.5) *
           (1 - words::ramp(std::abs(e.lock_queue.working - 1), 0.3, 0.6)) *
           (1 - words::ramp(e.lock_queue.variance, 0.2, 0.6));
}

bool may_wait_for_one_thread(const Evidence& e)
{
    const LockQueue& queue = e.lock_queue;
    return queue.samples != 0 && queue.samples < kLooksAtLocks && queue.waiting >= 1.5 &&
           std::abs(queue.working - 1) <= 0.6;
}

double waits_for_locks(const Evidence& e)
{
    constexpr std::uint64_t kFewest = 2;
    constexpr double kNearly = 0.7;
    constexpr double kPresumed = 0.8;
    if (e.locks.waiting < kFewest)
        return 0;
    // A lock that is waited for now and then for some ms is how databases are.
    const double wait = words::ramp(e.locks.waiting_share(), 0.25, 0.5) *
                        words::ramp(e.locks.oldest_waiting_seconds, 0.3, 0.8);
    if (!e.locks.presumed)
        return wait;
    // What waits for somebody who is idle does not end, and what others want all the time is missed soon.
    if (!e.locks.kept_by_idle() || e.ended_after(kNearly * e.locks.oldest_waiting_seconds) != 0)
        return 0;
    const double unmissed_seconds = e.locks.longest_idle_seconds - e.locks.oldest_waiting_seconds;
    return kPresumed * wait *
           (1 - words::ramp(unmissed_seconds / (1 + e.locks.oldest_waiting_seconds), 1, 4));
}

double filled_by_upgraded(const Evidence& e)
{
    const double share = e.tally.share(Doing::upgraded);
    if (share == 0) // as nearly always
        return 0;
    const double usual = usually_upgraded(e);
    const double room = static_cast<double>(std::max(e.limit, e.in_use)) - usual;
    if (room < 1)
        return 0;
    return words::ramp(share, 0.4, 0.7) * words::ramp((e.upgraded() - usual) / room, 0.3, 0.6);
}

double answers_that_are_read(const Evidence& e)
{
    const double moving = e.tally.share(Doing::response);
    // Between two pieces nothing moves, and nothing lies there for a reader.
    const double paused = e.unread_share ? e.tally.share(Doing::stalled) : 0;
    return (moving + paused) * (1 - e.unread_share.value_or(0));
}

bool may_be_streams(const Evidence& e)
{
    constexpr double kMost = 0.5;
    constexpr double kLong_seconds = 10;
    return answers_that_are_read(e) > kMost && e.tally.oldest_seconds() >= kLong_seconds &&
           e.ended_after(kLong_seconds) == 0;
}

double retries(const Evidence& e)
{
    const auto ratio = e.hold_ratio();
    return words::ramp(e.aborted_share, 0.2, 0.5) * (ratio ? words::ramp(*ratio, 1.4, 2.5) : 0.5);
}

double hold_rose(const Evidence& e)
{
    if (const auto ratio = e.hold_ratio()) {
        const auto split = e.split();
        // Where less arrives than before, and it is full, demand has no part in it.
        const double unsplit = e.arrival_ratio().value_or(1) < 1 ? 1 : 0.5;
        const double from_hold = split ? split->from_hold : unsplit;
        return words::ramp(*ratio, 1.4, 2.5) * (from_hold + (1 - from_hold) * retries(e));
    }
    // A rule of thumb: seconds are long for a call, whatever is usual; and what is throttled takes longer
    // than it would.
    const double throttled = throttled_for(e, Cause::slow_backend) ? 1 : 0;
    return 0.55 * std::max({words::ramp(e.hold_during(), 0.4, 2), held_by_few(e), throttled});
}

double held_by_few(const Evidence& e)
{
    // Long ones that began together are young together now and then: those that have ended tell of them, too.
    const double by_time = words::ramp(time_of_long_ones(e.completed), 0.5, 0.8);
    const double usual = e.during.hold_p50_seconds.value_or(0);
    return std::max(by_time,
                    usual > 0 ? words::ramp(e.tally.median_age_seconds(e.usual_calls) / usual, 10, 40) : 0);
}

double was_stopped(const Evidence& e)
{
    return e.threads.all_stopped() || e.lasted_seconds <= 0
               ? 0
               : words::ramp(e.stopped_seconds, 0.5, 1) *
                     words::ramp(e.stopped_seconds / e.lasted_seconds, 0.3, 0.6);
}

const Throttled* throttled_for(const Evidence& e, Cause cause)
{
    // Of those that have something to do with it, the first is the nearest to it.
    std::vector<const std::optional<Throttled>*> concerned;
    if (cause == Cause::slow_dependency)
        concerned = {&e.next_hop_throttled, &e.throttled};
    else if (cause == Cause::slow_reader)
        concerned = {&e.holders_throttled};
    else if (cause != Cause::connection_leak && cause != Cause::idle_holders &&
             cause != Cause::generation_overlap && cause != Cause::connect_trouble)
        concerned = {&e.throttled, &e.holders_throttled};
    for (const std::optional<Throttled>* const each : concerned)
        if (*each && (*each)->weighs())
            return &**each;
    return nullptr;
}

double filled_by_forgotten(const Evidence& e)
{
    if (e.kind != SlotKind::connections || e.direction != Direction::outbound)
        return 0;
    // A pool that fills itself when it starts does so at once.
    return words::ramp(e.forgotten.share, 0.3, 0.6) * words::ramp(e.forgotten.spread_seconds, 2, 5);
}

double slow_next_hop(const Evidence& e)
{
    if (!e.next_hop || !e.next_hop->usual || !e.next_hop->slower || e.limit == 0)
        return 0;
    const auto dependency = e.tally.dependency();
    if (!dependency || dependency->address != e.next_hop->address || calls_itself(e, *dependency))
        return 0;
    const double wanted =
        *e.next_hop->usual * *e.next_hop->slower * std::max(1.0, e.arrival_ratio().value_or(1));
    // Those who wait for their turn leave it no rest. Where it rests it is slow for somebody else.
    return words::ramp(*e.next_hop->slower, 1.5, 3) * (1 - words::ramp(e.next_hop->idle_share, 0.2, 0.5)) *
           words::ramp(wanted / static_cast<double>(e.limit), 0.5, 0.9);
}

bool none_has_ended(const Evidence& e)
{
    return e.long_completions == 0;
}

std::optional<double> effective_concurrency(const Evidence& e)
{
    if (!e.baseline.known() || e.lately.seconds < 1)
        return std::nullopt;
    return e.lately.completions_per_second * e.baseline.hold_seconds;
}

} // namespace slotscope::analyze
