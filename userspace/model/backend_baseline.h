// SPDX-License-Identifier: MIT
// What is usual for a backend, learned while nothing was wrong with it, over restarts of the agent.
#pragma once

#include "model/limit.h"

#include <chrono>
#include <optional>
#include <string>

namespace slotscope {

struct BackendBaseline {
    std::string backend; // name
    Direction direction = Direction::outbound;
    SlotKind unit = SlotKind::connections; // what rates, holds and in_use are of
    std::chrono::system_clock::time_point updated;
    double observed_seconds =
        0; // how much time it is made of, at most; where it is little, it is no baseline yet
    double arrivals_per_second = 0;
    double completions_per_second = 0;
    double in_use = 0;             // mean
    double connections_in_use = 0; // mean, whatever the limit counts
    std::optional<double> hold_mean_seconds;
    std::optional<double> hold_p95_seconds;
    std::optional<double> accept_wait_seconds; // mean

    bool operator==(const BackendBaseline&) const = default;
};

} // namespace slotscope
