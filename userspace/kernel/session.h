// SPDX-License-Identifier: MIT
// The programs, attached, and their tables, mapped. Tear-down order is declaration order: see session.cpp.
#pragma once

#include "base/result.h"
#include "model/status.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <slotscope/abi/address.h>
#include <slotscope/abi/backend.h>
#include <slotscope/abi/connection.h>
#include <slotscope/abi/control.h>
#include <slotscope/abi/http2_name.h>
#include <slotscope/abi/request_head.h>
#include <slotscope/abi/unix_path.h>
#include <span>
#include <string>
#include <vector>

namespace slotscope::kernel {

struct TableSizes {
    std::uint32_t connections = 262144; // a power of two, at least SS_WAYS
    std::uint32_t backends = 4096;
    std::uint32_t request_heads = 65536;    // a power of two; 0: none are kept
    std::uint32_t request_head_bytes = 256; // of each that are kept, at most SS_REQUEST_HEAD
    std::uint32_t members = 4096; // addresses that the configuration may name, both directions counted
};

// HTTP/2 connections whose streams are followed at a time, 7 KB of the kernel's memory each.
constexpr std::uint32_t http2_connections(const TableSizes& sizes)
{
    return std::clamp<std::uint32_t>(sizes.connections / 256, 16, 4096);
}

// Streams of HTTP/2 whose names are kept, 136 bytes of the kernel's memory each; of more, some go without. A
// power of two; 0: none are kept.
constexpr std::uint32_t http2_names(const TableSizes& sizes)
{
    return sizes.request_heads == 0 ? 0 : std::min<std::uint32_t>(http2_connections(sizes) * 64, 65'536);
}

struct SessionOptions {
    TableSizes sizes;
    std::map<std::string, std::string> forced_hooks; // see attach_plan.h
};

// A network namespace that walks visit.
struct WalkTarget {
    std::uint32_t inode = 0;
    std::string path; // to open: /proc/PID/ns/net or /run/netns/NAME
};

struct WalkResult {
    std::uint64_t sockets = 0;            // looked at
    std::vector<std::uint32_t> reached;   // inodes of the namespaces that were walked
    std::vector<std::string> not_reached; // path and reason
};

class Session {
  public:
    // Picks the plan, loads, attaches. Nothing stays attached on error.
    static Result<std::unique_ptr<Session>> open(const SessionOptions& options);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    std::span<const ss_bucket> connections() const;
    // The records that have been in use so far, at the front of the table; the span is longer when more came.
    std::span<ss_backend> backends() const;
    std::uint32_t most_backends() const;
    ss_control& control() const;

    // Readable when events wait; consume_events then calls back with each record.
    int events_fd() const;
    Result<void> consume_events(const std::function<void(std::span<const std::byte>)>& consumer);

    // Addresses of the configuration, and the way from an address to its record.
    Result<void> set_member(const ss_member_key& key, const ss_member& member);
    Result<void> remove_member(const ss_member_key& key);
    Result<std::vector<std::pair<ss_backend_key, std::uint32_t>>> backend_index() const;
    Result<void> remove_backend_key(const ss_backend_key& key);
    Result<void> restore_backend_key(const ss_backend_key& key,
                                     std::uint32_t index); // unless there is one by now
    Result<void> give_back_backend(std::uint32_t index);

    // What is kept of the requests at this connection's place: another's perhaps, see decode/request_head.h.
    // Nothing where none are kept.
    std::optional<ss_request_head> request_head(std::uint64_t cookie) const;
    // What is kept of the stream at this one's place: another's perhaps, see decode/http2_name.h.
    std::optional<ss_http2_named> http2_name(std::uint32_t stream) const;

    // Walks the kernel's list of TCP sockets in each namespace.
    Result<WalkResult> walk_sockets(std::span<const WalkTarget> targets);
    // The same of Unix stream sockets. Only where follows_unix().
    Result<WalkResult> walk_unix_sockets(std::span<const WalkTarget> targets);
    Result<bool> remove_vanished_unix(std::uint64_t cookie);
    bool follows_unix() const;
    bool sees_unix_ends() const; // each of them, when it happens
    // The path behind an address of a Unix socket (slotscope/abi/unix_path.h), as an Endpoint has it.
    std::optional<std::string> unix_path(const std::array<std::uint8_t, 16>& ip) const;
    void forget_unix_path(const ss_backend_key& key);

    // Walks all open files, to name the owners of connections that have none yet.
    Result<void> walk_files();
    // Removes a connection that the kernel's list does not have; false when it ended in between.
    Result<bool> remove_vanished(std::uint64_t cookie);

    // Both clocks that records are written by, and the length of a tick in nanoseconds.
    struct Clocks {
        std::uint64_t now_ns = 0;
        std::uint64_t now_ticks = 0;
        std::uint64_t tick_ns = 0;
    };
    Result<Clocks> clocks() const;

    const std::vector<HookStatus>& hooks() const;
    std::vector<ProgramStatus> programs() const;
    std::uint64_t kernel_memory_bytes() const; // of the tables

  private:
    struct State;
    explicit Session(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace slotscope::kernel
