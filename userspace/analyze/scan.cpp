// SPDX-License-Identifier: MIT
#include "analyze/scan.h"

#include "base/clock.h"

#include <algorithm>
#include <utility>

namespace slotscope::analyze {
namespace {

constexpr std::size_t kMostPids = 256;         // of one backend
constexpr std::size_t kMostProcesses = 16'384; // of the host
constexpr std::uint64_t kLeftOpenFor_ns = 10'000'000'000;

std::uint64_t age(std::uint64_t since_ns, std::uint64_t now_ns)
{
    return now_ns > since_ns ? now_ns - since_ns : 0;
}

// Of so many idle connections of a record it is looked up where their other ends are: they are a pool's, and
// the rest of it leads to the same.
constexpr std::uint64_t kMostIdleEnds = 16;

// What the connections of a record are counted into, found once for those of a process in a row.
struct Counts {
    Standing* standing = nullptr;
    std::uint64_t* doings = nullptr; // of `pid`: what it asks or serves there
    std::uint32_t pid = 0;
    std::uint64_t idle = 0; // outbound ones
};

// Ends are known by the hash of the two addresses as the client sees them, which both ends on this host have.
// That two connections of one look have the same is less likely than one in a billion.
struct OutboundEnd {
    std::uint32_t record = 0;
    bool idle = false;
};

struct InboundEnd {
    std::uint64_t ends = 0;
    std::uint32_t record = 0;
    Serves serves; // a call; no process: none
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
}

Serves serves_of(const Connection& inbound)
{
    const bool unanswered =
        inbound.call.state == CallState::request || inbound.call.state == CallState::waiting;
    return unanswered && inbound.tid != 0 ? Serves{inbound.pid, inbound.tid} : Serves();
}

void note_serving(Scan& scan, std::uint32_t record, const Serves& serves)
{
    if (serves.pid == 0)
        return;
    if (auto& some = scan.serving[record]; some.size() < kMostServing)
        some.push_back(serves);
}

void note_some(std::map<std::uint32_t, std::vector<Connection>>& all, const Connection& connection)
{
    if (auto& some = all[connection.backend]; some.size() < kMostAnswering)
        some.push_back(connection);
}

// One look, connection by connection.
class Look {
  public:
    explicit Look(std::uint64_t now_ns) { scan_.at_ns = now_ns; }

    Standing& add(const Connection& connection)
    {
        Counts& counts = counts_of(connection);
        note_state(connection, *counts.standing, scan_.at_ns);
        note_call(connection, *counts.standing, scan_.at_ns);
        if (connection.call.state == CallState::response)
            note_some(scan_.answering, connection);
        if (connection.direction == Direction::inbound)
            add_inbound(connection, counts);
        else
            add_outbound(connection, counts);
        return *counts.standing;
    }

    Scan finish()
    {
        for (const InboundEnd& inbound : inbound_) {
            const auto other = outbound_.find(inbound.ends);
            if (other == outbound_.end())
                continue;
            const std::uint32_t record = other->second.record;
            const std::uint64_t stands_for = other->second.idle ? idle_ends_stand_for(record) : 1;
            scan_.backends[record].other_ends[inbound.record] += stands_for;
            scan_.backends[inbound.record].other_ends[record] += stands_for;
            note_serving(scan_, record, inbound.serves);
        }
        return std::move(scan_);
    }

  private:
    Counts& counts_of(const Connection& connection)
    {
        Counts& counts = counts_[connection.backend];
        if (!counts.standing) {
            counts.standing = &scan_.backends[connection.backend];
            counts.standing->direction = connection.direction;
        }
        if (counts.pid != connection.pid) {
            counts.pid = connection.pid;
            counts.doings = doings_of(connection);
            if (connection.pid != 0 && counts.standing->pids.size() < kMostPids)
                counts.standing->pids.insert(connection.pid);
        }
        return counts;
    }

    std::uint64_t* doings_of(const Connection& connection)
    {
        if (connection.pid == 0 ||
            (!scan_.processes.contains(connection.pid) && scan_.processes.size() >= kMostProcesses))
            return nullptr;
        Doings& doings = scan_.processes[connection.pid];
        return connection.direction == Direction::inbound ? &doings.serves[connection.backend]
                                                          : &doings.asks[connection.backend];
    }

    void add_inbound(const Connection& connection, Counts& counts)
    {
        if (connection.call.state == CallState::request)
            note_some(scan_.requesting, connection);
        if (counts.doings)
            ++*counts.doings;
        const Serves serves = serves_of(connection);
        note_serving(scan_, connection.backend, serves);
        inbound_.push_back({hash_of(connection.remote, connection.local), connection.backend, serves});
    }

    void add_outbound(const Connection& connection, Counts& counts)
    {
        if (counts.doings)
            *counts.doings += connection.call.in_flight();
        scan_.addresses.emplace(connection.backend, connection.remote);
        const bool idle = connection.call.state == CallState::none;
        if (!idle || counts.idle++ < kMostIdleEnds)
            outbound_.emplace(hash_of(connection.local, connection.remote),
                              OutboundEnd{connection.backend, idle});
    }

    std::uint64_t idle_ends_stand_for(std::uint32_t record) const
    {
        const std::uint64_t idle = counts_.at(record).idle;
        return (idle + kMostIdleEnds - 1) / kMostIdleEnds;
    }

    Scan scan_;
    std::unordered_map<std::uint32_t, Counts> counts_; // by record
    std::unordered_map<std::uint64_t, OutboundEnd> outbound_;
    std::vector<InboundEnd> inbound_;
};

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

Scan Scanner::look(const EachConnection& connections, std::uint64_t now_ns)
{
    Look look(now_ns);
    connections(
        [&](const Connection& connection) { note_left_open(connection, look.add(connection), now_ns); });
    std::erase_if(left_open_, [now_ns](const auto& each) { return each.second.last_ns != now_ns; });
    return look.finish();
}

} // namespace slotscope::analyze
