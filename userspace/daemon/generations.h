// SPDX-License-Identifier: MIT
// Old and new workers of one product while a reload goes on, and the slots of each.
#pragma once

#include "limits/products.h"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace slotscope::daemon {

// Of all instances; remembers what each process's limits were when it was of the newest generation.
class Generations {
  public:
    // Tells the limits in FINDINGS, which are the newest generation's, of all that run.
    void look(const limits::Product& product, const Instance& instance, limits::Findings& findings);

    // Forgets all but these processes.
    void keep(const std::set<std::uint32_t>& pids);

  private:
    using Slots = std::map<std::string, std::uint32_t>; // by the limit's name
    struct Known {
        Generation generation;
        std::shared_ptr<const Slots> slots; // null: older than the first look at it
    };

    std::vector<Known> older(std::vector<RunningProcess> workers) const;

    std::map<std::uint32_t, std::shared_ptr<const Slots>> by_pid_;
};

} // namespace slotscope::daemon
