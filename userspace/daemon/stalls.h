// SPDX-License-Identifier: MIT
// When this agent should have run and did not: the host stood still, or was too busy. What clients, proxies
// and servers did meanwhile suffered from the same.
#pragma once

#include <cstdint>
#include <deque>

namespace slotscope::daemon {

class Stalls {
  public:
    // A round of the agent's loop begins. `cpu_ns`: that its thread has taken so far, which is no stall.
    void begins(std::uint64_t now_ns, std::uint64_t cpu_ns);
    // It is over, and the next one is due in so long.
    void next_in(std::uint64_t pause_ns) { pause_ns_ = pause_ns; }
    // All that were noticed after that moment.
    double seconds_since(std::uint64_t from_ns) const;

  private:
    struct Stall {
        std::uint64_t at_ns; // when it was noticed
        std::uint64_t length_ns;
    };
    std::deque<Stall> stalls_; // of the last minutes
    std::uint64_t began_ns_ = 0;
    std::uint64_t cpu_ns_ = 0;
    std::uint64_t pause_ns_ = 0;
};

} // namespace slotscope::daemon
