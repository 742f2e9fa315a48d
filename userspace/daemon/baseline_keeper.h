// SPDX-License-Identifier: MIT
// What is usual for each backend, from former agents on.
#pragma once

#include "analyze/learned.h"
#include "daemon/recorder.h"
#include "model/backend.h"
#include "store/history.h"

#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>

namespace slotscope::daemon {

// `now` is what the wall clock says at the moment now_ns (CLOCK_MONOTONIC). What was learned by this agent
// has its age by the latter, whatever the wall clock is set to; what former ones have learned, by the former.
// So a wall clock that is wrong hides it at most as long as it is wrong.
//
// Bounded: store::kMostBaselines.
class BaselineKeeper {
  public:
    using Key = std::pair<std::string, Direction>; // a backend's name

    // What the history knows.
    explicit BaselineKeeper(store::History& history);

    // Once a minute: the last minute of every backend that is recorded, but not of those in trouble.
    void learn(std::span<const Backend> backends, const Recorder& recorder, const std::set<Key>& in_trouble,
               std::chrono::system_clock::time_point now, std::uint64_t now_ns);
    // Writes what was learned since the last time.
    void save(std::chrono::system_clock::time_point now, std::uint64_t now_ns);

    std::optional<analyze::Baseline> usual(const Backend& backend, std::chrono::system_clock::time_point now,
                                           std::uint64_t now_ns) const;

  private:
    struct Known {
        BackendBaseline baseline;
        std::uint64_t learned_ns = 0; // 0: by a former agent
    };
    // With the time at which it was learned as the wall clock would tell it now.
    static BackendBaseline dated(const Known& known, std::chrono::system_clock::time_point now,
                                 std::uint64_t now_ns);

    store::History& history_;
    std::map<Key, Known> baselines_;
    std::set<Key> changed_;
};

} // namespace slotscope::daemon
