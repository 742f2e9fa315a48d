// SPDX-License-Identifier: MIT
// The rows of /v1/backends and /v1/holders as values, for all that shows or judges them.
#pragma once

#include "cli/render/field.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slotscope::cli {

// All texts are printable. Durations in seconds.
struct BackendRow {
    std::string name;
    std::string address;
    std::string direction;          // "outbound", "inbound"
    std::size_t more_addresses = 0; // besides `address`
    std::string network_namespace;  // empty: the agent's own
    std::uint64_t in_use = 0;
    std::optional<std::uint64_t> limit;
    bool limit_is_learned = false; // "about", from what was refused: no product tells it
    std::uint64_t peak = 0;
    std::uint64_t limit_hits = 0;
    double time_at_limit = 0;
    bool at_limit = false;
    std::uint64_t open = 0;
    std::uint64_t failed = 0;
    double arrivals_per_second = 0;
    std::optional<double> hold_p50; // absent where nothing ended in the last minutes
    std::optional<double> hold_p99;

    bool full() const { return limit && (at_limit || in_use >= *limit); }
};

// Throw UnexpectedAnswer; call them inside reading().
BackendRow backend_row(const Field& backend);
// Of a whole answer, fullest first: by in use/limit, then those without a limit by in use; then by name.
std::vector<BackendRow> backend_rows(const Json& answer);

struct HolderRow {
    std::string backend;
    std::string direction;
    std::string state;
    double age = 0;
    bool age_is_lower_bound = false;
    std::string local;
    std::string remote;
    bool process_known = false;
    std::uint64_t pid = 0;
    std::string process; // empty: it is gone
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    std::string last_io; // "none", "sent", "received"
    std::optional<double> last_io_ago;
    bool waits_for_accept = false;
    bool is_call = false;        // the slot; else it is the connection
    std::string call_state;      // "idle", "request", …; empty: not known
    bool in_transaction = false; // a database's answer said that one is open behind it
    std::optional<double> call_age;
    std::string protocol;                 // empty: none was seen yet
    std::string call;                     // label, empty: not known
    std::optional<std::uint64_t> streams; // HTTP/2: calls in flight on the connection
    std::string waits_for; // "127.0.0.1:5432 SELECT …", with ~ where it is not certain; empty: nothing

    bool has_call() const { return !call_state.empty() && call_state != "idle"; }
    // Its calls are followed, and there is none.
    bool is_idle() const { return call_state == "idle" && !protocol.empty() && state == "established"; }
};

// Of a whole answer, oldest first.
std::vector<HolderRow> holder_rows(const Json& answer);

// "out", "in".
std::string short_direction(const std::string& direction);

// Why the answer is incomplete: "connections_full 12, ring_full 3"; empty where it is complete.
std::string losses_text(const Json& answer);

// Likewise, those for which its counts are wrong now: that were missed in the last minutes, and leave them
// so.
std::string miscounts_text(const Json& answer);

} // namespace slotscope::cli
