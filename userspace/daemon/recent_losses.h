// SPDX-License-Identifier: MIT
// Which losses make counts wrong now: a loss of last month does not, nor does one that a walk has put right.
#pragma once

#include "model/status.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace slotscope::daemon {

class RecentLosses {
  public:
    static constexpr std::uint64_t kRecent_ns = 600'000'000'000; // by then an audit has looked at it twice

    // Once a second. NOW_NS: CLOCK_MONOTONIC.
    void note(std::span<const Reason> losses, std::uint64_t now_ns);

    // Those that miscount and have grown in the last ten minutes, by how much they did since they began to
    // without such a pause.
    std::vector<Reason> list(std::uint64_t now_ns) const;

  private:
    struct Growth {
        std::string meaning;
        std::uint64_t last = 0;
        std::uint64_t grown = 0;
        std::uint64_t grown_ns = 0; // when it did last
    };
    std::map<std::string, Growth> reasons_;
};

} // namespace slotscope::daemon
