// SPDX-License-Identifier: MIT
// Answers are being sent, and the other side does not take them.
#include "analyze/causes.h"
#include "analyze/words.h"

#include <algorithm>

namespace slotscope::analyze {

Finding slow_reader(const Evidence& e)
{
    const double stalled = e.tally.share(Doing::stalled);
    const double answering = stalled + e.tally.share(Doing::response);
    Finding finding;
    if (e.unread_share) // what lies in the sockets tells who waits for whom
        finding.score = 0.95 * words::ramp(answering, 0.3, 0.6) * words::ramp(*e.unread_share, 0.3, 0.7);
    else
        finding.score = 0.8 * words::ramp(stalled, 0.3, 0.6);
    if (finding.score <= 0)
        return {};
    finding.because =
        words::percent(answering) + " of the slot-seconds went by while an answer was being sent";
    if (e.unread_share)
        finding.because += "; bytes wait for their reader on " + words::percent(*e.unread_share) + " of them";
    else
        finding.because += ", " + words::percent(stalled) + " without a byte moving for a second or more";
    return finding;
}

} // namespace slotscope::analyze
