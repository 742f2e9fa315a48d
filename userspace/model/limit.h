// SPDX-License-Identifier: MIT
// How many slots there are, of what, and where that number is written.
#pragma once

#include "model/address.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope {

enum class Direction : std::uint8_t { outbound = 0, inbound = 1 };
enum class SlotKind : std::uint8_t { connections = 0, calls = 1 };

std::string_view to_string(Direction direction);
std::string_view to_string(SlotKind kind);

// How far a limit's number can be trusted.
enum class Certainty : std::uint8_t {
    certain, // the product itself counts against exactly this number
    at_most, // what holds at the moment may be less: it moves with the load
    moving,  // it moves with the load too, and this is what held at the last look
    unsure,  // LimitOrigin::doubt says why
};
std::string_view to_string(Certainty certainty);

// Processes of a product that were started together. While several generations run (a reload whose old
// workers still have connections) each has the slots of its own configuration.
struct Generation {
    std::vector<std::uint32_t> pids;
    std::int64_t started_ns = 0; // of the first of them, CLOCK_REALTIME
    std::uint32_t slots = 0;     // its own; 0: not known, it is older than the first look at it
    bool newest = false;         // takes what arrives from now on; the limit is that of this one
    std::uint64_t in_use = 0;    // slots that its processes hold: in answers only

    bool operator==(const Generation&) const = default;
};

// What a larger limit is written into, where that is another number than the slots are: a worker's share of
// them, one database's pool.
struct LimitSetting {
    std::string name;        // "max_conns"; empty: the slots are the number that is written
    std::uint32_t value = 0; // as it is written now
    double slots_each = 1;   // that one more there makes; 0: not known, or there are several to raise

    bool operator==(const LimitSetting&) const = default;
};

// How a limit that nobody gave to the agent came to be known.
struct LimitOrigin {
    std::string product; // "haproxy"; empty: the limit was given, and the rest means nothing
    std::string rule;    // what one slot is, a sentence
    Certainty certainty = Certainty::certain;
    std::string doubt;
    std::vector<std::string> arithmetic; // how the number comes about, a line each
    std::uint32_t pid = 0;               // of the product's main process
    std::uint32_t netns = 0;             // inode of its network namespace
    std::string live; // what the running product was asked by: "stats socket /run/a"; empty: its files only
    std::vector<Generation> generations; // by age, while there are several; else empty
    LimitSetting setting;

    bool operator==(const LimitOrigin&) const = default;
};

struct Limit {
    std::string name;                // of the backend
    std::vector<Endpoint> addresses; // several: they share the slots of one backend
    std::uint32_t slots = 0;         // at least 1
    SlotKind kind = SlotKind::connections;
    std::optional<Direction> direction; // absent: it holds for each side that this host sees
    std::string source;                 // where the number is written: "--limit", "slotscope.toml:12"
    int line = 0;                       // for messages; 0 where there is none
    LimitOrigin origin;
    std::string set_aside; // why it is shown only, and counts nothing: another one holds; empty: it counts

    bool operator==(const Limit&) const = default;
};

// A limit as people see it.
struct LimitView {
    Limit limit;
    std::string note; // why it is not (wholly) in force; empty: it is
};

// Something in a product's files that a reader looked at and could not make a limit of.
struct NotUnderstood {
    std::string product;
    std::string source; // "/etc/haproxy/haproxy.cfg:23", or what was looked at instead of a file
    std::string text;   // as it is written there, shortened; may be empty
    std::string why;

    bool operator==(const NotUnderstood&) const = default;
};

} // namespace slotscope
