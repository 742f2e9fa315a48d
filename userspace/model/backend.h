// SPDX-License-Identifier: MIT
// One backend as the kernel counts it, and as a snapshot shows it.
#pragma once

#include "model/limit.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace slotscope {

// Why a connection is counted as failed. The order is the kernel's (include/slotscope/abi/backend.h).
enum class Failure : std::uint8_t {
    refused,
    timed_out,
    reset_connecting,
    reset,
    aborted,
    no_port,
    unreachable,
    other,
};
constexpr std::size_t kFailureReasons = 8;

// The JSON key and the Prometheus label of the reason.
std::string_view to_string(Failure reason);

// Durations by bucket; the same bounds for all, see slotscope/abi/histogram.h.
struct Histogram {
    std::vector<std::uint64_t> counts;
    std::uint64_t sum_ns = 0;

    std::uint64_t total() const;
    void add(const Histogram& other);
    bool operator==(const Histogram&) const = default;
};

// What came of calls. The order is the kernel's (include/slotscope/abi/call.h).
enum class CallOutcome : std::uint8_t {
    ok,
    error,
    client_error,
    unavailable,
    server_error,
    aborted,
    unknown
};
constexpr std::size_t kCallOutcomes = 7;

// The JSON key and the Prometheus label of the outcome: "ok", "error", "4xx", "503", "5xx", "aborted",
// "unknown".
std::string_view to_string(CallOutcome outcome);

// Requests and their answers. One at a time holds its connection: a pipelined one begins when it is its turn.
struct CallCounters {
    std::uint64_t in_flight = 0;
    std::uint64_t peak = 0;  // of in_flight
    std::uint64_t limit = 0; // 0: none that counts calls
    std::array<std::uint64_t, kCallOutcomes> outcomes{};
    std::uint64_t by_timing = 0; // how many of the outcomes no protocol told
    std::uint64_t slot_ns = 0;   // call-nanoseconds up to the moment of reading
    std::uint64_t longest_ns = 0;
    Histogram durations;  // from the first byte of the request to the last of the answer
    Histogram first_byte; // … to the first of the answer

    std::uint64_t finished() const;
    std::uint64_t started() const { return finished() + in_flight; }
};

// The slots that a limit counts.
struct SlotUse {
    SlotKind kind = SlotKind::connections;
    std::uint64_t in_use = 0;
    std::uint64_t limit = 0; // 0: none is known
    std::uint64_t peak = 0;
    std::uint64_t slot_ns = 0;
    std::uint64_t longest_ns = 0;
    const Histogram* held = nullptr; // lives as long as the counters
};

// What the kernel counted, decoded; everything since the record was made.
struct BackendCounters {
    std::uint32_t index = 0; // of the record in the kernel's table
    Address address;         // its first one
    Direction direction = Direction::outbound;
    std::uint32_t netns = 0; // inode; 0 where the address means the same in every namespace
    std::uint32_t group = 0; // number of the configured limit, 0 none
    std::uint32_t listeners = 0;
    std::uint64_t created_ns = 0; // CLOCK_MONOTONIC; 0: the record is free

    std::uint64_t in_use = 0;
    std::uint64_t peak = 0;
    std::uint64_t limit = 0;
    std::uint64_t limit_hits = 0;
    bool at_limit = false;
    std::uint64_t time_at_limit_ns = 0;

    std::uint64_t opened = 0;
    std::uint64_t closed = 0;
    std::uint64_t up = 0;
    std::array<std::uint64_t, kFailureReasons> failed{};
    std::uint64_t older = 0; // how many of `opened` are older than the agent

    std::uint64_t slot_ns = 0; // slot-nanoseconds up to the moment of reading
    std::uint64_t hold_max_ns = 0;
    Histogram hold;
    std::uint64_t accepted = 0;
    Histogram accept_wait;
    CallCounters calls;

    // Calls where the limit counts calls, else connections.
    SlotUse slots() const;
    std::uint64_t failed_total() const;
    std::uint64_t open() const;       // opened - closed - failed
    std::uint64_t connecting() const; // outbound only
};

// Adds up what a backend that nobody uses any more has counted.
void add_ended(BackendCounters& to, const BackendCounters& ended);

// Quantiles of the slots' hold times, in seconds; absent where nothing has ended yet.
struct HoldTimes {
    double mean = 0;
    double p50 = 0;
    double p90 = 0;
    double p99 = 0;
    double max = 0;
};

// The same of the slots that were given back in the last minute or two.
struct RecentHolds {
    double seconds = 0; // how far back
    std::uint64_t count = 0;
    double mean = 0; // this and those below: 0 where the count is
    double p50 = 0;
    double p90 = 0;
    double p99 = 0;
};

// Index of the record that takes what the tables cannot hold, and what folded backends have counted.
constexpr std::uint32_t kOtherBackend = 0;

// What counters of slots said at some time.
struct SlotsBefore {
    std::uint64_t slot_ns = 0;
    Histogram held;
};

// One backend in a snapshot.
struct Backend {
    std::string name;                 // unique within its direction: from the limit, else the address
    std::string address;              // the first address
    std::vector<std::string> members; // all configured addresses where there are several, else empty
    std::string netns; // name (or inode) of its network namespace where that is not the agent's, else empty
    std::string limit_source; // where the limit is written; empty without one
    BackendCounters counters;
    double arrivals_per_second = 0; // calls where the limit counts calls, else openings; over 10 seconds
    std::optional<HoldTimes> hold;  // over the whole life of the record
    std::optional<RecentHolds> recent_holds; // absent where nobody looked: nothing went on, or too many do
    // When its limit began to count what it counts now; absent: it always did.
    std::optional<SlotsBefore> before_kind;
};

// For a message: "app1, app2 and 3 more"; "none" where there is none. A name that both directions have is
// said once.
std::string known_names(std::span<const Backend> backends);

} // namespace slotscope
