// SPDX-License-Identifier: MIT
// Numbers inside sentences.
#pragma once

#include <cstdint>
#include <string>

namespace slotscope::analyze::words {

std::string percent(double share);                                     // "81 %", "<1 %"
std::string duration(double seconds);                                  // "20 ms", "1.4 s", "42 s", "3 min"
std::string rate(double per_second);                                   // "0.3/s", "12.9/s", "1200/s"
std::string precise(double value);                                     // "0.25", "1.5"
std::string factor(double ratio);                                      // "14.1 times"
std::string number(double value);                                      // "3.2", "17"
std::string counted(std::uint64_t count, const std::string& singular); // "1 process", "3 processes"

// 0 at `from` and before, 1 at `to` and after, a line in between.
double ramp(double value, double from, double to);

} // namespace slotscope::analyze::words
