// SPDX-License-Identifier: MIT
// Connections wait in the listener's queue: nobody accepts them, or too few do.
#include "analyze/causes.h"
#include "analyze/words.h"

#include <algorithm>

namespace slotscope::analyze {
namespace {

// Holds without the wait in the queue, during against before: the work itself has got slower.
bool service_slower(const Evidence& e)
{
    if (!e.baseline.known() || !e.during.hold_p95_seconds)
        return false;
    const double before = e.baseline.hold_seconds - e.baseline.accept_wait_seconds.value_or(0);
    const double during = *e.during.hold_p95_seconds - e.during.accept_wait_seconds.value_or(0);
    return before > 0 && during > 3 * before && e.during.accept_wait_seconds.value_or(0) < during;
}

double oldest_in_queue(const Evidence& e)
{
    if (e.queued > 0)
        return e.oldest_queued_seconds;
    return e.other_end ? e.other_end->oldest_not_accepted_seconds : e.tally.oldest_seconds();
}

} // namespace

Finding accept_stall(const Evidence& e)
{
    const double share = not_accepted_share(e);
    Finding finding;
    finding.score = 0.95 * words::ramp(share, 0.15, 0.5);
    const double oldest = oldest_in_queue(e);
    finding.score *= words::ramp(oldest, 0.05, 0.5);
    if (service_slower(e))
        finding.score *= 0.6;
    if (e.threads.all_stopped()) // nobody is busy
        finding.score *= 0.3;
    // They wait for workers that wait for somebody else: that is where it comes from.
    finding.score *= 1 - 0.6 * hold_rose(e) * words::ramp(served_by_dependency(e), 0.3, 0.7);
    if (finding.score > 0)
        finding.because = words::percent(share) + " of the connections wait to be accepted, the oldest for " +
                          words::duration(oldest);
    return finding;
}

} // namespace slotscope::analyze
