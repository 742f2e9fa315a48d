// SPDX-License-Identifier: MIT
// Old and new workers of one product while a reload goes on, and the slots of each.
#pragma once

#include "limits/products.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace slotscope::daemon {

// Of one instance; remembers what each generation's limits were when it was the newest.
class Generations {
  public:
    // Tells the limits in FINDINGS, which are the newest generation's, of all that run.
    void look(const limits::Product& product, const Instance& instance, limits::Findings& findings);

  private:
    using Slots = std::map<std::string, std::uint32_t>; // by the limit's name

    std::map<std::uint32_t, std::shared_ptr<const Slots>> by_pid_;
};

} // namespace slotscope::daemon
