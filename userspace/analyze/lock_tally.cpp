// SPDX-License-Identifier: MIT
#include "analyze/lock_tally.h"

#include <algorithm>

namespace slotscope::analyze {
namespace {

constexpr std::uint64_t kFewest = 3; // one that has the lock, and some that wait

} // namespace

void LockTally::add(const ServingThreads& seen)
{
    if (seen.looked_at < kFewest)
        return;
    const auto working = static_cast<double>(seen.looked_at - std::min(seen.looked_at, seen.waiting));
    ++samples_;
    waiting_ += static_cast<double>(seen.waiting);
    working_ += working;
    squares_ += working * working;
}

LockQueue LockTally::mean() const
{
    LockQueue queue;
    queue.samples = samples_;
    if (samples_ == 0)
        return queue;
    const auto count = static_cast<double>(samples_);
    queue.waiting = waiting_ / count;
    queue.working = working_ / count;
    queue.variance = std::max(0.0, squares_ / count - queue.working * queue.working);
    return queue;
}

} // namespace slotscope::analyze
