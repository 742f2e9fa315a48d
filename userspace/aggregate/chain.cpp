// SPDX-License-Identifier: MIT
#include "aggregate/chain.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace slotscope::aggregate {
namespace {

bool in_call(const Connection& connection, std::optional<std::uint64_t> at_ns)
{
    const Call& call = connection.call;
    if (!at_ns)
        return call.holds_slot();
    return call.began_ns != 0 && call.began_ns <= *at_ns && (call.holds_slot() || call.answered_ns > *at_ns);
}

// It is still to be established, or the server has not said a word yet: what was sent is no call before the
// start of a session of PostgreSQL or the handshake of TLS is over, and MySQL's server is the first to speak.
bool begins(const Connection& connection, std::optional<std::uint64_t> at_ns)
{
    const bool unanswered = connection.state == ConnectionState::established && !connection.older &&
                            connection.call.began_ns == 0 && connection.bytes_received == 0;
    return connection.direction == Direction::outbound &&
           (connection.state == ConnectionState::connecting || unanswered) &&
           (!at_ns || connection.opened_ns <= *at_ns);
}

// The address means another host in each network namespace.
bool is_of_namespace(const Connection& connection)
{
    return connection.local.is_loopback() || connection.remote.is_loopback();
}

// The two ends of one connection: that call is served there, and waits on nothing but its own end.
bool are_ends_of_one(const Connection& outbound, const Connection& inbound)
{
    return outbound.local == inbound.remote && outbound.remote == inbound.local;
}

// An end that is older than the connection is one of an earlier connection between the same ports.
bool recycled(const Connection& outbound, const Connection& inbound)
{
    return !outbound.older && !inbound.older && inbound.opened_ns < outbound.opened_ns;
}

// Places are sorted, since a connection is large.
std::vector<Connection> busy_by_time(const std::vector<Connection>& connections,
                                     std::optional<std::uint64_t> at_ns)
{
    std::vector<std::pair<std::uint64_t, std::uint32_t>> places;
    for (std::uint32_t i = 0; i < connections.size(); ++i)
        if (in_call(connections[i], at_ns) || begins(connections[i], at_ns))
            places.emplace_back(waiting_since_ns(connections[i]), i);
    std::sort(places.begin(), places.end());
    std::vector<Connection> busy;
    busy.reserve(places.size());
    for (const auto& [since_ns, place] : places)
        busy.push_back(connections[place]);
    return busy;
}

} // namespace

std::uint64_t waiting_since_ns(const Connection& outbound)
{
    return outbound.state == ConnectionState::connecting || outbound.call.began_ns == 0
               ? outbound.opened_ns
               : outbound.call.began_ns;
}

Chain::Chain(const std::vector<Connection>& connections, std::optional<std::uint64_t> at_ns)
    : connections_(busy_by_time(connections, at_ns))
{
    links_.resize(connections_.size());
    index_inbound();
    for (std::uint32_t i = 0; i < connections_.size(); ++i)
        if (const Connection& connection = connections_[i]; connection.pid != 0) {
            Server& server = servers_[connection.pid];
            (connection.direction == Direction::inbound ? server.inbound : server.outbound).push_back(i);
        }
    for (const auto& [pid, server] : servers_)
        if (!server.inbound.empty() && !server.outbound.empty())
            link(server);
}

void Chain::index_inbound()
{
    heads_.assign(std::bit_ceil(connections_.size() + 1), kNone);
    following_.assign(connections_.size(), kNone);
    for (std::uint32_t i = 0; i < connections_.size(); ++i) {
        const Connection& connection = connections_[i];
        if (connection.direction != Direction::inbound)
            continue;
        std::uint32_t& head = heads_[hash_of(connection.local, connection.remote) & (heads_.size() - 1)];
        following_[i] = head;
        head = i;
    }
}

// Of two that were under way when they were first seen, nobody knows which began first.
bool Chain::since(std::uint32_t outbound, std::uint32_t inbound) const
{
    const Connection& made = connections_[outbound];
    const Connection& served = connections_[inbound];
    return waiting_since_ns(made) >= served.call.began_ns ||
           (served.call.older && (made.call.older || made.older));
}

