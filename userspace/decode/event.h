// SPDX-License-Identifier: MIT
// Records of the ring buffer -> values. The size is checked against the kind before anything is read.
#pragma once

#include "base/result.h"
#include "model/backend.h"
#include "model/holder.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

namespace slotscope::decode {

struct LimitReached {
    std::uint32_t backend = 0; // index
    std::uint64_t at_ns = 0;   // CLOCK_MONOTONIC
    std::uint64_t cookie = 0;  // of the connection that took the last slot
    std::uint64_t in_use = 0;
    std::uint64_t limit = 0;
    std::uint64_t limit_hits = 0;
};

// A call that is over: one of `every` that was chosen at random.
struct EndedCall {
    std::uint32_t backend = 0; // index
    std::uint64_t began_ns = 0;
    std::uint64_t took_ns = 0;
    std::uint32_t every = 1;
    std::uint32_t pid = 0; // 0: not known
    Protocol protocol = Protocol::unknown;
    CallOutcome outcome = CallOutcome::unknown;
    std::string_view head; // what is kept of its request; empty: nothing. Lives as long as the record.
};

using KernelEvent = std::variant<LimitReached, EndedCall>;

// An unknown kind, or a record shorter than its kind, is an error.
Result<KernelEvent> decode_event(std::span<const std::byte> bytes);

} // namespace slotscope::decode
