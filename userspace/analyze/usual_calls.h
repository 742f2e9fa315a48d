// SPDX-License-Identifier: MIT
// What is usual for each call of a backend, by its name. Some are long by nature (long polls, subscriptions):
// beside them a limit is full for somebody else's reason, and however old they get they are not stuck.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace slotscope::analyze {

struct UsualCall {
    double slots = 0;                // held by it, on average
    double longest_seconds = 0;      // that one was seen to last, though it may not have been over
    double longest_done_seconds = 0; // likewise of those that ended; 0: none is known to have
    bool long_by_nature = false;     // compared with what the backend is mostly asked
    std::uint64_t done = 0;          // those that ended
    double mean_done_seconds = 0;    // of them
};
using UsualCalls = std::map<std::string, UsualCall>; // by label

// Sets long_by_nature. usual_seconds: what half of the backend's calls take at most. rise_seconds: the end of
// the time that was looked at may be of the trouble already; what got old in it says nothing.
void tell_long_ones(UsualCalls& calls, double usual_seconds, double rise_seconds);

// What those that are long by nature hold, on average.
double slots_of_long_ones(const UsualCalls& calls);

// A holder of that age is not older than calls of its name are at their end, which all take about as long: it
// has not become slow. False where too little is known of them.
bool is_as_usual(const UsualCalls& calls, const std::string& label, double age_seconds);

// So old one of this name may get before it is strange. 0: as any other.
double patience_seconds(const UsualCalls& calls, const std::string& label);

} // namespace slotscope::analyze
