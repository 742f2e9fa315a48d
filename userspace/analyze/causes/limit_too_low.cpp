// SPDX-License-Identifier: MIT
// Nothing has changed: what is usual is already near the limit.
#include "analyze/causes.h"
#include "analyze/words.h"

#include <algorithm>

namespace slotscope::analyze {
namespace {

// Without anything to compare with: it is steady, and holds are short.
Finding without_baseline(const Evidence& e)
{
    if (e.during.completions < kFewestForBaseline)
        return {};
    const double steady =
        e.during.arrivals_per_second <= 0
            ? 0
            : 1 - words::ramp(e.lately.arrivals_per_second / e.during.arrivals_per_second, 1.4, 2);
    Finding finding;
    finding.score = 0.75 * steady * (1 - 0.6 * words::ramp(e.hold_during(), 0.5, 3)) *
                    (0.9 + 0.1 * words::ramp(e.lasted_seconds, 2, 20));
    finding.score *= 1 - 0.7 * held_by_few(e);
    if (throttled_for(e, Cause::limit_too_low)) // what is short would be shorter, and more slots help nobody
        finding.score *= 0.3;
    // A moment before it was far from full, as little as that says of what is usual.
    if (e.baseline.seconds >= 1)
        finding.score *=
            0.4 + 0.6 * words::ramp(e.baseline.slots_in_use / static_cast<double>(e.limit), 0.2, 0.5);
    if (finding.score > 0)
        finding.because = words::rate(e.during.arrivals_per_second) + " arrive and take " +
                          words::duration(e.hold_during()) + " each, as they have since this backend is seen";
    return finding;
}

// Connections that were upgraded last for as long as their clients stay.
Finding by_upgraded(const Evidence& e)
{
    Finding finding;
    finding.score = 0.9 * filled_by_upgraded(e);
    if (finding.score > 0)
        finding.because = words::number(e.upgraded()) + " of " + std::to_string(e.limit) +
                          " slots are held by connections that were upgraded (WebSockets), which last for as "
                          "long as their clients stay";
    return finding;
}

} // namespace

Finding limit_too_low(const Evidence& e)
{
    if (e.limit == 0)
        return {};
    if (Finding finding = by_upgraded(e); finding.score >= kGuess)
        return finding;
    const double working = words::ramp(e.working_share(), 0.2, 0.6) *
                           (1 - 0.8 * words::ramp(not_accepted_share(e), 0.2, 0.6)) *
                           (1 - words::ramp(e.old_generations_share, 0.1, 0.4));
    Finding finding;
    const auto arrivals = e.arrival_ratio();
    const auto hold = e.hold_ratio();
    if (!arrivals || !hold) {
        finding = without_baseline(e);
    } else {
        const double full = e.baseline.slots_in_use / static_cast<double>(e.limit);
        const double changed = std::max(words::ramp(*arrivals, 1.25, 1.8), words::ramp(*hold, 1.4, 2.2));
        finding.score =
            (0.5 + 0.45 * words::ramp(full, 0.4, 0.8)) * (1 - changed) * words::ramp(full, 0.1, 0.4);
        if (finding.score > 0)
            finding.because = "before, " + words::number(e.baseline.slots_in_use) + " of " +
                              std::to_string(e.limit) + " slots were in use on average already (" +
                              words::rate(e.baseline.arrivals_per_second) + " × " +
                              words::duration(e.baseline.hold_seconds) + ")";
    }
    finding.score *= e.tally.samples() == 0 ? 1 : working;
    if (e.tally.samples() == 0 && e.active) // they may be idle
        finding.score = std::min(finding.score, kGuess);
    if (finding.score <= 0)
        return {};
    return finding;
}

} // namespace slotscope::analyze
