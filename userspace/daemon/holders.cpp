// SPDX-License-Identifier: MIT
#include "daemon/holders.h"

#include "base/clock.h"
#include "daemon/call_names.h"
#include "decode/connection.h"

#include <algorithm>
#include <spdlog/spdlog.h>

namespace slotscope::daemon {
namespace {

constexpr std::size_t kMostCaptures = 64;
constexpr std::size_t kMostCaptured = 4096; // connections of one capture; the oldest are kept
constexpr std::uint64_t kOldEnoughToHaveOwner_ns = 10'000'000;

bool asked_for(const Backend& backend, const HolderQuery& query)
{
    if (query.direction && backend.counters.direction != *query.direction)
        return false;
    return query.backend.empty() || query.backend == backend.name || query.backend == backend.address ||
           std::find(backend.members.begin(), backend.members.end(), query.backend) != backend.members.end();
}

bool older_first(const decode::Found& a, const decode::Found& b)
{
    return a.since_ns < b.since_ns;
}

bool held_at(const Connection& connection, bool counts_calls, std::uint64_t at_ns)
{
    const Call& call = connection.call;
    if (counts_calls)
        return call.began_ns <= at_ns && (call.holds_slot() || call.answered_ns > at_ns);
    return connection.opened_ns <= at_ns && (connection.holds_slot || connection.left_ns > at_ns);
}

} // namespace

bool accepts_are_seen(const kernel::Session& session)
{
    const auto& hooks = session.hooks();
    return std::any_of(hooks.begin(), hooks.end(),
                       [](const HookStatus& hook) { return hook.signal == "accept" && hook.gap.empty(); });
}

Holders::Holders(kernel::Session& session, enrich::Processes& processes, CallLabels label_of)
    : session_(session)
    , processes_(processes)
    , label_of_(std::move(label_of))
    , accepts_are_seen_(accepts_are_seen(session))
{
}

std::vector<Holders::Captured> Holders::capture(const std::map<std::uint32_t, Moment>& wanted,
                                                std::uint64_t now_ns)
{
    decode::Selection selection;
    const std::span<ss_backend> records = session_.backends();
    selection.backends.resize(records.size());
    selection.calls.resize(records.size());
    selection.at_ns = UINT64_MAX;
    for (const auto& [index, moment] : wanted)
        if (index < selection.backends.size()) {
            selection.backends[index] = true;
            selection.calls[index] = __atomic_load_n(&records[index].calls_limit, __ATOMIC_RELAXED) != 0;
            selection.at_ns = std::min(*selection.at_ns, moment.at_ns);
        }
    // Of the earliest moment: those that came later are left out below, each by the moment of its own
    // backend.
    selection.later_too = true;
    std::map<std::uint32_t, Capture> fresh;
    for (const Connection& connection : decode::read_connections(session_.connections(), selection)) {
        // A record's place may have been used again, by a connection of another backend, while it was read.
        const auto moment = wanted.find(connection.backend);
        if (moment == wanted.end() ||
            !held_at(connection, selection.calls[connection.backend], moment->second.at_ns))
            continue;
        Capture& capture = fresh[connection.backend];
        if (++capture.total <= kMostCaptured)
            capture.connections.push_back(connection);
    }
    BusyConnections busy(session_.connections(), selection.at_ns);
    std::vector<Captured> captured;
    for (const auto& [index, moment] : wanted) {
        Capture& capture = fresh[index];
        capture.at_ns = moment.at_ns;
        capture.in_use = moment.in_use;
        capture.labels = call_names(busy, capture.connections, label_of_);
        capture.hops = next_hops(busy, capture.connections, moment.at_ns, label_of_);
        keep_processes(capture, now_ns);
        if (captures_.size() >= kMostCaptures && !captures_.contains(index))
            drop_oldest_capture();
        captured.push_back({index, moment.in_use, capture.total});
        captures_[index] = std::move(capture);
    }
    last_read_seconds_ = seconds_between(now_ns, monotonic_ns());
    return captured;
}

// Remembered, should they end before anybody asks.
void Holders::keep_processes(const Capture& capture, std::uint64_t now_ns)
{
    for (const Connection& connection : capture.connections)
        if (connection.pid != 0)
            processes_.find(connection.pid, now_ns);
    for (const std::optional<NextHop>& hop : capture.hops)
        if (hop)
            processes_.find(hop->pid, now_ns);
}

void Holders::drop_oldest_capture()
{
    captures_.erase(std::min_element(captures_.begin(), captures_.end(), [](const auto& a, const auto& b) {
        return a.second.at_ns < b.second.at_ns;
    }));
}

Result<HolderPage> Holders::find(const HolderQuery& query, std::span<const Backend> backends,
                                 std::uint64_t now_ns)
{
    std::vector<const Backend*> chosen;
    std::size_t records = 0;
    ByIndex all;
    for (const Backend& backend : backends) {
        all.resize(std::max<std::size_t>(all.size(), backend.counters.index + 1));
        all[backend.counters.index] = &backend;
        if (!asked_for(backend, query))
            continue;
        chosen.push_back(&backend);
        records = std::max<std::size_t>(records, backend.counters.index + 1);
    }
    if (auto clocks = session_.clocks())
        clocks_ = *clocks;
    else
        spdlog::warn("how long ago holders did something is not known: {}", clocks.error().message);
    if (chosen.empty() && !query.backend.empty())
        return Error{"there is no backend \"" + query.backend + "\"; known: " + known_names(backends)};
    if (query.captured)
        return page_of_capture(query, chosen, all, now_ns);
    return page_of_now(query, chosen, records, all, now_ns);
}

Result<HolderPage> Holders::page_of_capture(const HolderQuery& query,
                                            const std::vector<const Backend*>& chosen, const ByIndex& all,
                                            std::uint64_t now_ns)
{
    const Capture* newest = nullptr;
    const Backend* owner = nullptr;
    for (const Backend* backend : chosen) {
        const auto known = captures_.find(backend->counters.index);
        if (known != captures_.end() && (!newest || known->second.at_ns > newest->at_ns)) {
            newest = &known->second;
            owner = backend;
        }
    }
    HolderPage page;
    if (!newest)
        return page; // no limit was reached yet: nobody held
    page.total = newest->total;
    page.captured_seconds_ago = seconds_between(newest->at_ns, now_ns);
    page.captured_in_use = newest->in_use;
    const std::size_t end = std::min(query.offset + query.count, newest->connections.size());
    for (std::size_t position = query.offset; position < end; ++position) {
        page.holders.push_back(describe(newest->connections[position], *owner, newest->at_ns));
        page.holders.back().call_label = newest->labels[position];
        page.holders.back().waits_for = describe(newest->hops[position], all, newest->at_ns);
    }
    return page;
}

HolderPage Holders::page_of_now(const HolderQuery& query, const std::vector<const Backend*>& chosen,
                                std::size_t records, const ByIndex& all, std::uint64_t now_ns)
{
    decode::Selection selection;
    selection.backends.resize(records);
    selection.calls.resize(records);
    std::vector<const Backend*> known(records);
    for (const Backend* backend : chosen) {
        selection.backends[backend->counters.index] = true;
        selection.calls[backend->counters.index] = backend->counters.slots().kind == SlotKind::calls;
        known[backend->counters.index] = backend;
    }
    HolderPage page;
    if (records == 0)
        return page;

    const std::uint64_t start_ns = monotonic_ns();
    const auto table = session_.connections();
    std::vector<decode::Found> found = decode::find_connections(table, selection);
    page.total = found.size();
    const std::size_t begin = std::min(query.offset, found.size());
    const std::size_t end = std::min(begin + query.count, found.size());
    std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(end), found.end(),
                      older_first);
    const auto read = [&] {
        std::vector<Connection> connections;
        for (std::size_t position = begin; position < end; ++position)
            if (auto connection =
                    decode::decode_connection(table[found[position].bucket], found[position].way))
                if (connection->backend < records && known[connection->backend] &&
                    (selection.calls[connection->backend] ? connection->call.holds_slot()
                                                          : connection->holds_slot))
                    connections.push_back(*connection);
        return connections;
    };
    std::vector<Connection> connections = read();
    last_read_seconds_ = seconds_between(start_ns, monotonic_ns());
    if (const std::uint64_t before = next_file_walk_ns_;
        find_owners(connections, now_ns), before != next_file_walk_ns_)
        connections = read();
    BusyConnections busy(table);
    const auto hops = next_hops(busy, connections, std::nullopt, label_of_);
    const auto names = call_names(busy, connections, label_of_);
    for (std::size_t i = 0; i < connections.size(); ++i) {
        page.holders.push_back(describe(connections[i], *known[connections[i].backend], now_ns));
        if (connections[i].call.state != CallState::none || connections[i].call.in_transaction)
            page.holders.back().call_label = names[i];
        page.holders.back().waits_for = describe(hops[i], all, now_ns);
    }
    return page;
}

