// SPDX-License-Identifier: MIT
#include "analyze/causes.h"
#include "analyze/judge.h"
#include "analyze/sentence_parts.h"
#include "analyze/words.h"

#include <algorithm>

namespace slotscope::analyze {
namespace {

using words::duration;
using words::percent;
using words::rate;

// "8 of 8 slots of app1 are held"
std::string head(const Evidence& e)
{
    const char* const are = e.active ? " are held" : " were held";
    const std::uint64_t held = e.active && e.in_use >= e.limit ? e.in_use : std::max(e.peak, e.in_use);
    // At a server's own limit the rest waits in its accept queue, and takes no slot.
    if (e.limit != 0 && e.queued > 0 && held > e.limit)
        return "all " + words::counted(e.limit, "slot") + " of " + e.backend + are + ", and " +
               words::counted(held - e.limit, "connection") +
               (e.active ? " more wait to be accepted" : " more waited to be accepted");
    if (e.limit != 0)
        return std::to_string(held) + " of " + std::to_string(e.limit) + " slots of " + e.backend + are;
    return words::counted(held, e.kind == SlotKind::calls ? "call" : "connection") + " of " + e.backend +
           (e.active ? " are open" : " were open");
}

// "slow backend"
std::string spoken(Cause cause)
{
    std::string word(to_string(cause));
    std::replace(word.begin(), word.end(), '_', ' ');
    return word;
}

std::string compared(const Evidence& e)
{
    const auto ratio = e.hold_ratio();
    std::string text = "a " + std::string(e.unit == Unit::calls ? "call" : "connection") + " takes " +
                       duration(e.hold_during());
    if (ratio && *ratio >= 1.3)
        text += ", " + words::factor(*ratio) + " the " + duration(e.baseline.hold_seconds) + " from before";
    else if (ratio)
        text += " as before";
    return text;
}

std::string of_demand(const Evidence& e, const Verdict&)
{
    const double ratio = e.arrival_ratio().value_or(1);
    const double here = e.baseline.known() && e.baseline.arrivals_per_second > 0
                            ? e.during.arrivals_per_second / e.baseline.arrivals_per_second
                            : 0;
    const bool queue_hides = e.demand && ratio > here + 0.05;
    return rate(queue_hides ? e.demand->during_per_second : e.during.arrivals_per_second) + " arrive, " +
           words::factor(ratio) + " what did before, and " + compared(e);
}

std::string of_slow_backend(const Evidence& e, const Verdict& verdict)
{
    return share_of_first(verdict) + ", " + compared(e);
}

// ", to which 4 connections do not come to be, the oldest for 12 s"
std::string of_connecting(const Evidence& e)
{
    constexpr double kSlowHandshake_seconds = 0.9; // a SYN was lost
    if (e.dependency_connecting == 0 || e.oldest_dependency_connecting_seconds < kSlowHandshake_seconds)
        return "";
    return ", to which " + words::counted(e.dependency_connecting, "connection") +
           (e.dependency_connecting == 1 ? " does" : " do") + " not come to be, the oldest for " +
           duration(e.oldest_dependency_connecting_seconds);
}

std::string of_dependency(const Evidence& e, const Verdict& verdict)
{
    if (!verdict.dependency)
        return of_slow_backend(e, verdict);
    const Dependency& next = *verdict.dependency;
    const Culprit* waits = nullptr;
    for (const Culprit& each : verdict.culprits)
        if (!waits && each.waits_for_address == next.address)
            waits = &each;
    const std::string who = waits && !waits->call.empty()      ? waits->call
                            : waits && !waits->process.empty() ? waits->process
                                                               : "calls";
    const std::string call = next.call.empty() ? "" : " (" + next.call + ")";
    if (slow_next_hop(e) > 0.5 && next.share < 0.5)
        return next.address + call + " takes " + words::factor(*e.next_hop->slower) + " what it took, and " +
               who + " may ask it " + words::number(e.next_hop->concurrency) +
               " at a time: the others wait for their turn";
    return percent(waits && !waits->call.empty() ? waits->share : next.share) +
           " of the slot-seconds belong to " + who +
           (calls_itself(e, next) ? ", which calls " + e.backend + " itself again" + call +
                                        ": such calls wait for slots that those hold which wait for them"
                                  : ", which waits on " + next.address + call + of_connecting(e));
}

// "9 of them are held by connections that GET /ws upgraded"
std::string of_upgraded(const Evidence& e, const Verdict& verdict)
{
    const auto first =
        std::find_if(verdict.culprits.begin(), verdict.culprits.end(),
                     [](const Culprit& each) { return each.state == to_string(Doing::upgraded); });
    const bool named = first != verdict.culprits.end() && !first->call.empty();
    return words::number(e.upgraded()) + " of them by connections that " +
           (named ? first->call + " has upgraded" : "were upgraded") +
           " (WebSockets), which last for as long as their clients stay: it is their number that the limit "
           "has to have room for, and not what is asked";
}

std::string of_limit(const Evidence& e, const Verdict& verdict)
{
    if (filled_by_upgraded(e) > 0.5)
        return of_upgraded(e, verdict);
    if (!e.baseline.known() && e.kind == SlotKind::connections && e.tally.share(Doing::between) > 0.4)
        return "its clients keep as many connections open and use them all (" +
               rate(e.during.arrivals_per_second) + " calls): that needs more slots than there are";
    if (!e.baseline.known())
        return rate(e.during.arrivals_per_second) + " arrive and take " + duration(e.hold_during()) +
               " each, steadily since this backend is seen: that needs more slots than there are";
    // Connections that carry calls are in use between these, too: then the product is another number.
    const bool same = (e.kind == SlotKind::calls) == (e.unit == Unit::calls);
    return "nothing has changed: " + words::number(e.baseline.slots_in_use) +
           " were in use on average before already" +
           (same ? " (" + rate(e.baseline.arrivals_per_second) + " × " + duration(e.baseline.hold_seconds) +
                       ")"
                 : "");
}

std::string of_serialisation(const Evidence& e, const Verdict& verdict)
{
    for (const Contribution& each : verdict.causes)
        if (each.cause == Cause::serialisation)
            return each.because + ": they are served one at a time";
    return compared(e);
}

std::string of_connect(const Evidence& e, const Verdict& verdict)
{
    for (const Contribution& each : verdict.causes)
        if (each.cause == Cause::connect_trouble)
            return each.because;
    return percent(e.tally.share(Doing::connecting)) + " of the slot-seconds were spent connecting";
}

std::string of_unknown(const Evidence& e, const Verdict& verdict)
{
    if (e.uploads())
        return percent(e.sent_by_clients()) +
               " of the slot-seconds went by while clients were still sending their requests (" +
               of_whom(verdict) + "): neither the backend nor its limit has to do with it";
    if (may_be_streams(e))
        return share_of_first(verdict) + ": answers that go on and on, the oldest for " +
               duration(e.tally.oldest_seconds()) +
               ", of which none of that age has ended. A stream (of events) lasts for as long as its client "
               "stays, and is neither slow nor stuck: the limit has to have room for their number";
    std::string text = "why is not known";
    if (!verdict.missing.empty())
        text += " (missing: " + verdict.missing.front() + ")";
    if (!verdict.culprits.empty())
        text += "; " + share_of_first(verdict) + ", " + verdict.culprits.front().state;
    else if (e.during.hold_seconds)
        text += "; " + compared(e);
    if (!verdict.causes.empty())
        text += "; most likely " + spoken(verdict.causes.front().cause) +
                ", which is not proven: " + verdict.causes.front().because;
    return text;
}

struct Tail {
    Cause cause;
    std::string (*text)(const Evidence&, const Verdict&);
};

constexpr Tail kTails[] = {
    {Cause::unknown, of_unknown},
    {Cause::demand_surge, of_demand},
    {Cause::slow_backend, of_slow_backend},
    {Cause::slow_dependency, of_dependency},
    {Cause::limit_too_low, of_limit},
    {Cause::stuck_calls, of_stuck},
    {Cause::connection_leak, of_leak},
    {Cause::idle_holders, of_idle},
    {Cause::generation_overlap, of_generations},
    {Cause::accept_stall, of_accept},
    {Cause::serialisation, of_serialisation},
    {Cause::slow_reader, of_reader},
    {Cause::connect_trouble, of_connect},
};
static_assert(std::size(kTails) == kCauses);

} // namespace

std::string sentence(const Evidence& evidence, const Verdict& verdict)
{
    for (const Tail& tail : kTails)
        if (tail.cause == verdict.cause)
            return head(evidence) + "; " + tail.text(evidence, verdict) + of_servers(evidence, verdict) + ".";
    return head(evidence) + ".";
}

} // namespace slotscope::analyze
