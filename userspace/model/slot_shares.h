// SPDX-License-Identifier: MIT
// Slot-seconds by who held the slots and what for, over the last minutes.
#pragma once

#include "model/holder.h"
#include "model/limit.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope {

// What the time of a slot is put down to. Empty texts: not known, or there is none.
struct SlotUser {
    std::string process; // name
    std::string call;    // label
    Protocol protocol = Protocol::unknown;
    std::string state; // see slot_state()
    std::string waits_for_address;
    std::string waits_for_call; // label

    bool operator==(const SlotUser&) const = default;
};

// What a connection that holds a slot does: "request", "waiting", "response" or "answered" of a call that is
// under way, else "idle", "connecting", "not_accepted", "peer_closed" or "half_closed".
std::string_view slot_state(const Connection& connection);

struct SlotShare {
    SlotUser user;
    double slot_seconds = 0;
    double share = 0; // 0 to 1, of all that was sampled of the backend
    double oldest_seconds =
        0; // the longest that one had lasted when it was seen: still held, so at least that long
    bool certain = true; // false: what it waits for is (partly) a share of its process' calls, see WaitsFor
};

// The calls of one name, in all states of their life.
struct NamedCalls {
    std::string process; // name; empty: not known
    std::string call;    // label; empty: not known
    Protocol protocol = Protocol::unknown;
    double slot_seconds = 0; // from looks at the holders, as SlotShare has them
    double share = 0;
    std::uint64_t count = 0;            // that ended
    std::optional<double> mean_seconds; // of those; absent where none did
    std::optional<double> p99_seconds;
};

// One backend over a window.
struct BackendCalls {
    std::string backend; // name
    std::string address;
    Direction direction = Direction::outbound;
    SlotKind kind = SlotKind::connections;
    std::uint64_t limit = 0; // 0: none

    // From the kernel's counters, exact.
    double seconds = 0; // that they cover: less than asked for where the backend is younger
    double slot_seconds = 0;
    std::uint64_t calls_started = 0;
    std::uint64_t calls_finished = 0;
    std::uint64_t calls_in_flight = 0;  // now
    std::optional<double> mean_seconds; // of the calls that finished; absent where none did
    std::optional<double> p99_seconds;

    // From looks at the holders: unbiased estimates.
    double sampled_seconds = 0; // that the looks stand for
    double sampled_slot_seconds = 0;
    double other_slot_seconds = 0; // part of it that no share is listed for
    std::vector<SlotShare> shares; // most slot-seconds first

    // By name. Counts, means and quantiles are of a random part of the calls that ended, scaled to all.
    std::vector<NamedCalls> by_call;  // most slot-seconds first
    std::uint64_t nameless_count = 0; // calls that ended and are in none of them
    std::uint64_t calls_told = 0;     // that the part was
    std::uint64_t calls_lost = 0;     // of that part, no room was for
    bool counts_exact = true;         // the part was all of them
};

// A counter of the whole life of the agent.
struct HolderSeconds {
    std::string backend; // name
    Direction direction = Direction::outbound;
    std::string process; // "(unknown)"; "other" for the rest
    std::string call;    // where it has no label "(http)", "(idle)"; "other" for the rest
    double slot_seconds = 0;
};

struct CallsQuery {
    std::string backend;                // name or address; empty: all
    std::optional<Direction> direction; // absent: both
    std::uint32_t seconds = 300;
};

struct CallsPage {
    std::uint32_t seconds = 0;          // asked for, in whole slices
    std::uint64_t looks = 0;            // at the holders, in that time
    std::vector<BackendCalls> backends; // most slot-seconds first
};

} // namespace slotscope
