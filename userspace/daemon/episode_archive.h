// SPDX-License-Identifier: MIT
// All episodes: the newest in memory, all of them in the history.
#pragma once

#include "daemon/configuration.h"
#include "daemon/episode_shelf.h"
#include "store/history.h"

#include <memory>
#include <string>
#include <vector>

namespace slotscope::daemon {

// As configured.
store::Bounds history_bounds(const Configuration& configuration);

class EpisodeArchive final : public EpisodeSink {
  public:
    // Opens the history in the state directory, which is made where it is not there. Never fails: see
    // warnings().
    EpisodeArchive(const std::string& directory, const store::Bounds& bounds,
                   std::chrono::system_clock::time_point now);

    std::uint64_t next_id() override { return history_->next_id(); }
    void show(const Episode& episode) override { shelf_.show(episode); }
    // Writes it to the history at once; where that fails, the shelf has it still.
    void save(const Episode& episode, std::chrono::system_clock::time_point now) override;

    // Newest first. Those of former agents come without timeline and holders; find() has them whole.
    std::vector<Episode> list(const EpisodeQuery& query) const;
    std::optional<Episode> find(std::uint64_t id) const;
    std::vector<const Episode*> active() const { return shelf_.active(); }

    // Deletes what is too old; now_ns: CLOCK_MONOTONIC at the same moment.
    void trim(std::chrono::system_clock::time_point now, std::uint64_t now_ns);
    std::vector<std::string> warnings() const { return history_->warnings(); }
    store::History& history() { return *history_; }

  private:
    void tell_warnings();

    std::unique_ptr<store::History> history_;
    EpisodeShelf shelf_;
    std::vector<std::string> told_; // warnings that are in the log
};

} // namespace slotscope::daemon