// Without a hook on accept, a connection that was never read from has no owner yet: the open files tell. At
// most one hundredth of the time goes into that, however often somebody asks.
void Holders::find_owners(const std::vector<Connection>& connections, std::uint64_t now_ns)
{
    const bool wanted =
        std::any_of(connections.begin(), connections.end(), [&](const Connection& connection) {
            return connection.pid == 0 && now_ns > connection.opened_ns + kOldEnoughToHaveOwner_ns;
        });
    if (!wanted || now_ns < next_file_walk_ns_)
        return;
    const std::uint64_t start_ns = monotonic_ns();
    if (auto result = session_.walk_files(); !result)
        spdlog::warn("owners of connections stay unknown: {}", result.error().message);
    const std::uint64_t end_ns = monotonic_ns();
    next_file_walk_ns_ = end_ns + std::max<std::uint64_t>(1'000'000'000, (end_ns - start_ns) * 100);
}

Holder Holders::describe(const Connection& connection, const Backend& backend, std::uint64_t now_ns)
{
    Holder holder;
    holder.backend = backend.name;
    holder.slot = backend.counters.slots().kind;
    holder.call = connection.call;
    if (connection.call.holds_slot())
        holder.call_age_seconds = seconds_between(connection.call.began_ns, now_ns);
    holder.direction = connection.direction;
    holder.state = connection.state;
    const bool is_call = holder.slot == SlotKind::calls;
    holder.age_seconds = seconds_between(is_call ? connection.call.began_ns : connection.opened_ns, now_ns);
    holder.age_is_lower_bound = is_call ? connection.call.older : connection.older;
    if (connection.direction == Direction::inbound && (connection.accepted || accepts_are_seen_))
        holder.accepted = connection.accepted;
    holder.last_io = connection.last_io;
    if (connection.last_io_ticks != 0 && clocks_.now_ticks >= connection.last_io_ticks) {
        const std::uint64_t ago_ns = (clocks_.now_ticks - connection.last_io_ticks) * clocks_.tick_ns;
        const std::uint64_t asked_ago_ns = clocks_.now_ns > now_ns ? clocks_.now_ns - now_ns : 0;
        holder.last_io_seconds = seconds_of(ago_ns - std::min(ago_ns, asked_ago_ns));
    }
    holder.bytes_sent = connection.bytes_sent;
    holder.bytes_received = connection.bytes_received;
    holder.local = connection.local;
    holder.remote = connection.remote;
    if (connection.pid != 0) {
        Process process = processes_.find(connection.pid, monotonic_ns());
        process.tid = connection.tid;
        holder.process = std::move(process);
    }
    return holder;
}

std::optional<WaitsFor> Holders::describe(const std::optional<NextHop>& hop, const ByIndex& all,
                                          std::uint64_t now_ns)
{
    if (!hop)
        return std::nullopt;
    WaitsFor waits_for;
    if (hop->backend < all.size() && all[hop->backend])
        waits_for.backend = all[hop->backend]->name;
    waits_for.address = hop->address;
    waits_for.call = hop->label;
    waits_for.age_seconds = seconds_between(hop->since_ns, now_ns);
    waits_for.process = processes_.find(hop->pid, monotonic_ns());
    waits_for.process.tid = hop->tid;
    waits_for.certain = hop->certain;
    return waits_for;
}

} // namespace slotscope::daemon
