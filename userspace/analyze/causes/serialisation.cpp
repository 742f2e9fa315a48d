// SPDX-License-Identifier: MIT
// Many wait, and one at a time is served: a lock, a single worker, one connection to the next hop.
#include "analyze/causes.h"
#include "analyze/words.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace slotscope::analyze {
namespace {

constexpr double kMany = 3;         // that wait, for one that is served
constexpr double kFew = 2.2;        // "one at a time", or a small constant
constexpr double kLeastBusy = 0.85; // of one, on average

// How sure it is that something keeps it at that number. Besides the one that all wait for others may be
// asked: these come by chance, so that their number varies by as much as its mean, and is 0 now and then.
double held_constant(const NextHop& hop)
{
    // While many wait for their turn there is always somebody whose turn it is, however much is asked
    // besides.
    const double never_idle = 1 - words::ramp(hop.idle_share, 0.2, 0.5);
    const double constant = 1 - words::ramp(hop.variance / hop.concurrency, 0.5, 1.0);
    if (!hop.usual)
        return never_idle * constant;
    // Somebody who is busy with something else asks less than usual, not more.
    const double ratio = hop.concurrency / std::max(0.01, *hop.usual);
    return never_idle * (constant + 0.4 * (1 - constant) * words::ramp(ratio, 1.1, 1.5)) *
           (0.4 + 0.6 * words::ramp(ratio, 0.6, 0.95));
}

// By what is behind: the servers here ask their next hop one at a time.
Finding by_next_hop(const Evidence& e)
{
    const double here = std::max(e.during.in_use, static_cast<double>(e.in_use));
    if (!e.next_hop || here < kMany)
        return {};
    // What is asked now and then is below one on average; what is asked by many is above.
    const double concurrency = e.next_hop->concurrency;
    if (concurrency < kLeastBusy || concurrency > kFew)
        return {};
    Finding finding;
    finding.score = 0.92 * words::ramp(here / concurrency, kMany - 1, kMany + 1) * held_constant(*e.next_hop);
    if (const auto ratio = e.hold_ratio())
        finding.score *= words::ramp(*ratio, 1.2, 2);
    finding.score *= 1 - 0.7 * slow_next_hop(e);
    if (finding.score > 0)
        finding.because = words::number(here) + " calls are here, and " + e.next_hop->address +
                          " is asked by " + words::number(e.next_hop->concurrency) + " at a time";
    return finding;
}

// By rates: completions come at the pace of one after the other, however many are there.
Finding by_pace(const Evidence& e)
{
    const auto pace = effective_concurrency(e);
    const auto hold = e.hold_ratio();
    const auto arrivals = e.arrival_ratio();
    if (!pace || !hold || !arrivals || e.lately.in_use < kMany)
        return {};
    const double alone = 1 - words::ramp(std::abs(std::log2(std::max(0.01, *pace))), 0.5, 1.0);
    const bool kept_up = e.lately.completions_per_second >= 0.85 * e.baseline.completions_per_second;
    Finding finding;
    // More came, as much as before (or more) was done, and each took longer: it does not get slower, it
    // queues.
    const double queues = kept_up ? words::ramp(*arrivals, 1.15, 1.5) : 0;
    // In a queue everybody waits; where a few are slow and the rest is not, half of them are short.
    const double everybody =
        e.lately.hold_p50_seconds ? words::ramp(*e.lately.hold_p50_seconds / e.hold_during(), 0.2, 0.6) : 1;
    finding.score = alone * everybody * words::ramp(*hold, 1.8, 3) * (0.3 + 0.58 * queues);
    if (finding.score > 0)
        finding.because = words::rate(e.lately.completions_per_second) + " are completed with " +
                          words::number(e.lately.in_use) +
                          " there, which is what one after the other gives at " +
                          words::duration(e.baseline.hold_seconds) + " each";
    return finding;
}

// By what those who serve do: one of them has a file locked, as PHP does with a session, and the rest waits.
Finding by_file_lock(const Evidence& e)
{
    constexpr std::uint64_t kFewest = 2;
    if (e.threads.file_locked < kFewest)
        return {};
    const auto ratio = e.hold_ratio();
    Finding finding;
    finding.score =
        0.92 * (ratio ? words::ramp(*ratio, 1.2, 2) : 0.7) *
        words::ramp(static_cast<double>(e.threads.file_locked) / static_cast<double>(e.threads.looked_at),
                    0.25, 0.5);
    if (finding.score > 0)
        finding.because = std::to_string(e.threads.file_locked) + " of " +
                          words::counted(e.threads.looked_at, "thread") +
                          " that serve wait for a lock on a file";
    return finding;
}

// By what those who serve do, again: a lock within the process.
Finding by_thread_lock(const Evidence& e)
{
    const auto ratio = e.hold_ratio();
    Finding finding;
    finding.score = 0.92 * (ratio ? words::ramp(*ratio, 1.2, 2) : 0.7) * one_thread_works(e);
    if (finding.score > 0)
        finding.because = words::number(e.lock_queue.waiting) + " of " +
                          words::number(e.lock_queue.waiting + e.lock_queue.working) +
                          " threads that serve wait for another thread at any time, and one does not";
    return finding;
}

// By what the sessions of a database say: one has the lock, and the rest waits. Who is idle in a transaction
// gives it back when its client pleases: what waits for that is stuck.
Finding by_session_lock(const Evidence& e)
{
    Finding finding;
    finding.score = e.locks.kept_by_idle() ? 0 : 0.92 * waits_for_locks(e);
    if (finding.score > 0)
        finding.because = std::to_string(e.locks.waiting) + " of " +
                          words::counted(e.locks.looked_at, "session") + " wait for a lock of another one";
    return finding;
}

} // namespace

Finding serialisation(const Evidence& e)
{
    Finding findings[] = {by_file_lock(e), by_thread_lock(e), by_session_lock(e), by_next_hop(e), by_pace(e)};
    Finding& most = *std::max_element(std::begin(findings), std::end(findings),
                                      [](const Finding& a, const Finding& b) { return a.score < b.score; });
    most.score *= 1 - 0.8 * filled_by_upgraded(e);
    return most;
}

} // namespace slotscope::analyze
