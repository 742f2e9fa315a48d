// SPDX-License-Identifier: MIT
#include "decode/backend.h"

#include <algorithm>

namespace slotscope::decode {
namespace {

constexpr int kMostReadings = 16;

static_assert(kCallOutcomes == SS_CALL_OUTCOMES);

std::uint64_t load(const __u64& counter)
{
    return __atomic_load_n(&counter, __ATOMIC_ACQUIRE);
}

// What has to be of one moment: a count and the sum of times that goes with it.
struct Together {
    std::uint64_t in_use = 0;
    std::uint64_t opened = 0;
    std::uint64_t closed = 0;
    std::uint64_t up = 0;
    std::array<std::uint64_t, kFailureReasons> failed{};
    std::uint64_t entered_sum_ns = 0;
    std::uint64_t left_sum_ns = 0;
    std::uint64_t limit_entered = 0;
    std::uint64_t limit_left = 0;
    std::uint64_t limit_entered_sum_ns = 0;
    std::uint64_t limit_left_sum_ns = 0;
    std::uint64_t calls_in_flight = 0;
    std::uint64_t calls_entered_sum_ns = 0;
    std::uint64_t calls_left_sum_ns = 0;
    std::array<std::uint64_t, kCallOutcomes> call_outcomes{};

    bool operator==(const Together&) const = default;
};

Together read_once(const ss_backend& shared)
{
    Together values;
    values.in_use = load(shared.in_use);
    values.opened = load(shared.opened);
    values.closed = load(shared.closed);
    values.up = load(shared.up);
    for (std::size_t reason = 0; reason < kFailureReasons; ++reason)
        values.failed[reason] = load(shared.failed[reason]);
    values.entered_sum_ns = load(shared.entered_sum_ns);
    values.left_sum_ns = load(shared.left_sum_ns);
    values.limit_entered = load(shared.limit_entered);
    values.limit_left = load(shared.limit_left);
    values.limit_entered_sum_ns = load(shared.limit_entered_sum_ns);
    values.limit_left_sum_ns = load(shared.limit_left_sum_ns);
    values.calls_in_flight = load(shared.calls_in_flight);
    values.calls_entered_sum_ns = load(shared.calls_entered_sum_ns);
    values.calls_left_sum_ns = load(shared.calls_left_sum_ns);
    for (std::size_t outcome = 0; outcome < kCallOutcomes; ++outcome)
        values.call_outcomes[outcome] = load(shared.call_outcomes[outcome]);
    return values;
}

Together read_stable(const ss_backend& shared)
{
    Together before = read_once(shared);
    for (int reading = 1; reading < kMostReadings; ++reading) {
        const Together after = read_once(shared);
        if (after == before)
            return after;
        before = after;
    }
    return before;
}

// count * now + left - entered, in wrapping arithmetic: the sums wrap after centuries of connections, the
// difference does not. A result beyond half the range is a reading in between, and below zero.
std::uint64_t integral(std::uint64_t count, std::uint64_t now_ns, std::uint64_t left, std::uint64_t entered)
{
    const std::uint64_t value = count * now_ns + left - entered;
    return value > UINT64_MAX / 2 ? 0 : value;
}

Histogram decode_histogram(const __u64 (&shared)[SS_HISTOGRAM_BUCKETS], std::uint64_t sum_ns)
{
    Histogram histogram;
    histogram.sum_ns = sum_ns;
    histogram.counts.resize(SS_HISTOGRAM_BUCKETS);
    for (std::size_t bucket = 0; bucket < SS_HISTOGRAM_BUCKETS; ++bucket)
        histogram.counts[bucket] = load(shared[bucket]);
    return histogram;
}

void decode_key(const ss_backend& shared, BackendCounters& counters)
{
    std::copy(std::begin(shared.key.ip), std::end(shared.key.ip), counters.address.ip.begin());
    counters.address.port = shared.key.port;
    counters.direction = shared.key.direction == SS_INBOUND ? Direction::inbound : Direction::outbound;
    counters.netns = shared.netns;
    counters.group = shared.group;
    counters.listeners = __atomic_load_n(&shared.listeners, __ATOMIC_RELAXED);
}

void decode_calls(const ss_backend& shared, const Together& values, std::uint64_t now_ns, CallCounters& calls)
{
    calls.in_flight = values.calls_in_flight > UINT64_MAX / 2 ? 0 : values.calls_in_flight;
    calls.outcomes = values.call_outcomes;
    calls.slot_ns =
        integral(values.calls_in_flight, now_ns, values.calls_left_sum_ns, values.calls_entered_sum_ns);
    calls.peak = std::max(load(shared.calls_peak), calls.in_flight);
    calls.limit = load(shared.calls_limit);
    calls.by_timing = load(shared.calls_by_timing);
    calls.longest_ns = load(shared.call_max_ns);
}

} // namespace

BackendCounters decode_backend(const ss_backend& shared, std::uint32_t index, std::uint64_t now_ns,
                               Histograms histograms)
{
    BackendCounters counters;
    counters.index = index;
    counters.created_ns = load(shared.created_ns);
    if (counters.created_ns == 0)
        return counters;
    decode_key(shared, counters);

    const Together values = read_stable(shared);
    counters.in_use = values.in_use > UINT64_MAX / 2 ? 0 : values.in_use;
    counters.opened = values.opened;
    counters.closed = values.closed;
    counters.up = values.up;
    counters.failed = values.failed;
    counters.slot_ns = integral(values.in_use, now_ns, values.left_sum_ns, values.entered_sum_ns);
    const std::uint64_t at_limit = values.limit_entered - values.limit_left;
    counters.at_limit = at_limit != 0 && at_limit < UINT64_MAX / 2;
    counters.time_at_limit_ns =
        integral(at_limit, now_ns, values.limit_left_sum_ns, values.limit_entered_sum_ns);
    counters.peak = std::max(load(shared.peak), counters.in_use);
    counters.limit = load(shared.limit);
    counters.limit_hits = load(shared.limit_hits);
    counters.older = load(shared.older);
    counters.hold_max_ns = load(shared.hold_max_ns);
    counters.accepted = load(shared.accepted);
    decode_calls(shared, values, now_ns, counters.calls);
    if (histograms == Histograms::leave_out)
        return counters;
    counters.hold = decode_histogram(shared.hold, load(shared.hold_sum_ns));
    if (counters.calls.finished() != 0) {
        counters.calls.durations = decode_histogram(shared.call, load(shared.call_sum_ns));
        counters.calls.first_byte = decode_histogram(shared.first_byte, load(shared.first_byte_sum_ns));
    }
    if (counters.accepted != 0)
        counters.accept_wait = decode_histogram(shared.accept_wait, load(shared.accept_wait_sum_ns));
    return counters;
}

} // namespace slotscope::decode
