// SPDX-License-Identifier: MIT
#include "analyze/recording.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

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

// What grows with time alone.
std::array<double*, 4> sums_over_time(Second& second)
{
    return {&second.window.slot_seconds, &second.window.at_limit_seconds, &second.connections.slot_seconds,
            &second.calls.slot_seconds};
}

// The same at another time, and longer or shorter.
Second at(Second second, Moment begin, double seconds)
{
    const double factor = second.window.seconds > 0 ? seconds / second.window.seconds : 1;
    second.window.begin = begin;
    second.window.seconds = seconds;
    for (double* const sum : sums_over_time(second))
        *sum *= factor;
    return second;
}

// The next second says nothing else than `before`, but for its time.
bool says_the_same(const Second& before, Second next)
{
    Second same = at(before, next.window.begin, next.window.seconds);
    const auto sums = sums_over_time(same);
    const auto next_sums = sums_over_time(next);
    for (std::size_t i = 0; i < sums.size(); ++i) {
        if (std::abs(*sums[i] - *next_sums[i]) > 1e-6 * std::abs(*next_sums[i]))
            return false;
        *sums[i] = *next_sums[i];
    }
    return same == next;
}

} // namespace

Second Recording::second_of(const Kept& kept)
{
    return at(*kept.like, kept.begin, kept.seconds);
}

void Recording::keep(std::deque<Kept>& part, Second second)
{
    Kept kept{second.window.begin, second.window.seconds, nullptr};
    kept.like = !part.empty() && says_the_same(*part.back().like, second)
                    ? part.back().like
                    : std::make_shared<const Second>(std::move(second));
    part.push_back(std::move(kept));
}

// What is remembered is of what the limit counts now.
void Recording::recount_all(SlotKind kind)
{
    for (std::deque<Kept>* const part : {&coarse_, &fine_})
        for (const Kept& kept : std::exchange(*part, {})) {
            Second second = second_of(kept);
            recount(second, kind);
            keep(*part, std::move(second));
        }
}

void Recording::add(Second second)
{
    if (!fine_.empty() && fine_.back().like->kind != second.kind)
        recount_all(second.kind);
    keep(fine_, std::move(second));
    if (fine_.size() < kFine)
        return;
    std::vector<Second> oldest;
    for (std::size_t i = 0; i < kJoined; ++i)
        oldest.push_back(second_of(fine_[i]));
    keep(coarse_, joined(oldest));
    fine_.erase(fine_.begin(), fine_.begin() + kJoined);
    if (coarse_.size() > kCoarse)
        coarse_.pop_front();
}

std::vector<Second> Recording::all() const
{
    std::vector<Second> seconds;
    seconds.reserve(size());
    for (const std::deque<Kept>* const part : {&coarse_, &fine_})
        for (const Kept& kept : *part)
            seconds.push_back(second_of(kept));
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
