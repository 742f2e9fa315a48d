// SPDX-License-Identifier: MIT
#include "analyze/mix.h"

#include <algorithm>
#include <numeric>

namespace slotscope::analyze {
namespace {

constexpr double kGrown = 1.16;
constexpr double kExplained = 0.5;   // of the slots in use
constexpr double kGone = 0.7;        // of what was completed before
constexpr double kKnownShare = 0.05; // of what was completed before, for a duration to be a known one

double sum(const PerSecond& rates)
{
    return std::accumulate(rates.begin(), rates.end(), 0.0);
}

double slots_of(const PerSecond& rates)
{
    double slots = 0;
    for (std::size_t place = 0; place < rates.size(); ++place)
        slots += rates[place] * class_seconds(place);
    return slots;
}

// A duration near the edge of its class is now in this one, now in its neighbour.
double with_neighbours(const PerSecond& rates, std::size_t place)
{
    return rates[place] + (place > 0 ? rates[place - 1] / 2 : 0) +
           (place + 1 < rates.size() ? rates[place + 1] / 2 : 0);
}

} // namespace

std::optional<Split> split_by_duration(const PerSecond& before, const PerSecond& during, double in_use,
                                       double wanted)
{
    const double usual = sum(before);
    if (usual <= 0 || wanted * sum(during) < kGrown * usual || slots_of(during) < kExplained * in_use)
        return std::nullopt;
    double more = 0;
    double fewer = 0;
    double known_slots = 0;
    double new_slots = 0;
    double next_slots = 0; // of the known ones: only by their neighbours
    for (std::size_t place = 0; place < before.size(); ++place) {
        const double growth = wanted * during[place] - before[place];
        more += std::max(0.0, growth);
        fewer += std::max(0.0, -growth);
        const bool known = with_neighbours(before, place) >= kKnownShare * usual;
        const double slots = std::max(0.0, growth) * class_seconds(place);
        (known ? known_slots : new_slots) += slots;
        next_slots += known && before[place] < kKnownShare * usual ? slots : 0;
    }
    if (known_slots + new_slots <= 0)
        return std::nullopt;
    // What was there is gone, and what has grown is next to it: all of them take longer, which is no mixture.
    if (fewer >= kGone * usual && 2 * next_slots > known_slots + new_slots)
        return std::nullopt;
    const double demand = (1 - fewer / more) * known_slots / (known_slots + new_slots);
    return Split{demand, 1 - demand};
}

} // namespace slotscope::analyze
