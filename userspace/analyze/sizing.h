// SPDX-License-Identifier: MIT
// How many slots are needed, with the arithmetic that says so.
#pragma once

#include "analyze/evidence.h"

#include <optional>
#include <string>

namespace slotscope::analyze {

// What arrives at the most; what a queue hides is in it.
double peak_arrivals(const Evidence& evidence);

// By Little's law. Where calls are much alike: peak arrivals × p95 hold, so that a bad moment fits, too.
// Where they are mixed, p95 of all of them is that of a few, and arrivals × p95 would count each as one of
// these: then it is arrivals × mean hold, whatever the mixture, and room for chance. So many slots are in use
// at a time as independent arrivals make it, which is Poisson distributed about that mean (M/G/infinity): 95
// % of the moments are below mean + 1.64 × √mean.
// Where the hold is that of an incident (1.5 times the usual one or more) the usual one is put in: what is
// slow has to get quick again, and room for it would only let more of it in. Never more than were wanted at a
// time: in use, waiting and refused, as far as these were seen.
struct Sizing {
    double slots = 0;
    std::string arithmetic; // "peak arrivals 12.9/s × p95 hold 1.4 s = 18"; empty: nothing is known
};
Sizing sizing(const Evidence& evidence);

// "limit 60 fills in 4 s"; empty where it does not within ten minutes.
std::string time_to_fill(const Evidence& evidence, double slots);

// A larger limit buys little here: it would be full again soon. Empty: it helps.
std::string buys_little(const Evidence& evidence, double slots);

} // namespace slotscope::analyze
