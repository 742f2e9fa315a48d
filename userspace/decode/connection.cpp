// SPDX-License-Identifier: MIT
#include "decode/connection.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <unordered_set>

namespace slotscope::decode {
namespace {

constexpr std::uint64_t kClaimed = ~std::uint64_t{0}; // a way that is being filled or emptied

std::uint64_t tag_of(const ss_bucket& bucket, std::size_t way)
{
    return __atomic_load_n(&bucket.cookie[way], __ATOMIC_ACQUIRE);
}

ConnectionState state_of(std::uint8_t state)
{
    switch (state) {
    case SS_CONNECTION_CONNECTING:
    case SS_CONNECTION_ESTABLISHED:
    case SS_CONNECTION_PEER_CLOSED:
    case SS_CONNECTION_HALF_CLOSED:
    case SS_CONNECTION_CLOSING:
        return static_cast<ConnectionState>(state);
    default:
        return ConnectionState::gone;
    }
}

LastIo last_io_of(std::uint8_t activity)
{
    if (activity & SS_ACTIVITY_SENT_LAST)
        return LastIo::sent;
    return activity & SS_ACTIVITY_RECEIVED_LAST ? LastIo::received : LastIo::none;
}

Call call_of(const ss_connection& record)
{
    Call call;
    if (record.call_state <= SS_CALL_ANSWERED)
        call.state = static_cast<CallState>(record.call_state);
    if (record.protocol < SS_PROTOCOLS)
        call.protocol = static_cast<Protocol>(record.protocol);
    if (record.protocol == SS_PROTOCOL_HTTP2) {
        call.streams = record.http2_streams;
        call.stream = record.call_stream;
    }
    call.upgraded = (record.call_flags & SS_CALL_UPGRADED) != 0;
    call.in_transaction = (record.call_flags & SS_CALL_IN_TRANSACTION) != 0;
    call.older = (record.call_flags & SS_CALL_OLDER) != 0;
    call.began_ns = record.call_began_ns;
    call.answered_ns = record.call_began_ns == 0 ? 0 : record.call_answered_ns;
    return call;
}

void convert(const ss_connection& record, std::uint64_t cookie, Connection& connection)
{
    connection.cookie = cookie;
    connection.backend = record.backend;
    connection.state = state_of(record.state);
    connection.direction = (record.flags & SS_CONNECTION_INBOUND) ? Direction::inbound : Direction::outbound;
    connection.holds_slot = (record.flags & SS_CONNECTION_HOLDS) != 0;
    connection.older = (record.flags & SS_CONNECTION_OLDER) != 0;
    connection.accepted = (record.activity & SS_ACTIVITY_ACCEPTED) != 0;
    connection.last_io = last_io_of(record.activity);
    connection.opened_ns = record.opened_ns;
    if (connection.holds_slot)
        connection.last_io_ticks = record.last_io_ticks;
    else
        connection.left_ns = record.left_ns;
    connection.bytes_sent = record.bytes_sent;
    connection.bytes_received = record.bytes_received;
    connection.pid = record.pid;
    connection.tid = record.tid;
    connection.netns = record.netns;
    std::copy(std::begin(record.local_ip), std::end(record.local_ip), connection.local.ip.begin());
    std::copy(std::begin(record.remote_ip), std::end(record.remote_ip), connection.remote.ip.begin());
    connection.local.port = record.local_port;
    connection.remote.port = record.remote_port;
    connection.call = call_of(record);
}

bool wanted_backend(const Selection& selection, std::uint32_t backend)
{
    return selection.backends.empty() || (backend < selection.backends.size() && selection.backends[backend]);
}

// It held a slot at that moment: it still does, or it gave it back later.
bool held_at(const ss_connection& record, std::uint64_t at_ns, bool later_too)
{
    if (record.opened_ns == 0 || (record.opened_ns > at_ns && !later_too))
        return false;
    const bool holds = record.state != SS_CONNECTION_GONE && (record.flags & SS_CONNECTION_HOLDS);
    return holds || record.left_ns > at_ns;
}

bool counts_calls(const Selection& selection, std::uint32_t backend)
{
    return backend < selection.calls.size() && selection.calls[backend];
}

bool is_in_call(const ss_connection& record)
{
    return record.call_state == SS_CALL_REQUEST || record.call_state == SS_CALL_WAITING ||
           record.call_state == SS_CALL_RESPONSE;
}

// The call that is on it now, or the last one, held the connection at that moment.
bool called_at(const ss_connection& record, std::uint64_t at_ns, bool later_too)
{
    if (record.call_began_ns == 0 || (record.call_began_ns > at_ns && !later_too))
        return false;
    return is_in_call(record) || record.call_answered_ns > at_ns;
}

// Outbound, and its server has not said a word yet.
bool begins(const ss_connection& record)
{
    if (record.flags & SS_CONNECTION_INBOUND)
        return false;
    return record.state == SS_CONNECTION_CONNECTING ||
           (record.state == SS_CONNECTION_ESTABLISHED && !(record.flags & SS_CONNECTION_OLDER) &&
            record.call_began_ns == 0 && record.bytes_received == 0);
}

// A call is under way on it, or has ended since then.
bool has_call(const ss_connection& record, std::optional<std::uint64_t> since_ns)
{
    if (record.state == SS_CONNECTION_LISTENING)
        return false;
    return since_ns ? called_at(record, *since_ns, true)
                    : record.state != SS_CONNECTION_GONE && is_in_call(record);
}

bool selected(const ss_connection& record, bool live, const Selection& selection)
{
    if (!wanted_backend(selection, record.backend))
        return false;
    if (record.state == SS_CONNECTION_LISTENING)
        return false;
    const bool calls = counts_calls(selection, record.backend);
    if (selection.at_ns)
        return (calls ? called_at : held_at)(record, *selection.at_ns, selection.later_too);
    if (!live || !selection.only_holders)
        return live;
    return calls ? is_in_call(record) : (record.flags & SS_CONNECTION_HOLDS) != 0;
}

// A host has few connections for the size of its table: most buckets are passed over by their cookies alone,
// which are a cache line each and far apart.
constexpr std::size_t kAhead = 12; // buckets whose cookies are fetched before they are looked at

bool has_some(std::span<const ss_bucket> table, std::size_t number)
{
    if (number + kAhead < table.size())
        __builtin_prefetch(&table[number + kAhead]);
    std::uint64_t any = 0;
    for (std::size_t way = 0; way < SS_WAYS; ++way)
        any |= table[number].cookie[way];
    return any != 0;
}

// Calls back with each record and where it stands. free_too: also with what was left in ways that are free.
template <typename Visit>
void for_each_record(std::span<const ss_bucket> table, bool free_too, const Visit& visit)
{
    for (std::size_t number = 0; number < table.size(); ++number) {
        if (!free_too && !has_some(table, number))
            continue;
        const ss_bucket& bucket = table[number];
        for (std::size_t way = 0; way < SS_WAYS; ++way) {
            const std::uint64_t cookie = bucket.cookie[way];
            if (cookie != kClaimed && (cookie != 0 || free_too))
                visit(bucket.way[way], cookie != 0, number, way);
        }
    }
}

} // namespace

std::optional<Connection> decode_connection(const ss_bucket& bucket, std::size_t way)
{
    const std::uint64_t cookie = tag_of(bucket, way);
    if (cookie == kClaimed)
        return std::nullopt;
    ss_connection copy;
    std::memcpy(&copy, &bucket.way[way], sizeof(copy));
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (tag_of(bucket, way) != cookie)
        return std::nullopt;
    // In place: it is large, and there may be hundreds of thousands.
    std::optional<Connection> connection(std::in_place);
    convert(copy, cookie, *connection);
    return connection;
}

std::vector<Found> find_connections(std::span<const ss_bucket> table, const Selection& selection)
{
    std::vector<Found> found;
    for_each_record(table, selection.at_ns.has_value(),
                    [&](const ss_connection& record, bool live, std::size_t bucket, std::size_t way) {
                        if (selected(record, live, selection))
                            found.push_back({counts_calls(selection, record.backend) ? record.call_began_ns
                                                                                     : record.opened_ns,
                                             static_cast<std::uint32_t>(bucket),
                                             static_cast<std::uint8_t>(way)});
                    });
    return found;
}

void for_each_connection(std::span<const ss_bucket> table, const Selection& selection,
                         const VisitConnection& visit)
{
    for_each_record(table, selection.at_ns.has_value(),
                    [&](const ss_connection& record, bool live, std::size_t bucket, std::size_t way) {
                        if (!selected(record, live, selection))
                            return;
                        if (const auto connection = decode_connection(table[bucket], way))
                            visit(*connection);
                    });
}

std::vector<Connection> read_connections(std::span<const ss_bucket> table, const Selection& selection)
{
    std::vector<Found> found = find_connections(table, selection);
    std::sort(found.begin(), found.end(),
              [](const Found& a, const Found& b) { return a.since_ns < b.since_ns; });
    std::vector<Connection> connections;
    connections.reserve(found.size());
    for (const Found& place : found)
        if (auto connection = decode_connection(table[place.bucket], place.way))
            connections.push_back(*connection);
    return connections;
}

std::vector<Connection> read_busy_connections(std::span<const ss_bucket> table,
                                              std::optional<std::uint64_t> since_ns)
{
    std::vector<Connection> connections;
    std::vector<Found> silent;
    std::unordered_set<std::uint32_t> serving;
    for_each_record(table, since_ns.has_value(),
                    [&](const ss_connection& record, bool, std::size_t bucket, std::size_t way) {
                        if (has_call(record, since_ns)) {
                            const auto connection = decode_connection(table[bucket], way);
                            if (!connection)
                                return;
                            connections.push_back(*connection);
                            if (connection->direction == Direction::inbound)
                                serving.insert(connection->pid);
                        } else if (begins(record)) {
                            silent.push_back({record.opened_ns, static_cast<std::uint32_t>(bucket),
                                              static_cast<std::uint8_t>(way)});
                        }
                    });
    for (const Found& place : silent)
        if (serving.contains(table[place.bucket].way[place.way].pid))
            if (const auto connection = decode_connection(table[place.bucket], place.way))
                connections.push_back(*connection);
    return connections;
}

std::optional<std::uint64_t> find_call_end(std::span<const ss_bucket> table, std::uint64_t cookie,
                                           std::uint64_t began_ns)
{
    const auto buckets = static_cast<std::uint32_t>(std::bit_floor(table.size())); // the hot ones are fewer
    const std::uint32_t hot_mask = ss_hot_buckets(buckets) - 1;
    for (const std::uint32_t number :
         {ss_bucket_hot(cookie, hot_mask), ss_bucket_first(cookie, hot_mask, buckets - 1),
          ss_bucket_second(cookie, hot_mask, buckets - 1)})
        for (std::size_t way = 0; number < table.size() && way < SS_WAYS; ++way) {
            const auto connection = decode_connection(table[number], way);
            // The way of a connection that is gone has no cookie any more.
            if (!connection || (connection->cookie != cookie && connection->cookie != 0) ||
                connection->call.began_ns != began_ns)
                continue;
            if (connection->call.state == CallState::none)
                return connection->call.answered_ns;
            if (connection->left_ns != 0)
                return connection->left_ns;
        }
    return std::nullopt;
}

} // namespace slotscope::decode
