// SPDX-License-Identifier: MIT
#include "daemon/learned_limits.h"

#include "limits/check.h"

#include <algorithm>

namespace slotscope::daemon {
namespace {

Limit limit_of(const analyze::LearnedLimit& learned)
{
    Limit limit;
    limit.name = to_string(learned.address);
    limit.addresses = {Endpoint{learned.address, {}}};
    limit.slots = learned.slots;
    limit.kind = learned.kind;
    limit.direction = learned.direction;
    limit.source = kLearned;
    const std::string about = "about " + std::to_string(learned.slots);
    limit.origin.product = kLearned;
    limit.origin.rule = learned.kind == SlotKind::calls ? "a call in flight" : "a connection that was let in";
    limit.origin.certainty = Certainty::unsure;
    limit.origin.doubt = about + ", learned: nothing tells this limit";
    limit.origin.arithmetic = {about + ": the most that were in use while there were " +
                                   std::string(to_string(learned.refusal)) + " (" +
                                   std::to_string(learned.refusals) + " of them)",
                               "it is forgotten as soon as more are in use"};
    limit.origin.netns = learned.netns;
    return limit;
}

bool is_covered(const Limit& learned, const std::vector<Limit>& limits)
{
    return std::any_of(limits.begin(), limits.end(), [&](const Limit& each) {
        return each.set_aside.empty() && limits::directions_overlap(each, learned) &&
               std::find(each.addresses.begin(), each.addresses.end(), learned.addresses.front()) !=
                   each.addresses.end();
    });
}

} // namespace

bool is_learned(const Limit& limit)
{
    return limit.origin.product == kLearned;
}

std::vector<Limit> with_learned(std::vector<Limit> limits, std::span<const analyze::LearnedLimit> learned)
{
    for (const analyze::LearnedLimit& each : learned)
        if (Limit limit = limit_of(each); !is_covered(limit, limits))
            limits.push_back(std::move(limit));
    return limits;
}

} // namespace slotscope::daemon
