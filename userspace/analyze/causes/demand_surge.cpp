// SPDX-License-Identifier: MIT
// More calls arrive, and each takes as long as before.
#include "analyze/causes.h"
#include "analyze/words.h"

#include <algorithm>

namespace slotscope::analyze {

Finding demand_surge(const Evidence& e)
{
    const auto arrivals = e.arrival_ratio();
    if (!arrivals)
        return {};
    const auto split = e.split();
    const double working = words::ramp(e.working_share(), 0.2, 0.6);
    Finding finding;
    // A few more of the long ones are hardly more of all.
    const double more = std::max(words::ramp(*arrivals, 1.15, 1.8), e.more_of_the_same());
    finding.score = 0.95 * more * (split ? split->from_demand : 0.3) *
                    (e.tally.samples() == 0 ? 1 : working) * (1 - 0.8 * retries(e)) *
                    (1 - 0.6 * words::ramp(not_accepted_share(e), 0.2, 0.6)) *
                    (1 - 0.8 * filled_by_upgraded(e));
    if (e.tally.samples() == 0 && e.active) // they may be idle
        finding.score = std::min(finding.score, kGuess);
    if (finding.score <= 0)
        return {};
    if (e.demand && e.demand->before_per_second > 0 &&
        e.demand->during_per_second / e.demand->before_per_second >= *arrivals)
        finding.because = words::rate(e.demand->during_per_second) +
                          " arrive at the processes that hold the slots, " + words::factor(*arrivals) +
                          " the " + words::rate(e.demand->before_per_second) + " from before";
    else
        finding.because = words::rate(e.during.arrivals_per_second) + " arrive, " + words::factor(*arrivals) +
                          " the " + words::rate(e.baseline.arrivals_per_second) + " from before";
    if (const auto hold = e.hold_ratio())
        finding.because += "; a hold takes " + words::duration(e.hold_during()) +
                           (*hold < 1.3 ? " as before" : ", " + words::factor(*hold) + " what it took");
    return finding;
}

} // namespace slotscope::analyze
