// SPDX-License-Identifier: MIT
// The peer has closed (CLOSE_WAIT), the process that owns the connection never does; or that opens one after
// the other and forgets them.
#include "analyze/causes.h"
#include "analyze/words.h"

namespace slotscope::analyze {
namespace {

Finding by_forgotten(const Evidence& e)
{
    Finding finding;
    finding.score = 0.93 * filled_by_forgotten(e);
    if (finding.score > 0)
        finding.because = e.forgotten.process + " has opened " + std::to_string(e.forgotten.connections) +
                          " connections within " + words::duration(e.forgotten.spread_seconds) +
                          " while others of its own lay idle, which it has not used since";
    return finding;
}

} // namespace

Finding connection_leak(const Evidence& e)
{
    if (Finding finding = by_forgotten(e); finding.score > kGuess)
        return finding;
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
