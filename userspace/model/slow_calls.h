// SPDX-License-Identifier: MIT
// When a call that has not ended is worth telling.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace slotscope {

struct SlowCallSettings {
    bool enabled = true;
    std::uint32_t floor_milliseconds = 1000; // no call is slow before that, however quick the others are
    std::uint32_t percent_of_p99 = 200;      // of its backend's calls so far, once there are enough
    std::map<std::string, std::uint32_t> milliseconds; // by backend, instead of the two above; 0: never

    bool operator==(const SlowCallSettings&) const = default;
};

} // namespace slotscope
