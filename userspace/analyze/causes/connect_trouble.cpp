// SPDX-License-Identifier: MIT
// Connections do not come to be: they are refused, or hang while connecting, or there is no port left for
// them.
#include "analyze/causes.h"
#include "analyze/words.h"

#include <algorithm>

namespace slotscope::analyze {
namespace {

constexpr double kSlowHandshake_seconds = 0.9; // the kernel repeats a SYN after 1 s: a handshake lost one

std::string reasons(const Evidence& e)
{
    std::string text;
    for (const Failure reason : {Failure::refused, Failure::timed_out, Failure::no_port, Failure::unreachable,
                                 Failure::reset_connecting, Failure::other}) {
        const std::uint64_t count = e.during.failed[static_cast<std::size_t>(reason)];
        if (count != 0)
            text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(to_string(reason));
    }
    return text;
}

// A call begins when the connection is there: who is still connecting is no holder of a limit that counts
// calls, though the product may have given it the slot already.
double connecting_share(const Evidence& e)
{
    if (e.kind != SlotKind::calls)
        return e.tally.share(Doing::connecting);
    return static_cast<double>(e.connecting) /
           static_cast<double>(std::max<std::uint64_t>(1, e.connecting + e.in_use));
}

} // namespace

Finding connect_trouble(const Evidence& e)
{
    double failed = 0;
    for (const Failure reason : {Failure::refused, Failure::timed_out, Failure::no_port, Failure::unreachable,
                                 Failure::reset_connecting, Failure::other})
        failed += static_cast<double>(e.during.failed[static_cast<std::size_t>(reason)]);
    const double tried = std::max(failed, static_cast<double>(e.during.opened));
    const double failing = failed < 3 ? 0 : words::ramp(failed / std::max(1.0, tried), 0.1, 0.4);
    const double hanging = e.oldest_connecting_seconds < kSlowHandshake_seconds
                               ? 0
                               : words::ramp(connecting_share(e), 0.15, 0.5);
    // Where the other end does not accept, it listens and can be reached.
    const bool queued = e.other_end && e.other_end->not_accepted != 0;
    Finding finding;
    finding.score = 0.95 * std::max(failing, hanging) * (queued ? 0.3 : 1);
    if (finding.score <= 0)
        return {};
    if (hanging > 0)
        finding.because = words::percent(connecting_share(e)) +
                          (e.kind == SlotKind::calls ? " of those that want a slot are connecting"
                                                     : " of the slot-seconds were spent connecting") +
                          ", the oldest for " + words::duration(e.oldest_connecting_seconds);
    if (failing > 0)
        finding.because +=
            (finding.because.empty() ? "" : "; ") + std::string("failed to connect: ") + reasons(e);
    return finding;
}

} // namespace slotscope::analyze
