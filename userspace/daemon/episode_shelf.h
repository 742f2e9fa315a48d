// SPDX-License-Identifier: MIT
// Where episodes go, and where they are looked up: in memory, the newest of them.
#pragma once

#include "base/result.h"
#include "model/episode.h"
#include "model/episode_query.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace slotscope::daemon {

// Takes episodes as they begin, change and end. An episode is self-contained: whoever keeps it needs nothing
// else.
class EpisodeSink {
  public:
    virtual ~EpisodeSink() = default;

    // A number that no episode has had.
    virtual std::uint64_t next_id() = 0;

    // The episode as it is now, for those who ask; several times a second while it is young.
    virtual void show(const Episode& episode) = 0;

    // Likewise, and worth keeping: at a change of the verdict, at the end, else every five seconds. It has
    // ended when `ended` is set.
    virtual void save(const Episode& episode, std::chrono::system_clock::time_point now) = 0;
};

// Bounded: kMost episodes with at most as many windows and holders as EpisodeWatch gives each (about 300 KB).
class EpisodeShelf final : public EpisodeSink {
  public:
    static constexpr std::size_t kMost = 64;

    std::uint64_t next_id() override { return next_id_++; }
    void show(const Episode& episode) override;
    void save(const Episode& episode, std::chrono::system_clock::time_point) override { show(episode); }

    // Newest first.
    std::vector<Episode> list(const EpisodeQuery& query) const;
    const Episode* find(std::uint64_t id) const;
    // Those that last, oldest first.
    std::vector<const Episode*> active() const;

  private:
    std::uint64_t next_id_ = 1;
    std::map<std::uint64_t, Episode> episodes_; // by id
};

} // namespace slotscope::daemon
