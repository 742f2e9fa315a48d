// SPDX-License-Identifier: MIT
// Since when a running product has the files that it has.
#pragma once

#include "limits/products.h"

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

namespace slotscope::daemon {

// Of one instance; remembers the workers that were there first. Those have what their master read between its
// own start and theirs, so only what is older than the master is sure to be what they have. A later worker
// shows a reload, for which somebody asked after writing the files: it has what is older than itself.
class LoadTime {
  public:
    // CLOCK_REALTIME; absent where it cannot be seen from outside.
    std::optional<std::int64_t> of(const limits::Product& product, const Instance& instance);

  private:
    using Worker = std::pair<std::uint32_t, std::uint64_t>; // pid, start

    bool seen_workers_ = false;
    std::set<Worker> first_;
};

} // namespace slotscope::daemon
