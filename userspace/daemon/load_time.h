// SPDX-License-Identifier: MIT
// Since when a running product has the files that it has.
#pragma once

#include "limits/products.h"

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace slotscope::daemon {

// CLOCK_REALTIME. What is older than FROM_NS is what it has; what is newer than UNTIL_NS it has not read; of
// what was written between them nobody can tell.
struct Loaded {
    std::int64_t from_ns = 0;
    std::int64_t until_ns = 0;

    bool operator==(const Loaded&) const = default;
};

// Of one instance; remembers the workers that were there first. Those have what their master read between its
// own start and theirs: or, where it was reloaded before anybody saw a worker, what a reload read then. A
// later worker shows a reload, for which somebody asked after writing the files: it has what is older than
// itself. Of a product that runs itself anew for a reload the place of its stack tells.
class LoadTime {
  public:
    // Absent where it cannot be seen from outside. NOW_NS: CLOCK_REALTIME.
    std::optional<Loaded> of(const limits::Product& product, const Instance& instance,
                             const limits::WorkerCounts& counts, std::int64_t now_ns);

  private:
    using Worker = std::pair<std::uint32_t, std::uint64_t>; // pid, start

    void add_late(std::vector<RunningProcess> workers, std::uint32_t count);
    std::optional<Loaded> by_stack(const Instance& instance, std::int64_t now_ns);

    std::uint64_t stack_start_ = 0;
    std::int64_t looked_ns_ = 0;
    Loaded by_stack_;
    bool seen_workers_ = false;
    std::set<Worker> first_;
};

} // namespace slotscope::daemon
