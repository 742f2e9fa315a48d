// SPDX-License-Identifier: MIT
#include "analyze/scan.h"

#include "base/clock.h"

#include <algorithm>
#include <cstring>

namespace slotscope::analyze {
namespace {

constexpr std::size_t kMostPids = 256;         // of one backend
constexpr std::size_t kMostProcesses = 16'384; // of the host
constexpr std::uint64_t kLeftOpenFor_ns = 10'000'000'000;

std::uint64_t age(std::uint64_t since_ns, std::uint64_t now_ns)
{
    return now_ns > since_ns ? now_ns - since_ns : 0;
}

// Both ends of a connection of this host have the same pair, the other way round.
struct Ends {
    Address client;
    Address server;
    bool operator==(const Ends&) const = default;
};

struct HashOfEnds {
    std::size_t operator()(const Ends& ends) const
    {
        std::uint64_t a = 0;
        std::uint64_t b = 0;
        std::memcpy(&a, ends.client.ip.data() + 8, sizeof(a));
        std::memcpy(&b, ends.server.ip.data() + 8, sizeof(b));
        a ^= (b << 17U) ^ (std::uint64_t{ends.client.port} << 48U) ^ (std::uint64_t{ends.server.port} << 32U);
        return static_cast<std::size_t>(a * 0x9e3779b97f4a7c15ULL);
    }
};

void note_call(const Connection& connection, Standing& standing, std::uint64_t now_ns)
{
    if (!connection.call.holds_slot())
        return;
    standing.in_call += connection.call.in_flight();
    const std::uint64_t call_age = age(connection.call.began_ns, now_ns);
    standing.oldest_call_ns = std::max(standing.oldest_call_ns, call_age);
    if (connection.call.state != CallState::response && call_age >= kLongCall_ns)
        ++standing.long_calls;
}

void note_state(const Connection& connection, Standing& standing, std::uint64_t now_ns)
{
    ++standing.open;
    const std::uint64_t open_for = age(connection.opened_ns, now_ns);
    if (connection.state == ConnectionState::connecting) {
        ++standing.connecting;
        standing.oldest_connecting_ns = std::max(standing.oldest_connecting_ns, open_for);
    } else if (connection.direction == Direction::inbound && !connection.accepted) {
        ++standing.not_accepted;
        standing.oldest_not_accepted_ns = std::max(standing.oldest_not_accepted_ns, open_for);
    }
    if (connection.pid != 0 && standing.pids.size() < kMostPids)
        standing.pids.insert(connection.pid);
}

void note_serving(Scan& scan, std::uint32_t record, const Connection& inbound)
{
    const bool unanswered =
        inbound.call.state == CallState::request || inbound.call.state == CallState::waiting;
    if (!unanswered || inbound.pid == 0 || inbound.tid == 0)
        return;
    if (auto& some = scan.serving[record]; some.size() < kMostServing)
        some.push_back({inbound.pid, inbound.tid});
}

} // namespace

const Standing* Scan::of(std::uint32_t index) const
{
    const auto found = backends.find(index);
    return found == backends.end() ? nullptr : &found->second;
}

std::set<std::uint32_t> Scan::served_by(const std::set<std::uint32_t>& pids) const
{
    std::set<std::uint32_t> records;
    for (const std::uint32_t pid : pids)
        if (const auto found = processes.find(pid); found != processes.end())
            for (const auto& [record, count] : found->second.serves)
                records.insert(record);
    return records;
}

NextHop Scan::asked_by(const std::set<std::uint32_t>& pids) const
{
    std::map<std::uint32_t, std::uint64_t> calls;
    for (const std::uint32_t pid : pids)
        if (const auto found = processes.find(pid); found != processes.end())
            for (const auto& [record, count] : found->second.asks)
                calls[record] += count;
    NextHop hop;
    hop.samples = 1;
    std::uint64_t most = 0;
    for (const auto& [record, count] : calls) {
        hop.concurrency += static_cast<double>(count);
        if (count <= most)
            continue;
        most = count;
        hop.record = record;
        if (const auto address = addresses.find(record); address != addresses.end())
            hop.address = to_string(address->second);
    }
    hop.idle_share = hop.concurrency == 0 ? 1 : 0;
    return hop;
}

std::optional<std::uint32_t> Scan::other_end_index(std::uint32_t index) const
{
    const Standing* const standing = of(index);
    if (!standing || standing->other_ends.empty())
        return std::nullopt;
    return std::max_element(standing->other_ends.begin(), standing->other_ends.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
}

std::optional<OtherEnd> Scan::other_end(std::uint32_t index) const
{
    const auto other = other_end_index(index);
    if (!other || of(index)->direction != Direction::outbound)
        return std::nullopt;
    const Standing& standing = *of(*other);
    OtherEnd end;
    end.in_use = standing.open;
    end.not_accepted = standing.not_accepted;
    end.oldest_not_accepted_seconds = seconds_of(standing.oldest_not_accepted_ns);
    end.owners = standing.pids.size();
    return end;
}

void Scanner::note_left_open(const Connection& connection, Standing& standing, std::uint64_t now_ns)
{
    const bool accepted = connection.direction == Direction::outbound || connection.accepted;
    if (connection.state != ConnectionState::peer_closed || connection.call.holds_slot() || !accepted)
        return;
    if (!left_open_.contains(connection.cookie) && left_open_.size() >= kMostLeftOpen)
        return;
    Seen& seen = left_open_[connection.cookie];
    if (seen.first_ns == 0)
        seen.first_ns = now_ns;
    seen.last_ns = now_ns;
    if (now_ns - seen.first_ns >= kLeftOpenFor_ns)
        ++standing.left_open;
}

Scan Scanner::look(std::span<const Connection> connections, std::uint64_t now_ns)
{
    Scan scan;
    scan.at_ns = now_ns;
    std::unordered_map<Ends, std::uint32_t, HashOfEnds> outbound;
    for (const Connection& connection : connections) {
        Standing& standing = scan.backends[connection.backend];
        standing.direction = connection.direction;
        note_state(connection, standing, now_ns);
        note_call(connection, standing, now_ns);
        note_left_open(connection, standing, now_ns);
        if (connection.call.state == CallState::response)
            if (auto& some = scan.answering[connection.backend]; some.size() < kMostAnswering)
                some.push_back(connection);
        if (connection.call.state == CallState::request && connection.direction == Direction::inbound)
            if (auto& some = scan.requesting[connection.backend]; some.size() < kMostAnswering)
                some.push_back(connection);
        const bool out = connection.direction == Direction::outbound;
        if (out) {
            outbound.emplace(Ends{connection.local, connection.remote}, connection.backend);
            scan.addresses.emplace(connection.backend, connection.remote);
        }
        if (connection.pid == 0 ||
            (!scan.processes.contains(connection.pid) && scan.processes.size() >= kMostProcesses))
            continue;
        Doings& doings = scan.processes[connection.pid];
        if (!out)
            ++doings.serves[connection.backend];
        else
            doings.asks[connection.backend] += connection.call.in_flight();
    }
    for (const Connection& connection : connections) {
        if (connection.direction != Direction::inbound)
            continue;
        note_serving(scan, connection.backend, connection);
        const auto other = outbound.find(Ends{connection.remote, connection.local});
        if (other == outbound.end())
            continue;
        ++scan.backends[other->second].other_ends[connection.backend];
        ++scan.backends[connection.backend].other_ends[other->second];
        note_serving(scan, other->second, connection);
    }
    std::erase_if(left_open_, [now_ns](const auto& each) { return each.second.last_ns != now_ns; });
    return scan;
}

} // namespace slotscope::analyze
