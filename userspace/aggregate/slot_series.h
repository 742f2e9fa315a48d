// SPDX-License-Identifier: MIT
// What a backend's slots are may change: its limit becomes known, is learned or forgotten. A series of
// counters that goes on must not jump by what the other kind had counted.
#pragma once

#include "model/backend.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <unordered_map>

namespace slotscope::aggregate {

// Bounded by the kernel's table of backends: 16 bytes each, and a kilobyte for each whose limit has changed
// its kind.
class SlotSeries {
  public:
    // A backend's counters with their histograms, now.
    using Read = std::function<std::optional<BackendCounters>(std::uint32_t index)>;

    // Once a second, with all backends without histograms; those of one that has changed are read.
    void observe(std::span<const BackendCounters> backends, const Read& read);

    // What the slots' counters said when the limit began to count what it counts; absent: it always did.
    std::optional<SlotsBefore> before(const BackendCounters& counters) const;

    void forget(std::uint32_t index) { known_.erase(index); }

  private:
    struct Known {
        std::uint64_t created_ns = 0;
        SlotKind kind = SlotKind::connections;
        std::optional<SlotsBefore> before;
    };

    std::unordered_map<std::uint32_t, Known> known_; // by record
};

} // namespace slotscope::aggregate
