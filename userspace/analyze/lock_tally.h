// SPDX-License-Identifier: MIT
// How many of the threads that serve an episode's calls were at work at a time while the others waited for a
// lock, over its samples.
#pragma once

#include "analyze/evidence.h"

#include <cstdint>

namespace slotscope::analyze {

class LockTally {
  public:
    // What one look saw. Of too few threads nothing can be told: they are left out.
    void add(const ServingThreads& seen);

    LockQueue mean() const;

  private:
    std::uint64_t samples_ = 0;
    double waiting_ = 0;
    double working_ = 0;
    double squares_ = 0; // of those at work
};

} // namespace slotscope::analyze
