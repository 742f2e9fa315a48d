// SPDX-License-Identifier: MIT
// HAProxy before 2.5 ran one configuration in several processes where it was told to (nbproc): they share
// nothing, so each has all the slots.
#pragma once

#include "limits/haproxy/configuration.h"

namespace slotscope::limits::haproxy {

struct Processes {
    std::optional<Count> written; // nbproc above 1
    std::uint32_t here = 1;       // of the instance; without a master each process is an instance
    std::optional<Place> chosen;  // where a proxy is in some of them only
};

Processes processes_of(const Configuration& configuration, const Instance& instance);

// LIMIT, which is one process's, becomes that of the instance.
void count_for_all(const Processes& processes, Limit& limit);

} // namespace slotscope::limits::haproxy
