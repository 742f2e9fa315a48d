// SPDX-License-Identifier: MIT
// How much the servers of an episode asked their next hop at a time, over its samples.
#pragma once

#include "analyze/evidence.h"

#include <cstdint>
#include <string>

namespace slotscope::analyze {

class HopTally {
  public:
    // What was asked at one look (Scan::asked_by).
    void add(const NextHop& seen);

    std::uint64_t samples() const { return samples_; }
    std::uint32_t record() const { return record_; }
    bool asks() const { return !address_.empty(); }
    NextHop mean() const;

  private:
    std::string address_; // of the last look that saw one
    std::uint32_t record_ = 0;
    std::uint64_t samples_ = 0;
    std::uint64_t idle_ = 0;
    double sum_ = 0;
    double squares_ = 0;
};

} // namespace slotscope::analyze
