// SPDX-License-Identifier: MIT
// Parts of a verdict's sentence: what is said of the backend by its rates is in sentence.cpp, what is said of
// those that hold its slots here. Each is the second half of the sentence, without its full stop.
#pragma once

#include "model/episode.h"

#include <string>

namespace slotscope::analyze {

struct Evidence;

// What holds the most, in words: its call, else its process.
std::string of_whom(const Verdict& verdict);
// "72 % of the slot-seconds belong to GET /report/{id}"; empty without culprits.
std::string share_of_first(const Verdict& verdict);

// What keeps those who serve from it, where that is seen: "; those who serve are throttled: …". Else empty.
std::string of_servers(const Evidence& evidence, const Verdict& verdict);

std::string of_stuck(const Evidence& evidence, const Verdict& verdict);
std::string of_leak(const Evidence& evidence, const Verdict& verdict);
std::string of_idle(const Evidence& evidence, const Verdict& verdict);
std::string of_generations(const Evidence& evidence, const Verdict& verdict);
std::string of_accept(const Evidence& evidence, const Verdict& verdict);
std::string of_reader(const Evidence& evidence, const Verdict& verdict);

} // namespace slotscope::analyze
