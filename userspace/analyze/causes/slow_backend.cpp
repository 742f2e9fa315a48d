// SPDX-License-Identifier: MIT
// Holds got longer, the time goes before the first byte of the answer, and nothing deeper is seen waiting.
#include "analyze/causes.h"
#include "analyze/words.h"

#include <algorithm>

namespace slotscope::analyze {

Finding slow_backend(const Evidence& e)
{
    const double before_answer =
        e.tally.share(Doing::waiting) + e.requests_taken() + e.tally.share(Doing::unseen);
    // Answers that do not move more likely wait for their reader, where nothing else is known of them.
    const double sending = e.tally.share(Doing::response) * (1 - e.unread_share.value_or(0.2)) +
                           e.tally.share(Doing::stalled) * (1 - e.unread_share.value_or(0.8));
    const double serving = words::ramp((before_answer + sending) / e.share_of_calls(), 0.2, 0.6);
    const auto dependency = e.tally.dependency();
    Finding finding;
    finding.score = 0.95 * hold_rose(e) * serving * (1 - 0.6 * words::ramp(not_accepted_share(e), 0.1, 0.5)) *
                    (1 - words::ramp(served_by_dependency(e), 0.2, 0.55)) *
                    (1 - 0.8 * filled_by_upgraded(e)) * (1 - 0.8 * waits_for_locks(e)) *
                    (1 - 0.7 * slow_next_hop(e)) * (1 - 0.7 * was_stopped(e)) *
                    (1 - 0.6 * serialisation(e).score); // what queues gets longer and is not slower
    // Until a long one has ended, they may as well never end; and until it is known how those who serve ask
    // the next hop, or whether they wait for it, they may as well wait for their turn. A guess is a
    // contribution, not a verdict.
    const bool may_wait = dependency && dependency->share >= 0.2 && waits_long(e) < kKnown;
    if (none_has_ended(e) || e.next_hop_open || may_wait || may_wait_for_one_thread(e) || e.none_is_older())
        finding.score = std::min(finding.score, kGuess);
    if (finding.score <= 0)
        return {};
    finding.because = "a call takes " + words::duration(e.hold_during());
    if (const auto ratio = e.hold_ratio())
        finding.because += ", " + words::factor(*ratio) + " the " + words::duration(e.baseline.hold_seconds) +
                           " from before";
    finding.because +=
        "; " + words::percent(before_answer) + " of the slot-seconds went by before an answer began";
    if (retries(e) > 0)
        finding.because += "; clients gave up on " + words::percent(e.aborted_share) + " of those that ended";
    if (e.disk_share >= kMostOnDisk)
        finding.because +=
            "; " + words::percent(e.disk_share) + " of the threads that serve were found waiting for a disk";
    if (const Throttled* const throttled = throttled_for(e, Cause::slow_backend))
        finding.because += "; " + throttled->who + " had used up the " + words::precise(throttled->cores) +
                           " cores of their control group in " + words::percent(throttled->share) +
                           " of its periods, and waited for more";
    if (none_has_ended(e))
        finding.because += "; none of the long ones has ended yet";
    return finding;
}

} // namespace slotscope::analyze
