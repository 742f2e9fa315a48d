// SPDX-License-Identifier: MIT
// Processes that were replaced by a reload still hold slots beside the new ones.
#include "analyze/causes.h"
#include "analyze/words.h"

namespace slotscope::analyze {

Finding generation_overlap(const Evidence& e)
{
    Finding finding;
    finding.score = 0.95 * words::ramp(e.old_generations_share, 0.1, 0.4);
    if (finding.score > 0)
        finding.because = words::counted(e.old_generations, "process") + " of " + e.generation_process +
                          " that newer ones have replaced still hold " +
                          words::percent(e.old_generations_share) + " of the slot-seconds";
    return finding;
}

} // namespace slotscope::analyze
