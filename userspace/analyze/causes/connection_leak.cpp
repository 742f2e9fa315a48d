// SPDX-License-Identifier: MIT
// The peer has closed (CLOSE_WAIT), the process that owns the connection never does.
#include "analyze/causes.h"
#include "analyze/words.h"

namespace slotscope::analyze {

Finding connection_leak(const Evidence& e)
{
    const double share = e.tally.share(Doing::left_open);
    Finding finding;
    finding.score = 0.95 * words::ramp(share, 0.15, 0.5);
    // A slot that is closed a moment later is no leak: they have to get old.
    finding.score *= words::ramp(e.tally.oldest_seconds(), 0.5, 2);
    if (finding.score > 0)
        finding.because = words::percent(share) +
                          " of the slot-seconds belong to connections that their peer has "
                          "closed and the process here has not (CLOSE_WAIT), oldest " +
                          words::duration(e.tally.oldest_seconds());
    return finding;
}

} // namespace slotscope::analyze
