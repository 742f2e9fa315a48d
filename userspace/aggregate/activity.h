// SPDX-License-Identifier: MIT
// What the counters say from second to second: rates, what happened, who is idle.
#pragma once

#include "model/backend.h"
#include "model/event.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace slotscope::aggregate {

// Something that a look at the counters shows; the backend is told by its record's index.
struct Happening {
    std::uint32_t index = 0;
    Event event; // without backend and direction: the caller knows the name
};

class Activity {
  public:
    // Once a second or so. now_ns: CLOCK_MONOTONIC; at: the same moment, for the events.
    std::vector<Happening> observe(std::span<const BackendCounters> backends, std::uint64_t now_ns,
                                   std::chrono::system_clock::time_point at);

    // What came to take a slot, per second, over the last ten seconds (or since the record was made): calls
    // where the limit counts calls, else openings.
    double arrivals_per_second(const BackendCounters& counters, std::uint64_t now_ns) const;

    // Records that hold nothing, have no limit and no listener, and have not changed for so long.
    std::vector<std::uint32_t> idle_for(std::span<const BackendCounters> backends, std::uint64_t idle_ns,
                                        std::uint64_t now_ns) const;

    void forget(std::uint32_t index);

  private:
    static constexpr std::size_t kSamples = 11;
    struct Sample {
        std::uint64_t at_ns = 0;
        std::uint64_t opened = 0; // those that are older than the agent are not counted
        std::uint64_t calls = 0;
    };
    struct Past {
        std::uint64_t created_ns = 0;
        std::array<Sample, kSamples> samples{};
        std::size_t newest = 0;
        std::uint64_t ended = 0;
        std::uint64_t changed_ns = 0;
        std::array<std::uint64_t, kFailureReasons> failed{};
        bool was_full = false;              // the limit was reached and its end has not been told yet
        std::uint64_t limit_hits = 0;       // as of the last observation
        std::uint64_t full_since_total = 0; // time at the limit before that
    };

    static Past begin(const BackendCounters& counters, std::uint64_t now_ns);
    static void tell_limit(Past& past, const BackendCounters& counters, std::vector<Happening>& out,
                           std::chrono::system_clock::time_point at);
    static void tell_failures(Past& past, const BackendCounters& counters, std::vector<Happening>& out,
                              std::chrono::system_clock::time_point at);

    std::unordered_map<std::uint32_t, Past> past_;
};

} // namespace slotscope::aggregate
