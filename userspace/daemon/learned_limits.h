// SPDX-License-Identifier: MIT
// Limits that were learned, beside those that were given or read.
#pragma once

#include "analyze/learned_limit.h"
#include "model/limit.h"

#include <span>
#include <vector>

namespace slotscope::daemon {

// LimitOrigin::product of one that was learned: no product has told it.
inline constexpr const char* kLearned = "learned";
bool is_learned(const Limit& limit);

// LIMITS with those of LEARNED for whose addresses there is none: what is read or given always wins.
std::vector<Limit> with_learned(std::vector<Limit> limits, std::span<const analyze::LearnedLimit> learned);

} // namespace slotscope::daemon
