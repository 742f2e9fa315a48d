// SPDX-License-Identifier: MIT
// Of how many calls that end the kernel side is to tell one.
#pragma once

#include "model/backend.h"

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace slotscope::aggregate {

// All of them while they are few; of more a part, so that a busy backend is sampled about as often as a quiet
// one, and all of them together cost a set share of a core at most.
class SamplePace {
  public:
    static constexpr std::uint64_t kMostOfBackend = 1000; // told a second
    static constexpr std::uint64_t kMostOfAll = 2000;     // likewise
    static constexpr std::uint32_t kMostEvery = 1U << 20U;

    struct Change {
        std::uint32_t backend = 0; // index of its record
        std::uint32_t every = 1;   // a power of two
    };

    // Looks at how many calls have finished since the last time, a second or so ago.
    std::vector<Change> adapt(std::span<const BackendCounters> backends, std::uint64_t now_ns);

    // One was told. Too many were within this second: from now on one of so many.
    std::optional<std::uint32_t> told(std::uint32_t backend);

    void forget(std::uint32_t backend) { backends_.erase(backend); }

  private:
    struct Backend {
        std::uint64_t created_ns = 0;
        std::uint64_t finished = 0; // as of the last look
        std::uint64_t told = 0;     // since then
        double per_second = 0;      // that finish
        std::uint32_t every = 1;
    };
    double share_of_each() const;

    std::unordered_map<std::uint32_t, Backend> backends_;
    std::uint64_t last_ns_ = 0;
    std::uint64_t told_ = 0; // of all, since the last look
};

} // namespace slotscope::aggregate
