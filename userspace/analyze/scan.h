// SPDX-License-Identifier: MIT
// What one look at all connections of the host shows besides the counters: queues, who is left open, which
// backend's connections are the other end of which, and what a process asks in turn.
#pragma once

#include "analyze/evidence.h"
#include "model/holder.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace slotscope::analyze {

// Of one backend, by its record's index.
struct Standing {
    Direction direction = Direction::outbound;
    std::uint64_t open = 0;
    std::uint64_t not_accepted = 0;
    std::uint64_t oldest_not_accepted_ns = 0; // age
    std::uint64_t connecting = 0;
    std::uint64_t oldest_connecting_ns = 0; // age
    std::uint64_t left_open = 0;            // for ten seconds or more
    std::uint64_t in_call = 0;
    std::uint64_t oldest_call_ns = 0; // age
    std::uint64_t long_calls = 0;     // without an answer for kLongCall
    std::set<std::uint32_t> pids;     // at most kMostPids
    // Record of the other end -> connections, about: of those that are idle some tell for all.
    std::map<std::uint32_t, std::uint64_t> other_ends;
};

// Of one process.
struct Doings {
    std::map<std::uint32_t, std::uint64_t> asks;   // outbound record -> calls under way
    std::map<std::uint32_t, std::uint64_t> serves; // inbound record -> connections
};

// A thread that has read a call and not answered it.
struct Serves {
    std::uint32_t pid = 0;
    std::uint32_t tid = 0;
    bool operator==(const Serves&) const = default;
};

struct Scan {
    std::uint64_t at_ns = 0; // CLOCK_MONOTONIC
    std::map<std::uint32_t, Standing> backends;
    std::unordered_map<std::uint32_t, Doings> processes; // by pid
    std::map<std::uint32_t, Address> addresses;          // of a connection of each outbound record
    // Of each record, at most kMostAnswering: connections on which an answer is on its way.
    std::map<std::uint32_t, std::vector<Connection>> answering;
    // Likewise, inbound: of whose request the end has not been taken.
    std::map<std::uint32_t, std::vector<Connection>> requesting;
    // Of each record, at most kMostServing: who serves its calls, at whichever end that is.
    std::map<std::uint32_t, std::vector<Serves>> serving;

    const Standing* of(std::uint32_t index) const;
    // Inbound records that these processes serve.
    std::set<std::uint32_t> served_by(const std::set<std::uint32_t>& pids) const;
    // Calls under way that these processes have made, and where most of them go.
    NextHop asked_by(const std::set<std::uint32_t>& pids) const;
    // The other end of the connections of an outbound record; absent where it is not on this host.
    std::optional<OtherEnd> other_end(std::uint32_t index) const;
    std::optional<std::uint32_t> other_end_index(std::uint32_t index) const; // the record of most of them
};

constexpr std::size_t kMostAnswering = 16;
constexpr std::size_t kMostServing = 64; // threads
constexpr std::size_t kMostServers = 16; // processes
constexpr std::uint64_t kLongCall_ns = 30'000'000'000;

// Calls back with each connection, one at a time: there may be hundreds of thousands.
using EachConnection = std::function<void(const std::function<void(const Connection&)>&)>;

class Scanner {
  public:
    // `connections`: all that hold a slot.
    Scan look(const EachConnection& connections, std::uint64_t now_ns);

  private:
    void note_left_open(const Connection& connection, Standing& standing, std::uint64_t now_ns);

    static constexpr std::size_t kMostLeftOpen = 16'384;
    struct Seen {
        std::uint64_t first_ns = 0;
        std::uint64_t last_ns = 0;
    };
    std::unordered_map<std::uint64_t, Seen> left_open_; // by cookie
};

} // namespace slotscope::analyze
