// SPDX-License-Identifier: MIT
#include "analyze/usual_calls.h"

#include <algorithm>

namespace slotscope::analyze {
namespace {

constexpr double kLong_seconds = 2; // at least
constexpr double kLongerThanMost = 10;
constexpr double kStrange = 3;           // times as long as one that ended
constexpr double kPatience_seconds = 60; // with what was never seen to end

} // namespace

void tell_long_ones(UsualCalls& calls, double usual_seconds, double rise_seconds)
{
    for (auto& [label, call] : calls)
        call.long_by_nature =
            usual_seconds > 0 && std::max(call.longest_seconds, call.longest_done_seconds) - rise_seconds >=
                                     std::max(kLong_seconds, kLongerThanMost * usual_seconds);
}

double slots_of_long_ones(const UsualCalls& calls)
{
    double slots = 0;
    for (const auto& [label, call] : calls)
        slots += call.long_by_nature ? call.slots : 0;
    return slots;
}

bool is_as_usual(const UsualCalls& calls, const std::string& label, double age_seconds)
{
    constexpr std::uint64_t kFewestDone = 10;
    constexpr double kAlike = 2;            // the longest ones : the mean
    constexpr double kNoLonger = 1.5;       // times (the longest are known to within a quarter)
    constexpr double kFewer_seconds = 0.03; // looks are not as exact
    const auto call = calls.find(label);
    return call != calls.end() && call->second.done >= kFewestDone &&
           call->second.longest_done_seconds <= kAlike * call->second.mean_done_seconds &&
           age_seconds <= kNoLonger * call->second.longest_done_seconds + kFewer_seconds;
}

double patience_seconds(const UsualCalls& calls, const std::string& label)
{
    const auto call = calls.find(label);
    if (call == calls.end() || !call->second.long_by_nature)
        return 0;
    return std::max(kPatience_seconds, kStrange * call->second.longest_done_seconds);
}

} // namespace slotscope::analyze
