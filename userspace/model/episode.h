// SPDX-License-Identifier: MIT
// What happened to a backend that ran out of slots, why, and what would help.
#pragma once

#include "model/holder.h"
#include "model/limit.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope {

enum class Cause : std::uint8_t {
    unknown,
    demand_surge,
    slow_backend,
    slow_dependency,
    limit_too_low,
    stuck_calls,
    connection_leak,
    idle_holders,
    generation_overlap,
    accept_stall,
    serialisation,
    slow_reader,
    connect_trouble,
};
constexpr std::size_t kCauses = 13;

// "unknown", "demand_surge", …: the contract's word.
std::string_view to_string(Cause cause);
std::optional<Cause> parse_cause(std::string_view word);

// A backend, over one period (usually a second).
struct Window {
    std::chrono::system_clock::time_point begin;
    double seconds = 0;
    std::uint64_t arrivals = 0;    // slots taken: calls begun or connections opened, by what the limit counts
    std::uint64_t completions = 0; // slots given back
    std::uint64_t failures = 0;    // connections that never came to be, or were reset with a call outstanding
    std::uint64_t refusals = 0;    // answers with 503
    std::uint64_t limit_hits = 0;
    std::uint64_t in_use = 0; // at the end
    std::uint64_t peak = 0;   // most during it, where known: at least in_use
    std::uint64_t limit = 0;  // 0: none
    double slot_seconds = 0;
    double at_limit_seconds = 0;
    // Of the slots that were given back in it; absent where none was.
    std::optional<double> hold_mean_seconds;
    std::optional<double> hold_p50_seconds;
    std::optional<double> hold_p95_seconds;

    bool operator==(const Window&) const = default;
};

// Part of an episode's slot-seconds.
struct Culprit {
    std::string process; // name; empty: not known
    std::string call;    // label; empty: not known
    std::string state;   // that held the most of them: "waiting", "idle", "connecting", …
    double share = 0;    // 0 to 1, of the slot-seconds that were looked at
    double oldest_seconds = 0;
    std::string waits_for_address; // empty: nothing seen
    std::string waits_for_call;    // likewise

    bool operator==(const Culprit&) const = default;
};

struct Dependency {
    std::string backend; // name here; may be empty
    std::string address;
    std::string call;    // label; may be empty
    double share = 0;    // of the slot-seconds, that waits on it
    bool shared = false; // made by a process that serves several calls at a time: a share, not a link

    bool operator==(const Dependency&) const = default;
};

struct Advice {
    std::string product; // "haproxy"; empty: whatever it is
    std::string change;  // in the product's own words where it is known
    std::string reason;  // with its arithmetic; says where it is a rule of thumb
    bool operator==(const Advice&) const = default;
};

struct Contribution {
    Cause cause = Cause::unknown;
    double score = 0; // 0 to 1
    std::string because;

    bool operator==(const Contribution&) const = default;
};

struct Verdict {
    Cause cause = Cause::unknown;
    double confidence = 0; // 0 to 1
    std::string sentence;
    // By name: "arrival_ratio", "hold_ratio", "share_from_demand", "share_from_hold", …; absent: not known.
    std::map<std::string, double> evidence;
    std::vector<Culprit> culprits; // most slot-seconds first
    std::optional<Dependency> dependency;
    std::vector<Contribution> causes; // the primary first, then those that contribute
    std::vector<Advice> advice;       // fastest relief first
    std::vector<std::string> missing; // what would have to be known for a better verdict

    bool operator==(const Verdict&) const = default;
};

struct Episode {
    std::uint64_t id = 0; // 1 on; never used twice, over restarts too
    std::string backend;  // name
    std::string address;
    Direction direction = Direction::outbound;
    SlotKind kind = SlotKind::connections;
    std::uint64_t limit = 0; // when it began; 0: none, it is about something else
    std::string limit_source;
    std::chrono::system_clock::time_point began;
    std::optional<std::chrono::system_clock::time_point> ended; // absent: it lasts
    bool cut_off = false; // the agent ended first: `ended` is the last moment it was seen
    std::uint64_t peak = 0;
    std::uint64_t limit_hits = 0;
    std::uint64_t refusals = 0;
    double slot_seconds = 0;
    double at_limit_seconds = 0;
    std::uint64_t linked_to = 0; // the episode whose cause is behind this one; 0: none
    Verdict verdict;
    std::vector<Window> timeline;    // from some minutes before; thinned where it is long
    std::vector<Holder> holders;     // at the moment the limit was reached, oldest first, bounded
    std::uint64_t holders_total = 0; // how many there were
};

} // namespace slotscope
