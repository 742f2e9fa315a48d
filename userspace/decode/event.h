// SPDX-License-Identifier: MIT
// Records of the ring buffer -> values. The size is checked against the kind before anything is read.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace slotscope::decode {

struct LimitReached {
    std::uint32_t backend = 0; // index
    std::uint64_t at_ns = 0;   // CLOCK_MONOTONIC
    std::uint64_t cookie = 0;  // of the connection that took the last slot
    std::uint64_t in_use = 0;
    std::uint64_t limit = 0;
    std::uint64_t limit_hits = 0;
};

// An unknown kind, or a record shorter than its kind, is an error.
Result<LimitReached> decode_event(std::span<const std::byte> bytes);

} // namespace slotscope::decode
