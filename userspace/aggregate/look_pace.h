// SPDX-License-Identifier: MIT
// When to look at the holders next.
#pragma once

#include "model/backend.h"

#include <chrono>
#include <cstdint>
#include <random>
#include <span>
#include <unordered_map>

namespace slotscope::aggregate {

// Often where a backend is near its limit, seldom where all is quiet, and never so often that looking takes
// more than a set share of a core. The pauses are spread, so that looks do not fall into step with something
// that is periodic.
class LookPace {
  public:
    static constexpr std::chrono::milliseconds kQuiet{1000};
    static constexpr std::chrono::milliseconds kNearLimit{100};
    static constexpr double kQuietShare = 0.0025; // of a core
    static constexpr double kNearLimitShare = 0.02;
    static constexpr unsigned kNearPercent = 90; // of the slots are in use

    // Some backend has kNearPercent of its slots in use, or has reached its limit since the last call.
    bool near_limit(std::span<const BackendCounters> backends);

    // took: CPU time of the last look.
    std::chrono::nanoseconds pause(bool near_limit, std::chrono::nanoseconds took);

    void forget(std::uint32_t backend) { hits_.erase(backend); }

  private:
    std::unordered_map<std::uint32_t, std::uint64_t> hits_; // by record, as of the last call
    std::minstd_rand random_;
};

} // namespace slotscope::aggregate
