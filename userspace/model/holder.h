// SPDX-License-Identifier: MIT
// A slot that is taken, and the connection that takes it.
#pragma once

#include "model/limit.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope {

enum class ConnectionState : std::uint8_t {
    connecting = 1,
    established = 2,
    peer_closed = 3, // the peer is done, this side has not closed
    half_closed = 4, // this side has shut down sending and still reads
    closing = 5,     // holds no slot any more
    gone = 6,
};

std::string_view to_string(ConnectionState state);

// What the application on this host did last on the connection.
enum class LastIo : std::uint8_t { none, sent, received };

// Where the call on a connection stands. The order is the kernel's (include/slotscope/abi/call.h).
enum class CallState : std::uint8_t {
    none,     // the connection is idle
    request,  // the request is being sent
    waiting,  // nothing of an answer has come yet
    response, // the answer is being sent
    answered, // by timing: some of the answer has come, there may be more
};

// "idle", "request", "waiting", "response", "answered".
std::string_view to_string(CallState state);

// What the kernel side has recognised, by which it tells where calls end. The order is the kernel's.
enum class Protocol : std::uint8_t {
    unknown,
    timing,
    http1,
    fastcgi,
    postgresql,
    mysql,
    redis,
    memcached,
    http2
};
constexpr std::size_t kProtocols = 9;

// "http", "fastcgi", …; "timing" where calls are told by the times of their bytes; empty for unknown.
std::string_view to_string(Protocol protocol);

// Its answers tell whether a transaction is open behind them.
constexpr bool tells_of_transactions(Protocol protocol)
{
    return protocol == Protocol::postgresql || protocol == Protocol::mysql;
}

// The call on a connection, of several at a time (HTTP/2) the oldest; with state none the last one that was
// there.
struct Call {
    CallState state = CallState::none;
    Protocol protocol = Protocol::unknown;
    bool older = false;            // it was under way when it was first seen: began_ns is that moment
    std::uint32_t streams = 0;     // HTTP/2: how many calls there are
    std::uint64_t began_ns = 0;    // CLOCK_MONOTONIC; 0: there was none yet
    std::uint64_t answered_ns = 0; // first byte of the answer; of one that is over: when it ended
    // HTTP/2: its number among all streams of the host, by which its name is found.
    std::uint32_t stream = 0;
    // HTTP: 101 was the answer (a WebSocket): the call lasts for as long as its client stays.
    bool upgraded = false;
    // PostgreSQL, MySQL: the last answer said that a transaction is open behind it.
    bool in_transaction = false;

    // It takes a slot of a limit that counts calls.
    bool holds_slot() const
    {
        return state == CallState::request || state == CallState::waiting || state == CallState::response;
    }

    // How many slots of such a limit the calls of the connection take.
    std::uint32_t in_flight() const
    {
        if (!holds_slot())
            return 0;
        return streams > 1 ? streams : 1;
    }
};

// A connection as the holder table has it.
struct Connection {
    std::uint64_t cookie = 0;  // the kernel's number of the socket, unique for the boot
    std::uint32_t backend = 0; // index into the kernel's backend table
    ConnectionState state = ConnectionState::gone;
    Direction direction = Direction::outbound;
    bool holds_slot = false;
    bool older = false;    // older than the agent: opened_ns is a lower bound of its age
    bool accepted = false; // inbound: some process has it
    LastIo last_io = LastIo::none;
    std::uint64_t opened_ns = 0; // CLOCK_MONOTONIC
    std::uint64_t last_io_ticks =
        0; // last send or receive, in the kernel's timer ticks; 0 none, or it holds no slot
    std::uint64_t left_ns = 0; // when it gave its slot back; 0: it holds it
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    std::uint32_t pid = 0; // 0: not known
    std::uint32_t tid = 0;
    std::uint32_t netns = 0;
    Address local;
    Address remote;
    Call call;
};

struct Process {
    std::uint32_t pid = 0;
    std::uint32_t tid = 0;
    std::string name; // of the thread group's leader; empty when it is gone
    std::string unit; // systemd unit or container from its cgroup, empty when there is none
};

// The next hop that the server of a call waits on: one of its own outbound calls.
struct WaitsFor {
    std::string backend; // name, as outbound backend of this host
    Address address;
    std::string call;       // label; empty: not known
    double age_seconds = 0; // of that call
    Process process;        // that serves the call and makes this one
    bool certain = true;    // false: the process serves several calls at a time, so it may be another one's
};

// A connection with what userspace knows besides.
struct Holder {
    std::string backend; // name
    Direction direction = Direction::outbound;
    SlotKind slot = SlotKind::connections; // what takes it
    ConnectionState state = ConnectionState::established;
    Call call;
    double age_seconds = 0;                 // of what takes the slot
    std::optional<double> call_age_seconds; // of the call under way
    bool age_is_lower_bound = false;
    std::optional<bool> accepted; // inbound only
    LastIo last_io = LastIo::none;
    std::optional<double> last_io_seconds; // ago
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    Address local;
    Address remote;
    std::optional<Process> process; // absent: not known
    // "GET /report/{id}", of a connection that is idle in a transaction its last statement; empty: not known.
    std::string call_label;
    std::optional<WaitsFor> waits_for;
};

// Which holders are asked for.
struct HolderQuery {
    std::string backend;                // name or address; empty: all
    std::optional<Direction> direction; // absent: both
    bool captured = false;              // those of the last time the backend reached its limit
    std::size_t offset = 0;
    std::size_t count = 1000;
};

struct HolderPage {
    std::vector<Holder> holders;                  // oldest first
    std::size_t total = 0;                        // how many there are in all
    std::optional<double> captured_seconds_ago;   // of a capture
    std::optional<std::uint64_t> captured_in_use; // what the counter said at that moment
};

} // namespace slotscope
