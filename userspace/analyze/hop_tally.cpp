// SPDX-License-Identifier: MIT
#include "analyze/hop_tally.h"

#include <algorithm>

namespace slotscope::analyze {

void HopTally::add(const NextHop& seen)
{
    ++samples_;
    idle_ += seen.concurrency == 0 ? 1 : 0;
    sum_ += seen.concurrency;
    squares_ += seen.concurrency * seen.concurrency;
    if (seen.address.empty())
        return;
    address_ = seen.address;
    record_ = seen.record;
}

NextHop HopTally::mean() const
{
    NextHop hop;
    hop.address = address_;
    hop.record = record_;
    hop.samples = samples_;
    if (samples_ == 0)
        return hop;
    const auto count = static_cast<double>(samples_);
    hop.concurrency = sum_ / count;
    hop.idle_share = static_cast<double>(idle_) / count;
    hop.variance = std::max(0.0, squares_ / count - hop.concurrency * hop.concurrency);
    return hop;
}

} // namespace slotscope::analyze
