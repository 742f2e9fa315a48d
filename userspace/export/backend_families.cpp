// SPDX-License-Identifier: MIT
#include "base/clock.h"
#include "base/growth.h"
#include "export/families.h"

#include <algorithm>
#include <functional>

namespace slotscope::metrics {
namespace {

using prometheus::MetricType;
using Backends = std::vector<std::reference_wrapper<const Backend>>;

constexpr double number(std::uint64_t value)
{
    return static_cast<double>(value);
}

bool always(const Backend&)
{
    return true;
}

bool has_limit(const Backend& backend)
{
    return backend.counters.slots().limit != 0;
}

bool is_outbound(const Backend& backend)
{
    return backend.counters.direction == Direction::outbound;
}

// Where the limit has begun to count the other kind, the series begins anew, as after a restart.
double slot_seconds(const Backend& backend)
{
    const std::uint64_t before_ns = backend.before_kind ? backend.before_kind->slot_ns : 0;
    return seconds_between(before_ns, backend.counters.slots().slot_ns);
}

Histogram held(const Backend& backend)
{
    Histogram held = *backend.counters.slots().held;
    if (!backend.before_kind)
        return held;
    const Histogram& before = backend.before_kind->held;
    for (std::size_t bucket = 0; bucket < std::min(held.counts.size(), before.counts.size()); ++bucket)
        held.counts[bucket] = grown(before.counts[bucket], held.counts[bucket]);
    held.sum_ns = grown(before.sum_ns, held.sum_ns);
    return held;
}

// One number of each backend.
struct Row {
    const char* name;
    MetricType type;
    const char* help;
    double (*value)(const Backend&);
    bool (*applies)(const Backend&) = always;
};

constexpr Row kRows[] = {
    {"slotscope_backend_slots_limit", MetricType::Gauge,
     "Slots that there are; absent where no limit is known.",
     [](const Backend& b) { return number(b.counters.slots().limit); }, has_limit},
    {"slotscope_backend_slots_in_use", MetricType::Gauge, "Slots that are taken now.",
     [](const Backend& b) { return number(b.counters.slots().in_use); }},
    {"slotscope_backend_slots_peak", MetricType::Gauge,
     "Most slots that were taken at once since the agent started.",
     [](const Backend& b) { return number(b.counters.slots().peak); }},
    {"slotscope_backend_limit_hits_total", MetricType::Counter,
     "How often the slots in use reached the limit.",
     [](const Backend& b) { return number(b.counters.limit_hits); }},
    {"slotscope_backend_time_at_limit_seconds_total", MetricType::Counter,
     "Time spent with every slot taken.",
     [](const Backend& b) { return seconds_of(b.counters.time_at_limit_ns); }},
    {"slotscope_backend_slot_seconds_total", MetricType::Counter,
     "Time integral of the slots in use, since they are of the kind that they are.", slot_seconds},
    {"slotscope_backend_connections_open", MetricType::Gauge,
     "Connections that are open, connecting ones included.",
     [](const Backend& b) { return number(b.counters.open()); }},
    {"slotscope_backend_connections_connecting", MetricType::Gauge,
     "Connections from this host that are not established yet.",
     [](const Backend& b) { return number(b.counters.connecting()); }, is_outbound},
    {"slotscope_backend_connections_opened_total", MetricType::Counter,
     "Connections that were opened, those older than the agent included.",
     [](const Backend& b) { return number(b.counters.opened); }},
    {"slotscope_backend_connections_closed_total", MetricType::Counter,
     "Connections that ended without a failure.", [](const Backend& b) { return number(b.counters.closed); }},
    {"slotscope_backend_calls_in_flight", MetricType::Gauge, "Calls whose answer is not complete.",
     [](const Backend& b) { return number(b.counters.calls.in_flight); }},
    {"slotscope_backend_calls_started_total", MetricType::Counter, "Calls that began.",
     [](const Backend& b) { return number(b.counters.calls.started()); }},
    {"slotscope_backend_calls_by_timing_total", MetricType::Counter,
     "Calls that ended and were told by the times of their bytes, not by a protocol.",
     [](const Backend& b) { return number(b.counters.calls.by_timing); }},
    {"slotscope_backend_call_slot_seconds_total", MetricType::Counter,
     "Time integral of the calls in flight.",
     [](const Backend& b) { return seconds_of(b.counters.calls.slot_ns); }},
};

Labels labels_of(const Backend& backend)
{
    return {label("backend", backend.name), label("direction", to_string(backend.counters.direction))};
}

void add_row(Families& families, const Row& row, const Backends& backends)
{
    const auto make = row.type == MetricType::Counter ? counter : gauge;
    std::vector<prometheus::ClientMetric> metrics;
    for (const Backend& backend : backends)
        if (row.applies(backend))
            metrics.push_back(make(labels_of(backend), row.value(backend)));
    add_family(families, row.name, row.help, row.type, std::move(metrics));
}

void add_kinds(Families& families, const Backends& backends)
{
    std::vector<prometheus::ClientMetric> metrics;
    for (const Backend& backend : backends) {
        Labels labels = labels_of(backend);
        labels.push_back(label("kind", to_string(backend.counters.slots().kind)));
        metrics.push_back(gauge(std::move(labels), 1));
    }
    add_family(families, "slotscope_backend_slots_kind_info",
               "What the slots are: calls where the limit counts calls, else connections.", MetricType::Gauge,
               std::move(metrics));
}

void add_failures(Families& families, const Backends& backends)
{
    std::vector<prometheus::ClientMetric> metrics;
    for (const Backend& backend : backends) {
        // Every reason from the start, so that a rate sees the first failure.
        for (std::size_t reason = 0; reason < kFailureReasons; ++reason) {
            Labels labels = labels_of(backend);
            labels.push_back(label("reason", to_string(static_cast<Failure>(reason))));
            metrics.push_back(counter(std::move(labels), number(backend.counters.failed[reason])));
        }
    }
    add_family(families, "slotscope_backend_connections_failed_total",
               "Connections that failed, by reason (reset: by the peer, with a request outstanding).",
               MetricType::Counter, std::move(metrics));
}

void add_outcomes(Families& families, const Backends& backends)
{
    std::vector<prometheus::ClientMetric> metrics;
    for (const Backend& backend : backends) {
        for (std::size_t outcome = 0; outcome < kCallOutcomes; ++outcome) {
            Labels labels = labels_of(backend);
            labels.push_back(label("outcome", to_string(static_cast<CallOutcome>(outcome))));
            metrics.push_back(counter(std::move(labels), number(backend.counters.calls.outcomes[outcome])));
        }
    }
    add_family(families, "slotscope_backend_calls_finished_total", "Calls that ended, by what came of them.",
               MetricType::Counter, std::move(metrics));
}

void add_histograms(Families& families, const Backends& backends)
{
    std::vector<prometheus::ClientMetric> holds;
    std::vector<prometheus::ClientMetric> waits;
    std::vector<prometheus::ClientMetric> calls;
    std::vector<prometheus::ClientMetric> first_bytes;
    for (const Backend& backend : backends) {
        holds.push_back(histogram(labels_of(backend), held(backend)));
        if (backend.counters.calls.finished() > 0) {
            calls.push_back(histogram(labels_of(backend), backend.counters.calls.durations));
            first_bytes.push_back(histogram(labels_of(backend), backend.counters.calls.first_byte));
        }
        if (!is_outbound(backend) && backend.counters.accepted > 0)
            waits.push_back(histogram(labels_of(backend), backend.counters.accept_wait));
    }
    add_family(
        families, "slotscope_backend_hold_seconds",
        "How long slots were held, counted as each hold ended, since they are of the kind that they are.",
        MetricType::Histogram, std::move(holds));
    add_family(families, "slotscope_backend_call_seconds",
               "From the first byte of a request to the last byte of its answer.", MetricType::Histogram,
               std::move(calls));
    add_family(families, "slotscope_backend_call_first_byte_seconds",
               "From the first byte of a request to the first byte of its answer.", MetricType::Histogram,
               std::move(first_bytes));
    add_family(families, "slotscope_backend_accept_wait_seconds",
               "How long established connections waited to be accepted.", MetricType::Histogram,
               std::move(waits));
}

// 0 from the start, so that an alert sees the first one.
void add_left_open(Families& families, const Backends& backends, const LeftOpen& left_open)
{
    std::vector<prometheus::ClientMetric> metrics;
    for (const Backend& backend : backends) {
        const auto found = left_open.find(backend.counters.index);
        metrics.push_back(gauge(labels_of(backend), found == left_open.end() ? 0 : number(found->second)));
    }
    add_family(
        families, "slotscope_backend_connections_close_wait",
        "Connections in CLOSE_WAIT for ten seconds or more: the peer has closed, and the process here, "
        "which accepted or opened them, has not.",
        MetricType::Gauge, std::move(metrics));
}

} // namespace

void add_backends(Families& families, const Snapshot& snapshot, const LeftOpen& left_open)
{
    Backends backends;
    std::optional<Backend> other;
    for (const Backend& each : snapshot.backends) {
        backends.emplace_back(each);
        if (each.counters.index == kOtherBackend && snapshot.other_alone) {
            other = each;
            other->counters = *snapshot.other_alone;
            backends.back() = *other;
        }
    }
    for (const Row& row : kRows)
        add_row(families, row, backends);
    add_kinds(families, backends);
    add_left_open(families, backends, left_open);
    add_failures(families, backends);
    add_outcomes(families, backends);
    add_histograms(families, backends);
}

} // namespace slotscope::metrics
