// SPDX-License-Identifier: MIT
#include "analyze/judge.h"

#include "analyze/words.h"

#include <algorithm>

namespace slotscope::analyze {
namespace {

constexpr double kLoyalty = 0.1; // by which another cause has to be better
constexpr double kLeastContribution = 0.3;
constexpr std::size_t kMostCulprits = 10;
constexpr double kMostSure = 0.99;
// What is less sure than this is not said to be the cause: the normal state of a host that stalls for two
// seconds reached 0.23, no incident that is what it is called has been below 0.4. One that was said stays
// until it is kLoyalty below.
constexpr double kLeastConfidence = 0.3;

// Told by comparing rates with what is usual.
bool by_rates(Cause cause)
{
    return cause == Cause::demand_surge || cause == Cause::slow_backend || cause == Cause::slow_dependency ||
           cause == Cause::limit_too_low || cause == Cause::serialisation;
}

std::vector<Contribution> findings(const Evidence& evidence, Cause loyal_to)
{
    std::vector<Contribution> all;
    for (const Detector& detector : detectors()) {
        Finding finding = detector.detect(evidence);
        all.push_back({detector.cause, std::clamp(finding.score, 0.0, 1.0), std::move(finding.because)});
    }
    // What is slow and what is stuck look the same until something has ended: neither was told for good.
    const bool is_open = loyal_to == Cause::slow_backend && none_has_ended(evidence);
    const auto rank = [loyal_to, is_open](const Contribution& each) {
        return each.score + (each.cause == loyal_to && each.score > 0 && !is_open ? kLoyalty : 0);
    };
    std::stable_sort(all.begin(), all.end(),
                     [&](const Contribution& a, const Contribution& b) { return rank(a) > rank(b); });
    return all;
}

// While a host stands still, calls take longer and those that come wait for each other, whatever the backend
// does. 0 to 1.
double stall_weighs(const Evidence& e)
{
    return words::ramp(e.stalled_seconds / (kStalledBefore_seconds + e.lasted_seconds), 0.15, 0.4);
}

// A second cause that is as well supported makes the first one doubtful; so do few samples, and no baseline.
double confidence_of(const std::vector<Contribution>& ranked, const Evidence& evidence)
{
    const Contribution& first = ranked.front();
    const double rival = std::min(1.0, ranked[1].score / std::max(0.01, first.score));
    double confidence = first.score * (1 - 0.4 * words::ramp(rival, 0.5, 1));
    if (evidence.trouble == Trouble::limit || first.cause != Cause::connect_trouble)
        confidence *= 0.75 + 0.25 * words::ramp(static_cast<double>(evidence.tally.samples()), 0, 3);
    // That a limit is too low is told without a baseline in another way, which has its own doubt.
    if (by_rates(first.cause) && first.cause != Cause::limit_too_low && !evidence.baseline.known())
        confidence *= 0.85;
    if (by_rates(first.cause) && evidence.baseline.known())
        confidence *= 0.9 + 0.1 * words::ramp(evidence.baseline.seconds, kShortestBaseline_seconds, 5);
    if (by_rates(first.cause))
        confidence *= 1 - 0.5 * stall_weighs(evidence);
    if (evidence.unit == Unit::calls && evidence.during.by_timing_share > 0.5)
        confidence *= 0.95;
    return std::min(confidence, kMostSure);
}

std::vector<std::string> missing(const Evidence& e, const Verdict& verdict)
{
    std::vector<std::string> list;
    const bool calls = e.tally.share(Doing::waiting) + e.tally.share(Doing::request) +
                           e.tally.share(Doing::response) + e.tally.share(Doing::unseen) >=
                       0.2;
    if (stall_weighs(e) > 0)
        list.push_back("how it would have been without a stall: the host stood still for " +
                       words::duration(e.stalled_seconds) + ", or had no time for this agent");
    if (verdict.cause == Cause::unknown && calls && none_has_ended(e))
        list.emplace_back("whether the long calls end at all: none has so far");
    const bool rates = verdict.cause == Cause::unknown || by_rates(verdict.cause);
    if (rates && !e.baseline.known())
        list.push_back(e.baseline.seconds < 1 ? "what is usual: nothing of this backend was seen before"
                                              : "what is usual: only " + words::duration(e.baseline.seconds) +
                                                    " with hardly any traffic were seen before it");
    if (e.tally.samples() == 0)
        list.emplace_back("who held the slots: they were free again before anybody could look");
    if (rates && e.direction == Direction::outbound && !e.demand)
        list.emplace_back(
            "how many calls arrive before any queue: the processes that hold the slots accept none on "
            "this host");
    if (verdict.cause == Cause::unknown && e.next_hop_open)
        list.emplace_back("how those who serve ask what is behind them: it was looked at too seldom yet");
    if (verdict.cause == Cause::unknown && e.tally.dependency() && waits_long(e) < kKnown)
        list.emplace_back("whether they wait for " + e.tally.dependency()->address +
                          " for long: it was looked at too seldom yet");
    if (rates && e.unit == Unit::connections && e.during.opened != 0)
        list.emplace_back("calls: nothing is known of what is asked on these connections");
    return list;
}

} // namespace

Verdict judge(const Evidence& evidence, const Verdict* before)
{
    const Cause loyal_to = before ? before->cause : Cause::unknown;
    const std::vector<Contribution> ranked = findings(evidence, loyal_to);
    Verdict verdict;
    verdict.evidence = evidence_numbers(evidence);
    verdict.culprits = evidence.tally.culprits(kMostCulprits, evidence.usual_calls);
    for (const Contribution& each : ranked)
        if (each.score >= kLeastContribution)
            verdict.causes.push_back(each);
    const Contribution& first = ranked.front();
    const double confidence = confidence_of(ranked, evidence);
    if (first.score >= kLeastScore &&
        confidence >= kLeastConfidence - (first.cause == loyal_to ? kLoyalty : 0)) {
        verdict.cause = first.cause;
        verdict.confidence = confidence;
    }
    // What calls always wait for is named where it has to do with it, or where nothing else is known.
    const bool waits =
        verdict.cause == Cause::unknown ||
        std::any_of(verdict.causes.begin(), verdict.causes.end(),
                    [](const Contribution& each) { return each.cause == Cause::slow_dependency; });
    if (const auto dependency = evidence.tally.dependency();
        waits && dependency && (dependency->share >= 0.2 || served_by_dependency(evidence) >= 0.5))
        verdict.dependency = dependency;
    // Behind them others may wait for a server, in whichever number: they are its victims.
    if (verdict.cause == Cause::slow_dependency && verdict.dependency)
        std::stable_partition(verdict.culprits.begin(), verdict.culprits.end(), [&](const Culprit& each) {
            return each.waits_for_address == verdict.dependency->address || !each.process.empty();
        });
    if (verdict.confidence < 0.8)
        verdict.missing = missing(evidence, verdict);
    verdict.sentence = sentence(evidence, verdict);
    verdict.advice = advice(evidence, verdict);
    return verdict;
}

} // namespace slotscope::analyze
