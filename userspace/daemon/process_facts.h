// SPDX-License-Identifier: MIT
// Which of several processes of one name have been replaced by newer ones: when each began, and whether it
// listens.
#pragma once

#include "analyze/tally.h"
#include "enrich/process.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace slotscope::daemon {

class ProcessFactsReader {
  public:
    explicit ProcessFactsReader(enrich::Processes& processes, std::string proc = "/proc")
        : processes_(processes)
        , proc_(std::move(proc))
    {
    }

    // Facts of `holders` and of those of `others` that have the same name as one of them, where processes of
    // one name began at different times; what cannot be of two generations is left out. Looks at 64 processes
    // at most, and again after two seconds.
    analyze::ProcessBook look(const std::set<std::uint32_t>& holders, const std::set<std::uint32_t>& others,
                              std::uint64_t now_ns);

  private:
    struct Known {
        analyze::ProcessFacts facts;
        std::uint64_t looked_ns = 0;
    };
    Known& known(std::uint32_t pid, std::uint64_t now_ns);
    void see_whether_it_listens(std::uint32_t pid, Known& known, std::uint64_t now_ns);

    static constexpr std::size_t kMostKnown = 1024;
    static constexpr std::size_t kMostLooked = 64;

    enrich::Processes& processes_;
    std::string proc_;
    std::map<std::uint32_t, Known> known_;
};

} // namespace slotscope::daemon
