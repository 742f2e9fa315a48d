// SPDX-License-Identifier: MIT
#pragma once

#include "base/fd.h"

#include <chrono>
#include <csignal>

namespace slotscope::cli::profile {

// While it lives, SIGINT and SIGTERM only wait until they are asked about, so that what was collected can be
// written.
class Interruption {
  public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    // Sleeps so long; true at once where the user interrupts.
    bool within(std::chrono::milliseconds time);

  private:
    sigset_t before_{};
    Fd signals_;
};

} // namespace slotscope::cli::profile
