// SPDX-License-Identifier: MIT
// How many processes and threads Apache's multi-processing module may start.
#pragma once

#include "limits/apache/directives.h"

#include <optional>

namespace slotscope::limits::apache {

enum class Module { event, worker, prefork };

struct Workers {
    Module module = Module::event;
    bool sure = true;            // which module it is
    std::uint32_t workers = 0;   // of all processes
    std::uint32_t threads = 1;   // of each process
    std::uint32_t processes = 0; // at most
    Place place;                 // of the number of workers
    LimitSetting setting;        // that makes them
    std::vector<std::string> arithmetic;
};

// Absent where a number is none; the findings say so.
std::optional<Workers> workers_of(const Configuration& configuration, Findings& findings);

} // namespace slotscope::limits::apache
