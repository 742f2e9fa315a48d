// SPDX-License-Identifier: MIT
// Connections that the peer has closed and this side has not, as a look counts them: a leak, or a pool that
// has not noticed yet.
#pragma once

#include "analyze/scan.h"

#include <cstdint>
#include <map>

namespace slotscope::analyze {

// A client's pool notices that the server has closed an idle connection when it wants to use it next, and has
// some of these for as long as it is idle itself, more and more where its server closes one after the other:
// but it opens none meanwhile. A leak does: who has lost a connection needs another. A server whose client
// has gone has nothing to wait for.
class LeftOpen {
  public:
    static constexpr std::uint64_t kSome = 5;
    static constexpr std::uint64_t kMany = 30; // more than most pools have

    // One look at a record. True: it leaks.
    bool note(std::uint32_t index, const Standing& standing);
    void forget(std::uint32_t index) { before_.erase(index); }

  private:
    struct Fewest {
        std::uint64_t left_open = 0;
        std::uint64_t open = 0;
    };
    std::map<std::uint32_t, Fewest> before_; // since there are some
};

} // namespace slotscope::analyze
