// SPDX-License-Identifier: MIT
#include "aggregate/call_totals.h"

#include "aggregate/slot_shares.h"
#include "base/clock.h"
#include "base/growth.h"
#include "model/histogram.h"

#include <algorithm>

namespace slotscope::aggregate {

CallTotals::Counts CallTotals::counts_of(const BackendCounters& counters)
{
    Counts counts;
    counts.connection_ns = counters.slot_ns;
    counts.call_ns = counters.calls.slot_ns;
    counts.started = counters.calls.started();
    counts.finished = counters.calls.finished();
    const Histogram& durations = counters.calls.durations;
    counts.sum_ns = durations.sum_ns;
    for (std::size_t bucket = 0; bucket < durations.counts.size(); ++bucket)
        if (durations.counts[bucket] != 0)
            counts.durations.emplace_back(static_cast<std::uint8_t>(bucket), durations.counts[bucket]);
    return counts;
}

// Each is read while calls end, one after the other: a difference may fall below 0 by what came in between.
CallTotals::Counts CallTotals::change(const Counts& from, const Counts& to)
{
    Counts change;
    change.connection_ns = grown(from.connection_ns, to.connection_ns);
    change.call_ns = grown(from.call_ns, to.call_ns);
    change.started = grown(from.started, to.started);
    change.finished = grown(from.finished, to.finished);
    change.sum_ns = grown(from.sum_ns, to.sum_ns);
    auto before = from.durations.begin();
    for (const auto& [bucket, count] : to.durations) {
        while (before != from.durations.end() && before->first < bucket)
            ++before;
        const bool known = before != from.durations.end() && before->first == bucket;
        if (const std::uint64_t more = grown(known ? before->second : 0, count))
            change.durations.emplace_back(bucket, more);
    }
    return change;
}

void CallTotals::add(Counts& into, const Counts& more)
{
    into.connection_ns += more.connection_ns;
    into.call_ns += more.call_ns;
    into.started += more.started;
    into.finished += more.finished;
    into.sum_ns += more.sum_ns;
    into.durations.insert(into.durations.end(), more.durations.begin(), more.durations.end());
}

// Of a backend that is younger than the slice: all that it has counted.
CallTotals::Counts CallTotals::since_last(const BackendCounters& now) const
{
    const auto known = last_.find(now.index);
    if (known == last_.end() || known->second.created_ns != now.created_ns)
        return counts_of(now);
    return change(known->second.counts, counts_of(now));
}

void CallTotals::roll(std::span<const BackendCounters> backends, std::uint64_t now_ns)
{
    Slice slice;
    slice.begin_ns = begin_ns_;
    for (const BackendCounters& counters : backends) {
        Counts change = since_last(counters);
        last_[counters.index] = {counters.created_ns, counts_of(counters)};
        if (change.connection_ns != 0 || change.call_ns != 0 || change.started != 0 || change.finished != 0)
            slice.changes.emplace(counters.index, std::move(change));
    }
    if (begin_ns_ != 0) // what came before the first slice is in none
        slices_.push_back(std::move(slice));
    if (slices_.size() > SlotShares::kSlices - 1)
        slices_.pop_front();
    begin_ns_ = now_ns;
}

CallTotals::Totals CallTotals::totals(const BackendCounters& now, std::size_t slices,
                                      std::uint64_t now_ns) const
{
    Counts sum = since_last(now);
    std::uint64_t begin_ns = begin_ns_;
    const std::size_t past = std::min(slices - std::min<std::size_t>(slices, 1), slices_.size());
    for (std::size_t i = slices_.size() - past; i < slices_.size(); ++i) {
        begin_ns = std::min(begin_ns, slices_[i].begin_ns);
        if (const auto change = slices_[i].changes.find(now.index); change != slices_[i].changes.end())
            add(sum, change->second);
    }
    begin_ns = std::max(begin_ns, now.created_ns);
    Histogram durations{std::vector<std::uint64_t>(kHistogramBuckets), sum.sum_ns};
    for (const auto& [bucket, count] : sum.durations)
        durations.counts[std::min<std::size_t>(bucket, kHistogramBuckets - 1)] += count;
    Totals totals;
    totals.seconds = seconds_of(grown(begin_ns, now_ns));
    totals.slot_seconds = seconds_of(now.slots().kind == SlotKind::calls ? sum.call_ns : sum.connection_ns);
    totals.started = sum.started;
    totals.finished = sum.finished;
    if (const auto mean = mean_ns(durations))
        totals.mean_seconds = *mean / kNanoseconds;
    if (const auto p99 = quantile_ns(durations, 0.99))
        totals.p99_seconds = *p99 / kNanoseconds;
    return totals;
}

void CallTotals::forget(std::uint32_t backend)
{
    last_.erase(backend);
    for (Slice& slice : slices_)
        slice.changes.erase(backend);
}

} // namespace slotscope::aggregate
