// SPDX-License-Identifier: MIT
// A limit that counts connections is filled by those on which nothing happens.
#include "analyze/causes.h"
#include "analyze/words.h"

namespace slotscope::analyze {

Finding idle_holders(const Evidence& e)
{
    if (e.kind != SlotKind::connections)
        return {}; // an idle connection takes no slot
    const double idle = e.tally.idle_share();
    const double in_transaction = e.tally.share(Doing::in_transaction);
    Finding finding;
    finding.score = 0.95 * words::ramp(idle, 0.35, 0.7) * (1 - 0.7 * filled_by_forgotten(e));
    if (finding.score > 0)
        finding.because = words::percent(idle) +
                          " of the slot-seconds belong to connections without a call, the "
                          "oldest open for " +
                          words::duration(e.tally.oldest_seconds());
    if (finding.score > 0 && in_transaction > 0)
        finding.because += "; " + words::percent(in_transaction) + " to those that are idle in a transaction";
    return finding;
}

} // namespace slotscope::analyze
