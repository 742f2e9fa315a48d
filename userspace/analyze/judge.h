// SPDX-License-Identifier: MIT
// Evidence -> verdict.
#pragma once

#include "analyze/causes.h"
#include "analyze/evidence.h"
#include "model/episode.h"

#include <string>
#include <vector>

namespace slotscope::analyze {

// Below this score nothing is said to be the cause.
constexpr double kLeastScore = 0.33;

// What happened, how sure that is, and what else contributes. `before`: the verdict so far, if there is one:
// its cause stays unless another is clearly better supported, so that a verdict gets better and not
// different.
Verdict judge(const Evidence& evidence, const Verdict* before = nullptr);

// One sentence with the numbers that matter.
std::string sentence(const Evidence& evidence, const Verdict& verdict);

// What would help, fastest relief first, in the words of the product whose limit it is.
std::vector<Advice> advice(const Evidence& evidence, const Verdict& verdict);

} // namespace slotscope::analyze
