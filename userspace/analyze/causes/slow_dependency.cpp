// SPDX-License-Identifier: MIT
// Holds got longer, and those that hold wait for somebody behind them.
#include "analyze/causes.h"
#include "analyze/words.h"

#include <algorithm>

namespace slotscope::analyze {

Finding slow_dependency(const Evidence& e)
{
    const auto dependency = e.tally.dependency();
    if (!dependency)
        return {};
    // Of those that may ask it a few at a time only, the others wait for their turn.
    const double queues = slow_next_hop(e);
    Finding finding;
    finding.score = 0.97 * std::min(1.0, 1.2 * hold_rose(e)) *
                    std::max(queues, words::ramp(served_by_dependency(e), 0.2, 0.55)) *
                    (dependency->shared ? 0.85 : 1) * (1 - 0.3 * not_accepted_share(e));
    // A few looks may have met the moments in which usual calls ask what they always ask.
    if (waits_long(e) < kKnown || e.none_is_older())
        finding.score = std::min(finding.score, kGuess);
    if (finding.score <= 0)
        return {};
    finding.because = words::percent(dependency->share) + " of the slot-seconds wait for " +
                      (calls_itself(e, *dependency) ? "calls of the backend to itself, " : "") +
                      dependency->address + (dependency->call.empty() ? "" : " (" + dependency->call + ")");
    if (queues > 0.5)
        finding.because += ", which is asked by " + words::number(e.next_hop->concurrency) +
                           " at a time and takes " + words::factor(*e.next_hop->slower) + " what it took";
    if (const auto ratio = e.hold_ratio())
        finding.because += "; the mean hold is " + words::factor(*ratio) + " what it was";
    return finding;
}

} // namespace slotscope::analyze