void Chain::link(const Server& server)
{
    Serves serves;
    serves.reserve(server.inbound.size());
    for (const std::uint32_t inbound : server.inbound)
        serves.emplace_back(connections_[inbound].tid, inbound);
    std::sort(serves.begin(), serves.end());
    Server rest = server;
    if (server.inbound.size() > 1 && by_thread(server, serves))
        link_threads(rest, serves);
    link_in_order(rest, server.inbound.size() == 1);
}

std::uint32_t Chain::served_by(const Serves& serves, std::uint32_t tid)
{
    const auto place = std::lower_bound(serves.begin(), serves.end(), std::pair{tid, std::uint32_t{0}});
    return place != serves.end() && place->first == tid ? place->second : kNone;
}

// Each thread that serves has one call, and has made none that is older than it. Calls handed from thread to
// thread break the one or the other as soon as there are some of them.
bool Chain::by_thread(const Server& server, const Serves& serves) const
{
    const auto same_thread = [](const auto& a, const auto& b) { return a.first == b.first; };
    if (std::adjacent_find(serves.begin(), serves.end(), same_thread) != serves.end())
        return false;
    return std::all_of(server.outbound.begin(), server.outbound.end(), [&](std::uint32_t outbound) {
        const std::uint32_t served = served_by(serves, connections_[outbound].tid);
        return served == kNone || since(outbound, served);
    });
}

// Leaves in `server` what this does not explain: calls of threads that have made none, and those that threads
// have made that serve none.
void Chain::link_threads(Server& server, const Serves& serves)
{
    std::erase_if(server.outbound, [&](std::uint32_t outbound) {
        const std::uint32_t served = served_by(serves, connections_[outbound].tid);
        if (served == kNone)
            return false;
        if (links_[served].outbound == kNone &&
            !are_ends_of_one(connections_[outbound],
                             connections_[served])) // the first one is the one that has lasted longest
            links_[served] = {outbound, true};
        return true;
    });
    std::erase_if(server.inbound, [&](std::uint32_t inbound) { return links_[inbound].outbound != kNone; });
}

void Chain::link_in_order(const Server& server, bool certain)
{
    std::vector<std::uint32_t> open; // calls that have begun and have no link yet
    auto next = server.inbound.begin();
    for (const std::uint32_t outbound : server.outbound) {
        for (; next != server.inbound.end() && since(outbound, *next); ++next)
            open.push_back(*next);
        const auto served_last = std::find_if(open.rbegin(), open.rend(), [&](std::uint32_t inbound) {
            return !are_ends_of_one(connections_[outbound], connections_[inbound]);
        });
        if (served_last == open.rend())
            continue;
        // Client and server in one process: what another thread asks of the server is not what this call
        // waits on.
        const Connection& made = connections_[outbound];
        const Connection& served = connections_[*served_last];
        if (made.remote == served.local && made.tid != served.tid)
            continue;
        links_[*served_last] = {outbound, certain};
        open.erase(std::next(served_last).base());
    }
}

// The same namespace before any other; where several others have such an end, nobody can tell which.
std::uint32_t Chain::inbound_end(const Connection& holder) const
{
    const bool own = holder.direction == Direction::inbound;
    const Address& local = own ? holder.local : holder.remote;
    const Address& remote = own ? holder.remote : holder.local;
    std::uint32_t elsewhere = kNone;
    bool several = false;
    for (std::uint32_t i = heads_[hash_of(local, remote) & (heads_.size() - 1)]; i != kNone;
         i = following_[i]) {
        const Connection& end = connections_[i];
        if (end.local != local || end.remote != remote)
            continue;
        if (own) {
            if (end.cookie == holder.cookie && end.opened_ns == holder.opened_ns)
                return i;
            continue;
        }
        if (recycled(holder, end))
            continue;
        if (end.netns == holder.netns)
            return i;
        if (is_of_namespace(holder))
            continue;
        several |= elsewhere != kNone;
        elsewhere = i;
    }
    return several ? kNone : elsewhere;
}

std::optional<Hop> Chain::next(const Connection& holder) const
{
    if (holder.state == ConnectionState::connecting)
        return std::nullopt;
    const std::uint32_t inbound = inbound_end(holder);
    if (inbound == kNone || links_[inbound].outbound == kNone)
        return std::nullopt;
    const Connection& served = connections_[inbound];
    const Link& link = links_[inbound];
    return Hop{&connections_[link.outbound], served.pid, served.tid, link.certain};
}

} // namespace slotscope::aggregate
