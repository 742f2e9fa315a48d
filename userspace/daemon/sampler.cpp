// SPDX-License-Identifier: MIT
#include "daemon/sampler.h"

#include "aggregate/chain.h"
#include "base/clock.h"

#include <algorithm>

namespace slotscope::daemon {
namespace {

// What one look may stand for, at most: after a longer gap (the machine slept) nobody knows who held in it.
constexpr std::uint64_t kMostStoodFor_ns = 10'000'000'000;
constexpr std::size_t kMostShares = 100; // in an answer, of a backend

bool counts_calls(const Connection& connection, const decode::Selection& selection)
{
    return connection.backend < selection.calls.size() && selection.calls[connection.backend];
}

bool takes_slot(const Connection& connection, const decode::Selection& selection)
{
    return counts_calls(connection, selection) ? connection.call.holds_slot() : connection.holds_slot;
}

std::uint64_t age_of(const Connection& connection, bool is_call, std::uint64_t now_ns)
{
    const std::uint64_t since_ns = is_call ? connection.call.began_ns : connection.opened_ns;
    return now_ns > since_ns ? now_ns - since_ns : 0;
}

bool asked_for(const Backend& backend, const CallsQuery& query)
{
    if (query.direction && backend.counters.direction != *query.direction)
        return false;
    return query.backend.empty() || query.backend == backend.name || query.backend == backend.address ||
           std::find(backend.members.begin(), backend.members.end(), query.backend) != backend.members.end();
}

bool says_something(const BackendCalls& calls)
{
    return calls.slot_seconds > 0 || calls.sampled_slot_seconds > 0 || calls.calls_started > 0;
}

} // namespace

Sampler::Sampler(kernel::Session& session, enrich::Processes& processes, CallLabels label_of)
    : session_(session)
    , processes_(processes)
    , label_of_(std::move(label_of))
{
}

// Where the counters say that nothing is held, the table is not looked at.
std::vector<Connection> Sampler::read(std::span<const BackendCounters> backends, std::uint64_t now_ns)
{
    selection_ = {};
    selection_.busy_too = true;
    selection_.calls.resize(session_.backends().size());
    bool held = false;
    for (const BackendCounters& counters : backends) {
        const SlotUse slots = counters.slots();
        held |= slots.in_use != 0;
        if (counters.index < selection_.calls.size())
            selection_.calls[counters.index] = slots.kind == SlotKind::calls;
    }
    std::vector<Connection> connections;
    if (!held)
        return connections;
    const auto table = session_.connections();
    for (const decode::Found& found : decode::find_connections(table, selection_))
        if (auto connection = decode::decode_connection(table[found.bucket], found.way);
            connection && connection->opened_ns <= now_ns)
            connections.push_back(*connection);
    return connections;
}

aggregate::Look Sampler::look_at(std::vector<Connection> connections, std::uint64_t now_ns)
{
    const aggregate::Chain chain(connections);
    aggregate::Look look;
    for (const Connection& connection : connections) {
        if (!takes_slot(connection, selection_))
            continue;
        SlotUser user;
        user.state = slot_state(connection);
        if (connection.pid != 0)
            user.process = processes_.find(connection.pid, now_ns).name;
        bool certain = true;
        if (connection.call.state != CallState::none) {
            user.call = label_of_(connection);
            user.protocol = connection.call.protocol;
            if (const auto hop = chain.next(connection)) {
                user.waits_for_address = to_string(hop->call->remote);
                user.waits_for_call = label_of_(*hop->call);
                certain = hop->certain;
            }
        }
        const bool is_call = counts_calls(connection, selection_);
        look.add(connection.backend, user, age_of(connection, is_call, now_ns), certain);
    }
    return look;
}

std::chrono::nanoseconds Sampler::look(std::span<const BackendCounters> backends, std::uint64_t now_ns)
{
    const bool near = pace_.near_limit(backends);
    const aggregate::Look look = look_at(read(backends, now_ns), now_ns);
    if (last_ns_ != 0)
        shares_.add(look, std::min(now_ns - last_ns_, kMostStoodFor_ns));
    last_ns_ = now_ns;
    return pace_.pause(near, std::chrono::nanoseconds(monotonic_ns() - now_ns));
}

void Sampler::end_slice(std::span<const BackendCounters> backends, std::uint64_t now_ns)
{
    totals_.roll(backends, now_ns);
    if (slice_until_ns_ != 0)
        shares_.roll();
    slice_until_ns_ = now_ns + std::chrono::nanoseconds(aggregate::SlotShares::kSlice).count();
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
    aggregate::SlotShares::Shares shares = shares_.shares(counters.index, slices, kMostShares);
    calls.sampled_seconds = shares.sampled_seconds;
    calls.sampled_slot_seconds = shares.slot_seconds;
    calls.other_slot_seconds = shares.other_slot_seconds;
    calls.shares = std::move(shares.shares);
    return calls;
}

Result<CallsPage> Sampler::calls(const CallsQuery& query, std::span<const Backend> backends,
                                 std::uint64_t now_ns) const
{
    constexpr std::size_t kSlice = aggregate::SlotShares::kSlice.count();
    const std::size_t slices = (query.seconds + kSlice - 1) / kSlice;
    CallsPage page;
    page.seconds = static_cast<std::uint32_t>(slices * kSlice);
    page.looks = shares_.looks(slices);
    bool known = query.backend.empty();
    for (const Backend& backend : backends) {
        if (!asked_for(backend, query))
            continue;
        known = true;
        BackendCalls calls = calls_of(backend, slices, now_ns);
        if (!query.backend.empty() || says_something(calls))
            page.backends.push_back(std::move(calls));
    }
    if (!known)
        return Error{"there is no backend \"" + query.backend + "\"; slotscope backends --all lists them"};
    std::stable_sort(
        page.backends.begin(), page.backends.end(),
        [](const BackendCalls& a, const BackendCalls& b) { return a.slot_seconds > b.slot_seconds; });
    return page;
}

void Sampler::forget(std::uint32_t index)
{
    shares_.forget(index);
    totals_.forget(index);
    pace_.forget(index);
}

} // namespace slotscope::daemon
