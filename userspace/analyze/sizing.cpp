// SPDX-License-Identifier: MIT
#include "analyze/sizing.h"

#include "analyze/words.h"

#include <algorithm>
#include <cmath>

namespace slotscope::analyze {
namespace {

constexpr double kMixed = 1.6;       // p95 : mean from which calls are not alike
constexpr double kQuantile95 = 1.64; // of the normal distribution, one-sided
constexpr double kNamedShare = 0.3;  // of the slot-seconds, for a call to be named
constexpr double kInflated = 1.5;    // hold : the usual one, from which it is the incident's

// Of so many slots, those of the call that takes the most.
std::string by_name(const Evidence& e, double slots)
{
    for (const Culprit& first : e.tally.culprits(1, e.usual_calls))
        if (!first.call.empty() && first.share >= kNamedShare)
            return ", of which " + words::number(first.share * slots) + " by " + first.call;
    return "";
}

Sizing of_like_calls(double arrivals, double mean, double p95, const std::string& usual)
{
    const bool by_p95 = p95 >= mean;
    const double hold = std::max(p95, mean);
    Sizing sizing;
    sizing.slots = slots_needed(arrivals, hold);
    sizing.arithmetic = "peak arrivals " + words::rate(arrivals) + " × " + usual + (by_p95 ? "p95" : "mean") +
                        " hold " + words::duration(hold) + " = " + words::number(sizing.slots);
    return sizing;
}

Sizing of_mixed_calls(const Evidence& e, double arrivals)
{
    const double mean = slots_needed(arrivals, e.hold_during());
    Sizing sizing;
    sizing.slots = mean + kQuantile95 * std::sqrt(mean);
    std::string spread = "95 % within " + words::duration(e.during.hold_p95_seconds.value_or(0));
    if (e.during.hold_p50_seconds)
        spread = "half of them within " + words::duration(*e.during.hold_p50_seconds) + ", " + spread;
    sizing.arithmetic = "peak arrivals " + words::rate(arrivals) + " × mean hold " +
                        words::duration(e.hold_during()) + " (" + spread + ") = " + words::number(mean) +
                        " in use on average" + by_name(e, mean) + "; + 1.64 × √" + words::number(mean) +
                        " for 95 % of the moments = " + words::number(sizing.slots);
    return sizing;
}

bool hold_is_of_incident(const Evidence& e)
{
    const auto ratio = e.hold_ratio();
    return ratio && *ratio > kInflated;
}

// The most that was wanted at a time, as far as it was seen.
struct Wanted {
    double in_use = 0;
    double waiting = 0;
    double refused = 0;
    double came = 0; // in all; where no queue can be seen, so many at the most
    bool queue_seen = false;

    double most() const { return queue_seen ? in_use + waiting + refused : std::max(in_use, came) + refused; }
    std::string text() const
    {
        std::string text = words::number(in_use) + " in use";
        if (!queue_seen && came > in_use)
            text = words::number(came) + " came";
        if (queue_seen && waiting > 0)
            text += ", " + words::number(waiting) + " waiting";
        if (refused > 0)
            text += ", " + words::number(refused) + " refused";
        return text;
    }
};

Wanted wanted(const Evidence& e)
{
    constexpr double kGrowing = 2; // a queue that grows gets twice as long as it is on average
    Wanted wanted;
    wanted.in_use = static_cast<double>(std::max(e.peak, e.in_use));
    double queue = e.queued;
    if (e.other_end)
        queue = std::max(queue, static_cast<double>(e.other_end->not_accepted));
    if (e.demand)
        queue = std::max(queue, e.demand->in_flight - e.during.in_use);
    wanted.waiting = std::ceil(kGrowing * queue);
    wanted.queue_seen = e.demand || queue > 0;
    wanted.came = static_cast<double>(e.during.arrivals);
    // What arrives in front and neither gets a slot nor waits was sent away there.
    const double in_front = peak_arrivals(e) - e.during.peak_arrivals_per_second;
    const double sent_away =
        e.demand ? std::floor(std::max(0.0, in_front * e.during.seconds - wanted.waiting)) : 0;
    wanted.refused = static_cast<double>(e.during.refusals) + sent_away;
    return wanted;
}

// Nobody wants more slots than there were calls to take them.
void cap(Sizing& sizing, const Evidence& e)
{
    const Wanted most = wanted(e);
    if (sizing.slots <= most.most())
        return;
    sizing.slots = most.most();
    sizing.arithmetic +=
        "; but no more than " + words::number(sizing.slots) + " were wanted (" + most.text() + ")";
}

} // namespace

double peak_arrivals(const Evidence& e)
{
    double peak = std::max(e.during.peak_arrivals_per_second, e.during.arrivals_per_second);
    if (const auto ratio = e.arrival_ratio())
        peak = std::max(peak, *ratio * e.baseline.arrivals_per_second); // what a queue hides
    return peak;
}

Sizing sizing(const Evidence& e)
{
    const double arrivals = peak_arrivals(e);
    const double p95 = e.during.hold_p95_seconds.value_or(0);
    const bool mixed = e.hold_during() > 0 && p95 > kMixed * e.hold_during();
    Sizing sizing;
    if (hold_is_of_incident(e))
        sizing = of_like_calls(arrivals, e.baseline.hold_seconds, e.baseline.hold_p95_seconds.value_or(0),
                               "usual ");
    else
        sizing = mixed ? of_mixed_calls(e, arrivals) : of_like_calls(arrivals, e.hold_during(), p95, "");
    cap(sizing, e);
    if (sizing.slots <= 0.05)
        sizing.arithmetic.clear();
    else if (const std::string until = buys_little(e, sizing.slots); !until.empty())
        sizing.arithmetic += "; less buys little: " + until;
    return sizing;
}

std::string time_to_fill(const Evidence& e, double slots)
{
    const auto seconds = seconds_to_fill(slots, peak_arrivals(e), e.lately.completions_per_second);
    if (!seconds || *seconds >= 600)
        return "";
    return "limit " + std::to_string(static_cast<std::uint64_t>(std::ceil(slots))) + " fills in " +
           words::duration(std::max(*seconds, 0.1));
}

std::string buys_little(const Evidence& e, double slots)
{
    const bool much = e.limit != 0 && slots > 4 * static_cast<double>(e.limit);
    return much ? time_to_fill(e, 2 * static_cast<double>(e.limit)) : "";
}

} // namespace slotscope::analyze
