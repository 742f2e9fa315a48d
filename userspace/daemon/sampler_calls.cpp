// SPDX-License-Identifier: MIT
// What a backend's slots were held for, and the calls that are over, by name.
#include "daemon/sampler.h"

#include <algorithm>
#include <utility>

namespace slotscope::daemon {
namespace {

constexpr std::size_t kMostListed = 100; // in an answer, of a backend, shares as well as names

// The shares of one name are summed up over what its calls did and waited for. Few: a list will do.
NamedCalls& named(std::vector<NamedCalls>& all, const std::string& process, const std::string& call,
                  Protocol protocol)
{
    const auto known = std::find_if(all.begin(), all.end(), [&](const NamedCalls& each) {
        return each.call == call && each.process == process && each.protocol == protocol;
    });
    if (known != all.end())
        return *known;
    NamedCalls& fresh = all.emplace_back();
    fresh.process = process;
    fresh.call = call;
    fresh.protocol = protocol;
    return fresh;
}

double time_in(const NamedCalls& calls)
{
    return static_cast<double>(calls.count) * calls.mean_seconds.value_or(0);
}

} // namespace

aggregate::CountedCalls Sampler::counted(const BackendCounters& counters) const
{
    aggregate::CountedCalls counted;
    counted.backend = counters.index;
    counted.created_ns = counters.created_ns;
    counted.ended = counters.calls.durations.total();
    if (counters.index < session_.backends().size())
        counted.lost =
            __atomic_load_n(&session_.backends()[counters.index].call_samples_lost, __ATOMIC_RELAXED);
    return counted;
}

void Sampler::roll_ended_calls(std::span<const BackendCounters> backends)
{
    std::vector<aggregate::CountedCalls> all;
    all.reserve(backends.size());
    for (const BackendCounters& counters : backends)
        all.push_back(counted(counters));
    ended_calls_.roll(all);
}

void Sampler::tell_one_of(std::uint32_t index, std::uint32_t every)
{
    if (index >= session_.backends().size())
        return;
    __atomic_store_n(&session_.backends()[index].call_sample_mask, every - 1, __ATOMIC_RELAXED);
    ended_calls_.set_every(index, every);
}

void Sampler::call_ended(const decode::EndedCall& call, std::string label, std::uint64_t now_ns)
{
    aggregate::CallName name;
    if (call.pid != 0)
        name.process = processes_.find(call.pid, now_ns).name;
    name.call = std::move(label);
    name.protocol = call.protocol;
    ended_calls_.add(call.backend, name, call.took_ns, call.every);
    if (const auto every = sample_pace_.told(call.backend))
        tell_one_of(call.backend, *every);
}

void Sampler::add_names(BackendCalls& calls, const BackendCounters& counters, std::size_t slices) const
{
    for (const SlotShare& share : calls.shares) {
        if (share.user.protocol == Protocol::unknown && share.user.call.empty())
            continue; // no call: an idle connection
        NamedCalls& each = named(calls.by_call, share.user.process, share.user.call, share.user.protocol);
        each.slot_seconds += share.slot_seconds;
        each.share += share.share;
    }
    const aggregate::EndedCalls::Totals totals = ended_calls_.totals(counted(counters), slices);
    for (const aggregate::EndedCalls::Calls& ended : totals.calls) {
        NamedCalls& each = named(calls.by_call, ended.name.process, ended.name.call, ended.name.protocol);
        each.count = ended.count;
        if (ended.count == 0)
            continue;
        each.mean_seconds = ended.sum_seconds / static_cast<double>(ended.count);
        each.p99_seconds = ended.p99_seconds;
    }
    std::stable_sort(calls.by_call.begin(), calls.by_call.end(),
                     [](const NamedCalls& a, const NamedCalls& b) {
                         return a.slot_seconds != b.slot_seconds ? a.slot_seconds > b.slot_seconds
                                                                 : time_in(a) > time_in(b);
                     });
    calls.nameless_count = totals.nameless;
    for (std::size_t i = kMostListed; i < calls.by_call.size(); ++i)
        calls.nameless_count += calls.by_call[i].count;
    calls.by_call.resize(std::min(kMostListed, calls.by_call.size()));
    calls.calls_told = totals.told;
    calls.calls_lost = totals.lost;
    calls.counts_exact = totals.exact;
}

analyze::UsualCalls Sampler::usual_calls(const BackendCounters& counters, double seconds) const
{
    const auto slices = static_cast<std::size_t>(
        std::clamp(seconds / std::chrono::duration<double>(aggregate::SlotShares::kSlice).count(), 1.0,
                   static_cast<double>(aggregate::SlotShares::kSlices)));
    analyze::UsualCalls usual;
    const aggregate::SlotShares::Shares shares = shares_.shares(counters.index, slices, kMostListed);
    for (const SlotShare& share : shares.shares) {
        if (share.user.call.empty() || shares.sampled_seconds <= 0)
            continue;
        analyze::UsualCall& call = usual[share.user.call];
        call.slots += share.slot_seconds / shares.sampled_seconds;
        call.longest_seconds = std::max(call.longest_seconds, share.oldest_seconds);
    }
    for (const aggregate::EndedCalls::Calls& ended : ended_calls_.totals(counted(counters), slices).calls)
        if (const auto found = usual.find(ended.name.call); found != usual.end() && ended.count != 0) {
            analyze::UsualCall& call = found->second;
            call.longest_done_seconds = std::max(call.longest_done_seconds, ended.p99_seconds);
            const double sum = call.mean_done_seconds * static_cast<double>(call.done) + ended.sum_seconds;
            call.done += ended.count;
            call.mean_done_seconds = sum / static_cast<double>(call.done);
        }
    return usual;
}

BackendCalls Sampler::calls_of(const Backend& backend, std::size_t slices, std::uint64_t now_ns) const
{
    const BackendCounters& counters = backend.counters;
    BackendCalls calls;
    calls.backend = backend.name;
    calls.address = backend.address;
    calls.direction = counters.direction;
    calls.kind = counters.slots().kind;
    calls.limit = counters.slots().limit;
    const aggregate::CallTotals::Totals totals = totals_.totals(counters, slices, now_ns);
    calls.seconds = totals.seconds;
    calls.slot_seconds = totals.slot_seconds;
    calls.calls_started = totals.started;
    calls.calls_finished = totals.finished;
    calls.calls_in_flight = counters.calls.in_flight;
    calls.mean_seconds = totals.mean_seconds;
    calls.p99_seconds = totals.p99_seconds;
    aggregate::SlotShares::Shares shares = shares_.shares(counters.index, slices, kMostListed);
    calls.sampled_seconds = shares.sampled_seconds;
    calls.sampled_slot_seconds = shares.slot_seconds;
    calls.other_slot_seconds = shares.other_slot_seconds;
    calls.shares = std::move(shares.shares);
    add_names(calls, counters, slices);
    return calls;
}

} // namespace slotscope::daemon
