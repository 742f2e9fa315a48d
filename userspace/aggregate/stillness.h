// SPDX-License-Identifier: MIT
// Whether anything has happened at all: where no connection came or went and no call is under way, those who
// hold slots are the same as before, and looking at each of them again would say nothing new.
#pragma once

#include "model/backend.h"

#include <cstdint>
#include <span>

namespace slotscope::aggregate {

class Stillness {
  public:
    // The counters of all backends. True: nothing moved since the call before, nothing is under way, and
    // nobody is connecting. What leaves no trace in a counter (a peer that closes, a first read) is not
    // noticed.
    bool still(std::span<const BackendCounters> backends);

  private:
    std::uint64_t moved_ = 0;
    std::size_t backends_ = 0;
};

} // namespace slotscope::aggregate
