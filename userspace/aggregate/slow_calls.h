// SPDX-License-Identifier: MIT
// Calls that last longer than is usual for their backend: told while they are under way, and again when they
// end.
#pragma once

#include "aggregate/activity.h"
#include "model/holder.h"
#include "model/slow_calls.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace slotscope::aggregate {

// From when on a call of the backend is slow, in nanoseconds; 0: never. `durations`: of its calls so far.
std::uint64_t slow_from_ns(const SlowCallSettings& settings, const std::string& backend,
                           const Histogram& durations);

class SlowCalls {
  public:
    static constexpr std::size_t kMostOfBackend = 5; // that are told within kPeriod, the rest is counted
    static constexpr std::size_t kMostOfAll = 50;    // likewise
    static constexpr std::size_t kMostTold = 1000;   // that are under way and will be told when they end
    static constexpr std::chrono::seconds kPeriod{10};

    void set_threshold(std::uint32_t backend, std::uint64_t slow_ns) { thresholds_[backend] = slow_ns; }
    bool has_threshold(std::uint32_t backend) const { return thresholds_.contains(backend); }
    void forget(std::uint32_t backend);

    // One look: ask due() for each call under way, tell() those that are, then end_look().
    // The call has become slow since the last look.
    bool due(const Connection& connection, std::uint64_t now_ns);

    struct SlowCall {
        std::string label;     // empty: not known
        std::string process;   // name; empty: not known
        std::string waits_for; // address and label; empty: nothing
    };
    void tell(const Connection& connection, const SlowCall& call, std::uint64_t now_ns);

    // Of one that was told and was not met in this look.
    struct Ended {
        std::uint64_t cookie = 0;
        std::uint64_t began_ns = 0;
        std::uint64_t last_seen_ns = 0;
        std::uint32_t backend = 0;
        std::uint32_t pid = 0;
        std::string who; // "GET /a by haproxy[812]"
    };
    std::vector<Ended> end_look(std::uint64_t now_ns);
    // ended_ns: CLOCK_MONOTONIC; 0: it can no longer be told, it was after last_seen_ns.
    void tell_end(const Ended& ended, std::uint64_t ended_ns);

    // What there is to tell since the last call; the events' time is `at`.
    std::vector<Happening> take(std::chrono::system_clock::time_point at);

  private:
    using Key = std::pair<std::uint64_t, std::uint64_t>; // cookie, began_ns
    void tell_suppressed();

    std::unordered_map<std::uint32_t, std::uint64_t> thresholds_; // ns, by backend; 0 never
    std::map<Key, Ended> told_;
    std::vector<Happening> happenings_;
    std::map<std::uint32_t, std::size_t> in_period_; // told, by backend
    std::map<std::uint32_t, std::uint64_t> suppressed_;
    std::size_t all_in_period_ = 0;
    std::uint64_t period_until_ns_ = 0;
    std::uint64_t last_look_ns_ = 0;
};

} // namespace slotscope::aggregate
