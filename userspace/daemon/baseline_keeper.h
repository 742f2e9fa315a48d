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

// Bounded: store::kMostBaselines.
class BaselineKeeper {
  public:
    using Key = std::pair<std::string, Direction>; // a backend's name

    // What the history knows.
    explicit BaselineKeeper(store::History& history);

    // Once a minute: the last minute of every backend that is recorded, but not of those in trouble.
    void learn(std::span<const Backend> backends, const Recorder& recorder, const std::set<Key>& in_trouble,
               std::chrono::system_clock::time_point now);
    // Writes what was learned since the last time.
    void save(std::chrono::system_clock::time_point now);

    std::optional<analyze::Baseline> usual(const Backend& backend,
                                           std::chrono::system_clock::time_point now) const;

  private:
    store::History& history_;
    std::map<Key, BackendBaseline> baselines_;
    std::set<Key> changed_;
};

} // namespace slotscope::daemon
