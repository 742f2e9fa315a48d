// SPDX-License-Identifier: MIT
#include "analyze/recording.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace slotscope::analyze {
namespace {

using Moment = std::chrono::system_clock::time_point;

double distance(const Second& second, Moment focus)
{
    return std::abs(std::chrono::duration<double>(second.window.begin - focus).count());
}

// Joins pairs of neighbours that are at least so far away.
std::vector<Second> pairs_joined(const std::vector<Second>& seconds, Moment focus, double from_seconds)
{
    std::vector<Second> result;
    for (std::size_t i = 0; i < seconds.size(); ++i) {
        const bool pair = i + 1 < seconds.size() && distance(seconds[i], focus) >= from_seconds &&
                          distance(seconds[i + 1], focus) >= from_seconds;
        result.push_back(pair ? joined(std::array{seconds[i], seconds[i + 1]}) : seconds[i]);
        i += pair ? 1 : 0;
    }
    return result;
}

} // namespace

// What is remembered is of what the limit counts now.
void Recording::add(Second second)
{
    if (!fine_.empty() && fine_.back().kind != second.kind)
        for (std::deque<Second>* const part : {&coarse_, &fine_})
            for (Second& each : *part)
                recount(each, second.kind);
    fine_.push_back(std::move(second));
    if (fine_.size() < kFine)
        return;
    const std::vector<Second> oldest(fine_.begin(), fine_.begin() + kJoined);
    coarse_.push_back(joined(oldest));
    fine_.erase(fine_.begin(), fine_.begin() + kJoined);
    if (coarse_.size() > kCoarse)
        coarse_.pop_front();
}

std::vector<Second> Recording::all() const
{
    std::vector<Second> seconds(coarse_.begin(), coarse_.end());
    seconds.insert(seconds.end(), fine_.begin(), fine_.end());
    return seconds;
}

std::vector<Window> thinned(std::vector<Second> seconds, Moment focus, std::size_t most)
{
    // What is far is thinned at each turn, what is near only in the end.
    for (double from_seconds = 120; seconds.size() > most;
         from_seconds = from_seconds < 4 ? 0 : from_seconds / 2) {
        std::vector<Second> fewer = pairs_joined(seconds, focus, from_seconds);
        if (fewer.size() < seconds.size())
            from_seconds *= 2; // once more at this distance
        seconds = std::move(fewer);
    }
    std::vector<Window> windows;
    windows.reserve(seconds.size());
    for (Second& each : seconds)
        windows.push_back(std::move(each.window));
    return windows;
}

} // namespace slotscope::analyze
