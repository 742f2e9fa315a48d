// SPDX-License-Identifier: MIT
// Calls that do not end: ages grow, no bytes move, none of that age was ever completed.
#include "analyze/causes.h"
#include "analyze/words.h"

#include <algorithm>

namespace slotscope::analyze {
namespace {

constexpr double kYoungest_seconds = 12; // what is younger may just be slow
constexpr double kYoungestLocked_seconds = 1;
constexpr std::uint64_t kFewestThreads = 2;
// By timing a call has no name, and may be one that waits for news by nature: a long poll, a queue of jobs.
constexpr double kUnnamed = 0.7;

// Share of the threads that serve which wait for a lock while their process does nothing at all, or are
// stopped.
double locked_share(const Evidence& e)
{
    if (e.threads.all_stopped())
        return 1;
    if (e.threads.looked_at < kFewestThreads || e.next_hop_open ||
        (e.next_hop && e.next_hop->concurrency > 0.2))
        return 0;
    return static_cast<double>(e.threads.locked + e.threads.stopped) /
           static_cast<double>(e.threads.looked_at);
}

// Sessions of a database wait for a lock, and one that is idle in a transaction has been so for longer.
Finding by_kept_lock(const Evidence& e)
{
    Finding finding;
    finding.score = e.locks.kept_by_idle()
                        ? 0.92 * waits_for_locks(e) * words::ramp(e.locks.longest_idle_seconds, 0.5, 1)
                        : 0;
    if (finding.score > 0)
        finding.because = std::to_string(e.locks.waiting) + " of " +
                          words::counted(e.locks.looked_at, "session") + " wait for " +
                          (e.locks.presumed ? "their answer" : "a lock of another one") +
                          ", the oldest for " + words::duration(e.locks.oldest_waiting_seconds) + "; one" +
                          (e.locks.keeper.empty() ? "" : " of " + e.locks.keeper) +
                          " is idle in a transaction since " + words::duration(e.locks.longest_idle_seconds);
    return finding;
}

// That calls have ended since they go on changes nothing.
Finding by_stop(const Evidence& e)
{
    Finding finding;
    finding.score = 0.92 * was_stopped(e);
    if (finding.score > 0)
        finding.because = "the processes that serve them were stopped for " +
                          words::duration(e.stopped_seconds) + " by a signal or a debugger";
    return finding;
}

} // namespace

Finding stuck_calls(const Evidence& e)
{
    if (Finding finding = by_stop(e); finding.score > kGuess)
        return finding;
    if (Finding finding = by_kept_lock(e); finding.score > kGuess)
        return finding;
    const double usual =
        e.baseline.known() ? e.baseline.hold_p95_seconds.value_or(e.baseline.hold_seconds) : 0;
    const double locked = words::ramp(locked_share(e), 0.4, 0.8);
    const double old_seconds =
        std::max(locked > 0.5 ? kYoungestLocked_seconds : kYoungest_seconds, 10 * usual);
    const double old_share = e.tally.share_older_than(old_seconds, e.usual_calls);
    const double silent = e.tally.share(Doing::waiting) + e.requests_taken() + e.tally.share(Doing::unseen) +
                          0.3 * e.tally.share(Doing::stalled);
    if (old_share <= 0 || e.ended_after(old_seconds) != 0)
        return {};
    const auto dependency = e.tally.dependency();
    Finding finding;
    const double sure =
        locked > 0.5 ? 0.95
                     : (0.55 + 0.4 * words::ramp(e.tally.oldest_seconds(), old_seconds, 3 * old_seconds)) *
                           (e.tally.labelled() ? 1 : kUnnamed);
    finding.score = sure * words::ramp(old_share, 0.2, 0.6) * words::ramp(silent, 0.3, 0.7) *
                    (e.threads.all_stopped() ? 1 : 1 - 0.6 * not_accepted_share(e)) *
                    (1 - (dependency ? words::ramp(dependency->share, 0.2, 0.6) : 0));
    if (finding.score > 0)
        finding.because = words::percent(old_share) + " of the holders are older than " +
                          words::duration(old_seconds) + ", the oldest " +
                          words::duration(e.tally.oldest_seconds()) +
                          ", and none as long as that has ended since";
    if (finding.score > 0 && e.threads.all_stopped())
        finding.because += "; " + words::counted(e.threads.stopped_processes, "process") +
                           " that should serve them, all there are, stopped by a signal or a debugger";
    else if (finding.score > 0 && locked > 0.5)
        finding.because += "; " + std::to_string(e.threads.locked + e.threads.stopped) + " of " +
                           words::counted(e.threads.looked_at, "thread") +
                           " that serve wait for a lock or are stopped";
    return finding;
}

} // namespace slotscope::analyze
