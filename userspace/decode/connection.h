// SPDX-License-Identifier: MIT
// Records of the holder table -> Connection. Reads memory that programs change meanwhile; no system call.
#pragma once

#include "model/holder.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <slotscope/abi/connection.h>
#include <span>
#include <vector>

namespace slotscope::decode {

// Which records are wanted.
struct Selection {
    std::vector<bool> backends; // by index; empty: every backend
    std::vector<bool> calls;    // by index: slots of these backends are calls; shorter: the rest's are not
    bool only_holders = true;   // those that hold a slot
    std::optional<std::uint64_t> at_ns; // as of this moment: also those that have left since, as far as their
                                        // ways have not been used again
    bool later_too = false;             // with at_ns: also those that came after it
};

// One record; nothing when its way is free, being filled, or was used again while it was read.
std::optional<Connection> decode_connection(const ss_bucket& bucket, std::size_t way);

// Where the selected records stand, in no order; with the time since when they hold their slot, so that a
// page can be cut out cheaply.
struct Found {
    std::uint64_t since_ns = 0;
    std::uint32_t bucket = 0;
    std::uint8_t way = 0;
};
std::vector<Found> find_connections(std::span<const ss_bucket> table, const Selection& selection);

// Each that was selected, decoded, in no order. One at a time: of a hundred thousand that are idle, nobody
// needs more at once.
using VisitConnection = std::function<void(const Connection&)>;
void for_each_connection(std::span<const ss_bucket> table, const Selection& selection,
                         const VisitConnection& visit);

// Everything that was selected, decoded, oldest first.
std::vector<Connection> read_connections(std::span<const ss_bucket> table, const Selection& selection);

// Those that somebody waits on, in no order: with a call under way, and outbound ones that are connecting or
// whose server has not said a word yet, of processes that serve a call (a pool that was opened in advance has
// a hundred thousand of these, and nobody waits).
// since_ns (CLOCK_MONOTONIC): also those whose call has ended since then, as far as their ways have not been
// used again.
std::vector<Connection> read_busy_connections(std::span<const ss_bucket> table,
                                              std::optional<std::uint64_t> since_ns = std::nullopt);

// When the call that began at began_ns on the connection ended, CLOCK_MONOTONIC: with its answer, or with the
// connection. Nothing where it has not, or where the way has been used again since.
std::optional<std::uint64_t> find_call_end(std::span<const ss_bucket> table, std::uint64_t cookie,
                                           std::uint64_t began_ns);

} // namespace slotscope::decode
