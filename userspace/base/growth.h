// SPDX-License-Identifier: MIT
// How much a counter has grown.
#pragma once

#include <cstdint>

namespace slotscope {

// 0 where it has not: its record was used again, and nothing is known.
constexpr std::uint64_t grown(std::uint64_t before, std::uint64_t after)
{
    return after > before ? after - before : 0;
}

} // namespace slotscope
