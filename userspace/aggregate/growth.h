// SPDX-License-Identifier: MIT
// How much a counter has grown.
#pragma once

#include <cstdint>

namespace slotscope::aggregate {

// 0 where it has not: a counter that began anew.
constexpr std::uint64_t more_than(std::uint64_t to, std::uint64_t from)
{
    return to > from ? to - from : 0;
}

} // namespace slotscope::aggregate
