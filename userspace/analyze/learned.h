// SPDX-License-Identifier: MIT
// What is usual for a backend, learned minute by minute and kept over restarts.
//
// It is an average whose weight halves every hour, of the minutes without an episode. It serves where the
// agent's own recording cannot: an incident that goes on while the agent is restarted, or that comes soon
// after. Then the hours before are what to compare with. By hour of the week would be 168 numbers a backend
// and weeks until there is anything to compare with; the hours before follow the course of the day well
// enough.
#pragma once

#include "analyze/evidence.h"
#include "analyze/rates.h"
#include "model/backend_baseline.h"

#include <chrono>
#include <optional>

namespace slotscope::analyze {

constexpr double kLearnedHalfLife_seconds = 3600;
// Less than this is no baseline, and neither is what is older.
constexpr double kLeastLearned_seconds = 300;
constexpr std::chrono::hours kLearnedFor{7 * 24};

// Adds so long a time to what is usual. One of another unit begins anew. `observed_seconds` does not grow
// beyond four half-lives.
void learn(BackendBaseline& usual, const Rates& rates, Unit unit, std::chrono::system_clock::time_point at);

// As evidence takes it, of a backend whose limit counts KIND now; absent where it was learned for too short a
// time, or too long ago.
std::optional<Baseline> recalled(const BackendBaseline& usual, SlotKind kind,
                                 std::chrono::system_clock::time_point now);

} // namespace slotscope::analyze
