// SPDX-License-Identifier: MIT
#include "aggregate/ended_calls.h"

#include "base/growth.h"
#include "model/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <string_view>

namespace slotscope::aggregate {
namespace {

constexpr double kNanoseconds = 1e9;
// Weights are scaled by fractions, histograms count in whole numbers.
constexpr double kFine = 256;

std::uint8_t bucket_of(std::uint64_t duration_ns)
{
    const unsigned exponent = duration_ns == 0 ? 0 : static_cast<unsigned>(std::bit_width(duration_ns)) - 1;
    if (exponent < kHistogramFirstExponent)
        return 0;
    if (exponent >= kHistogramLastExponent)
        return kHistogramBuckets - 1;
    return static_cast<std::uint8_t>(1 + (exponent - kHistogramFirstExponent) * kHistogramParts +
                                     ((duration_ns >> (exponent - 2)) & (kHistogramParts - 1)));
}

} // namespace

// Of one name over a window.
struct EndedCalls::Sum {
    double count = 0;
    double sum_ns = 0;
    Histogram durations{std::vector<std::uint64_t>(kHistogramBuckets), 0};

    void add(const Cell& cell, double scale)
    {
        count += static_cast<double>(cell.weight) * scale;
        sum_ns += static_cast<double>(cell.sum_ns) * scale;
        for (const auto& [bucket, weight] : cell.durations)
            durations.counts[bucket] +=
                static_cast<std::uint64_t>(std::llround(static_cast<double>(weight) * scale * kFine));
    }
};

std::size_t CallNameHash::operator()(const CallName& name) const
{
    const std::hash<std::string_view> hash;
    // Fibonacci hashing, see slotscope/abi/connection.h
    const std::size_t all =
        (hash(name.call) ^ static_cast<std::size_t>(name.protocol)) * 0x9e3779b97f4a7c15ULL ^
        hash(name.process);
    return all ^ (all >> 32U);
}

// Where there is no room for one more duration, the nearest that is known takes it.
void EndedCalls::Cell::add(std::uint64_t took_ns, std::uint64_t every)
{
    weight += every;
    sum_ns += took_ns * every;
    const std::uint8_t bucket = bucket_of(took_ns);
    const auto place =
        std::lower_bound(durations.begin(), durations.end(), bucket,
                         [](const auto& entry, std::uint8_t wanted) { return entry.first < wanted; });
    if (place != durations.end() && (place->first == bucket || durations.size() >= kMostBuckets))
        place->second += every;
    else if (durations.size() >= kMostBuckets)
        durations.back().second += every;
    else
        durations.emplace(place, bucket, every);
}

// What one told call stands for besides `every`: 1 where each was told, else what makes the sum right.
double EndedCalls::Part::scale() const
{
    if (whole() || weight == 0)
        return 1;
    return static_cast<double>(ended) / static_cast<double>(weight);
}

EndedCalls::Part& EndedCalls::part_of(std::uint32_t backend)
{
    const auto [part, fresh] = slices_.back().parts.try_emplace(backend);
    if (fresh)
        if (const auto every = every_.find(backend); every != every_.end())
            part->second.most_every = every->second;
    return part->second;
}

// Null: it has to go without a name. Where there is no room the name with the least time makes it.
EndedCalls::Cell* EndedCalls::cell_of(Slice& slice, Part& part, const CallName& name, std::uint64_t sum_ns)
{
    if (const auto known = part.names.find(name); known != part.names.end())
        return &known->second;
    if (part.names.size() >= kMostNames || slice.names >= kMostInSlice) {
        const auto least =
            std::min_element(part.names.begin(), part.names.end(),
                             [](const auto& a, const auto& b) { return a.second.sum_ns < b.second.sum_ns; });
        if (least == part.names.end() || least->second.sum_ns >= sum_ns)
            return nullptr;
        part.nameless += least->second.weight;
        part.names.erase(least);
        --slice.names;
    }
    ++slice.names;
    return &part.names[name];
}

void EndedCalls::add(std::uint32_t backend, const CallName& name, std::uint64_t took_ns, std::uint32_t every)
{
    Part& part = part_of(backend);
    ++part.told;
    part.weight += every;
    part.most_every = std::max(part.most_every, every);
    if (Cell* cell = cell_of(slices_.back(), part, name, took_ns * every))
        cell->add(took_ns, every);
    else
        part.nameless += every;
}

void EndedCalls::set_every(std::uint32_t backend, std::uint32_t every)
{
    if (every == 1)
        every_.erase(backend);
    else
        every_[backend] = every;
    if (const auto part = slices_.back().parts.find(backend); part != slices_.back().parts.end())
        part->second.most_every = std::max(part->second.most_every, every);
}

// Of a record that is younger than the slice: all that it has counted.
CountedCalls EndedCalls::since_last(const CountedCalls& now) const
{
    const auto known = last_.find(now.backend);
    if (known == last_.end() || known->second.created_ns != now.created_ns)
        return now;
    return {now.backend, now.created_ns, grown(known->second.ended, now.ended),
            grown(known->second.lost, now.lost)};
}

// What was counted before the first slice is in none.
void EndedCalls::roll(std::span<const CountedCalls> counted)
{
    for (const CountedCalls& now : counted) {
        const CountedCalls change = since_last(now);
        last_[now.backend] = now;
        if (!begun_ || (change.ended == 0 && change.lost == 0))
            continue;
        Part& part = part_of(now.backend);
        part.ended = change.ended;
        part.lost = change.lost;
    }
    if (!begun_)
        slices_.clear();
    begun_ = true;
    slices_.emplace_back();
    if (slices_.size() > SlotShares::kSlices)
        slices_.pop_front();
}

EndedCalls::Totals EndedCalls::totals(const CountedCalls& now, std::size_t slices) const
{
    std::unordered_map<CallName, Sum, CallNameHash> sums;
    Totals totals;
    double nameless = 0;
    for (std::size_t i = slices_.size() - std::min(slices, slices_.size()); i < slices_.size(); ++i) {
        const auto found = slices_[i].parts.find(now.backend);
        const bool last = i + 1 == slices_.size();
        Part part = found != slices_[i].parts.end() ? found->second : Part();
        if (last) {
            const auto every = every_.find(now.backend);
            part.most_every = std::max(part.most_every, every != every_.end() ? every->second : 1);
            const CountedCalls change = since_last(now);
            part.ended = change.ended;
            part.lost = change.lost;
        }
        totals.told += part.told;
        totals.lost += part.lost;
        totals.exact &= part.whole();
        if (part.weight == 0) {
            nameless += part.whole() ? 0 : static_cast<double>(part.ended);
            continue;
        }
        nameless += static_cast<double>(part.nameless) * part.scale();
        for (const auto& [name, cell] : part.names)
            sums[name].add(cell, part.scale());
    }
    for (const auto& [name, sum] : sums)
        totals.calls.push_back({name, static_cast<std::uint64_t>(std::llround(sum.count)),
                                sum.sum_ns / kNanoseconds,
                                quantile_ns(sum.durations, 0.99).value_or(0) / kNanoseconds});
    std::sort(totals.calls.begin(), totals.calls.end(), [](const Calls& a, const Calls& b) {
        return a.sum_seconds != b.sum_seconds ? a.sum_seconds > b.sum_seconds : a.name.call < b.name.call;
    });
    totals.nameless = static_cast<std::uint64_t>(std::llround(nameless));
    return totals;
}

void EndedCalls::forget(std::uint32_t backend)
{
    last_.erase(backend);
    every_.erase(backend);
    for (Slice& slice : slices_)
        if (const auto part = slice.parts.find(backend); part != slice.parts.end()) {
            slice.names -= part->second.names.size();
            slice.parts.erase(part);
        }
}

} // namespace slotscope::aggregate
