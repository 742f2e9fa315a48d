// SPDX-License-Identifier: MIT
#include "analyze/learned_limit.h"

#include "base/growth.h"

#include <algorithm>
#include <set>

namespace slotscope::analyze {
namespace {

constexpr std::uint64_t kWindow_ns = 30'000'000'000;
constexpr std::uint64_t kWaiting_ns = 1'000'000'000;
constexpr std::size_t kLeastTouches = 6;
constexpr std::uint64_t kLeastRefusals = 6;
constexpr std::uint64_t kLeastSlots = 2; // one slot in use is no plateau: anything rare looks like it

std::uint64_t unavailable_of(const BackendCounters& counters)
{
    return counters.calls.outcomes[static_cast<std::size_t>(CallOutcome::unavailable)];
}

// Within a tenth of the plateau.
bool is_near(std::uint64_t in_use, std::uint64_t plateau)
{
    return in_use >= plateau - plateau / 10;
}

SlotKind kind_of(Refusal refusal)
{
    return refusal == Refusal::answers ? SlotKind::calls : SlotKind::connections;
}

std::uint64_t ended_of(const BackendCounters& counters, Refusal refusal)
{
    return refusal == Refusal::answers ? counters.calls.finished() : counters.closed;
}

// What such a refusal leaves out: connects under way are not let in yet, nor is what waits to be accepted.
std::uint64_t in_use_of(Refusal refusal, const BackendCounters& counters, const Scan& scan)
{
    if (refusal == Refusal::answers)
        return counters.calls.in_flight;
    const Standing* standing = scan.of(counters.index);
    if (refusal == Refusal::queue)
        return standing ? standing->open - standing->not_accepted : 0;
    return grown(counters.connecting(), counters.open());
}

} // namespace

std::string_view to_string(Refusal refusal)
{
    switch (refusal) {
    case Refusal::answers:
        return "answers with 503";
    case Refusal::connects:
        return "refused connects";
    case Refusal::queue:
        break;
    }
    return "connections that wait to be accepted";
}

// In place: once a second for each of some thousands.
void LimitLearner::compare(std::span<const BackendCounters> backends)
{
    ++looks_;
    for (const BackendCounters& each : backends) {
        if (each.index == kOtherBackend || each.created_ns == 0)
            continue;
        const std::uint64_t unavailable = unavailable_of(each);
        const std::uint64_t refused = each.failed[static_cast<std::size_t>(Failure::refused)];
        Known& known = known_[each.index];
        const bool same = known.created_ns == each.created_ns;
        known.unavailable = same ? grown(known.unavailable_ever, unavailable) : 0;
        known.refused = same ? grown(known.refused_ever, refused) : 0;
        known.counters = &each;
        known.created_ns = each.created_ns;
        known.unavailable_ever = unavailable;
        known.refused_ever = refused;
        known.look = looks_;
    }
    std::erase_if(known_, [this](const auto& each) { return each.second.look != looks_; });
}

const BackendCounters* LimitLearner::most_asked(const std::set<std::uint32_t>& asked) const
{
    const BackendCounters* most = nullptr;
    for (const std::uint32_t index : asked)
        if (const auto found = known_.find(index); found != known_.end())
            if (!most || found->second.counters->calls.in_flight > most->calls.in_flight)
                most = found->second.counters;
    return most;
}

// 503 to a client is a refusal where the backends that its process asks have not said it themselves.
void LimitLearner::note_answers(const Scan& scan, std::uint64_t now_ns)
{
    for (const auto& [index, front] : known_) {
        if (front.unavailable == 0 || front.counters->direction != Direction::inbound)
            continue;
        const Standing* const standing = scan.of(index);
        if (!standing)
            continue;
        std::set<std::uint32_t> asked;
        for (const std::uint32_t pid : standing->pids)
            if (const auto process = scan.processes.find(pid); process != scan.processes.end())
                for (const auto& [record, calls] : process->second.asks)
                    asked.insert(record);
        std::uint64_t passed_on = 0;
        for (const std::uint32_t record : asked)
            if (const auto found = known_.find(record); found != known_.end())
                passed_on += found->second.unavailable;
        if (passed_on >= front.unavailable)
            continue;
        const BackendCounters* full = asked.empty() ? front.counters : most_asked(asked);
        if (full)
            touch(*full, Refusal::answers, full->calls.in_flight, front.unavailable - passed_on, now_ns);
    }
}

void LimitLearner::note_queues(const Scan& scan, std::uint64_t now_ns)
{
    if (scan.at_ns == scanned_ns_)
        return;
    scanned_ns_ = scan.at_ns;
    for (const auto& [index, standing] : scan.backends) {
        const auto found = known_.find(index);
        if (found == known_.end() || standing.direction != Direction::inbound || standing.not_accepted == 0 ||
            standing.oldest_not_accepted_ns < kWaiting_ns)
            continue;
        const BackendCounters& counters = *found->second.counters;
        touch(counters, Refusal::queue, in_use_of(Refusal::queue, counters, scan), standing.not_accepted,
              now_ns);
    }
}

void LimitLearner::touch(const BackendCounters& counters, Refusal refusal, std::uint64_t in_use,
                         std::uint64_t refusals, std::uint64_t now_ns)
{
    if (in_use == 0 || (!studies_.contains(counters.index) && studies_.size() >= kMostStudied))
        return;
    Study& study = studies_[counters.index];
    if (study.created_ns != counters.created_ns || (study.refusal != refusal && !study.learned))
        study = {counters.created_ns, refusal, {}, std::nullopt};
    if (study.refusal != refusal)
        return;
    study.touches.push_back({now_ns, in_use, refusals, ended_of(counters, refusal)});
    if (study.touches.size() > kMostTouches)
        study.touches.pop_front();
}

// The most that were in use is the plateau if it was met again and again, was never exceeded, and slots were
// given back meanwhile: what only stands there is no limit that works.
std::optional<LearnedLimit> LimitLearner::lesson(const Study& study, const BackendCounters& counters)
{
    const auto& touches = study.touches;
    if (touches.size() < kLeastTouches || touches.back().ended == touches.front().ended)
        return std::nullopt;
    std::uint64_t plateau = 0;
    std::uint64_t refusals = 0;
    for (const Touch& each : touches) {
        plateau = std::max(plateau, each.in_use);
        refusals += each.refusals;
    }
    // A burst of aborts may count a call that goes and the one in its place together, for a moment; what
    // swings without a limit has a peak far above what is met again and again.
    const bool exceeded = study.refusal == Refusal::answers && counters.calls.peak * 2 > plateau * 3 + 2;
    const auto near = static_cast<std::size_t>(std::count_if(
        touches.begin(), touches.end(), [&](const Touch& each) { return is_near(each.in_use, plateau); }));
    const auto far = static_cast<std::size_t>(std::count_if(
        touches.begin(), touches.end(), [&](const Touch& each) { return each.in_use * 2 < plateau; }));
    // A full limit flickers: at 1.5 times its load it is met in 40 % of the looks.
    if (exceeded || plateau < kLeastSlots || plateau > UINT32_MAX || refusals < kLeastRefusals ||
        near * 5 < touches.size() * 2 || far * 5 > touches.size())
        return std::nullopt;
    return LearnedLimit{counters.index,         counters.address,
                        counters.direction,     counters.netns,
                        kind_of(study.refusal), static_cast<std::uint32_t>(plateau),
                        study.refusal,          refusals};
}

bool LimitLearner::review(const Scan& scan, std::uint64_t now_ns)
{
    bool changed = false;
    for (auto& [index, study] : studies_) {
        while (!study.touches.empty() && study.touches.front().at_ns + kWindow_ns < now_ns)
            study.touches.pop_front();
        const auto found = known_.find(index);
        const bool gone = found == known_.end() || found->second.counters->created_ns != study.created_ns;
        if (gone) {
            changed |= study.learned.has_value();
            study = {};
            continue;
        }
        const BackendCounters& counters = *found->second.counters;
        const std::uint64_t limit = counters.slots().limit;
        if (!study.learned && limit == 0) {
            study.learned = lesson(study, counters);
            changed |= study.learned.has_value();
        } else if (study.learned) {
            const std::uint64_t slots = study.learned->slots;
            if (in_use_of(study.refusal, counters, scan) <= slots + slots / 10)
                continue; // about so many
            study.learned.reset();
            study.touches.clear();
            changed = true;
        }
    }
    std::erase_if(studies_,
                  [](const auto& each) { return each.second.touches.empty() && !each.second.learned; });
    return changed;
}

bool LimitLearner::observe(std::span<const BackendCounters> backends, const Scan& scan, std::uint64_t now_ns)
{
    compare(backends);
    note_answers(scan, now_ns);
    for (const auto& [index, each] : known_)
        if (each.refused != 0 && each.counters->direction == Direction::outbound)
            touch(*each.counters, Refusal::connects, in_use_of(Refusal::connects, *each.counters, scan),
                  each.refused, now_ns);
    note_queues(scan, now_ns);
    return review(scan, now_ns);
}

std::vector<LearnedLimit> LimitLearner::limits() const
{
    std::vector<LearnedLimit> limits;
    for (const auto& [index, study] : studies_)
        if (study.learned)
            limits.push_back(*study.learned);
    return limits;
}

} // namespace slotscope::analyze
