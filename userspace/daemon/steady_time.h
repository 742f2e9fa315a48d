// SPDX-License-Identifier: MIT
// Times of day that no step of the wall clock moves.
//
// The wall clock is set now and then (NTP, a virtual machine that is resumed, a person). Whatever is compared
// or subtracted is therefore told in a time of day of our own: the wall clock's when the agent began, and
// CLOCK_MONOTONIC from there on. Only what leaves the agent is told by the wall clock, as it is set then.
#pragma once

#include "model/episode.h"

#include <chrono>
#include <cstdint>

namespace slotscope::daemon {

class SteadyTime {
  public:
    using Time = std::chrono::system_clock::time_point;

    // The moment at which CLOCK_MONOTONIC is NOW_NS and the wall clock says WALL. They are read one after the
    // other, so that less than half a second between them is no step.
    Time note(std::uint64_t now_ns, Time wall);

    // What the wall clock, as it was set at the last note(), says of a moment.
    Time shown(Time steady) const { return steady + ahead_; }
    Episode shown(Episode episode) const;
    bool is_ahead() const { return ahead_ != std::chrono::nanoseconds(0); }

  private:
    bool begun_ = false;
    Time began_;
    std::uint64_t began_ns_ = 0;
    std::chrono::nanoseconds ahead_{0}; // the wall clock, by the steps since
};

} // namespace slotscope::daemon
