// SPDX-License-Identifier: MIT
// The episodes of the past and the baselines of backends, in one SQLite file that outlives the agent.
//
// When save() has returned, killing the process takes nothing away; a second thread brings it to the disk at
// once (a power loss takes at most what came during its last sync), so the caller never waits for a disk. A
// file that is damaged is set aside; one that cannot be used makes the history go on in memory. Neither is an
// error: warnings() says so.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "model/backend_baseline.h"
#include "model/episode.h"
#include "model/episode_query.h"
#include "store/database.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace slotscope::store {

class Syncer;

struct Bounds {
    std::uint64_t most_bytes = std::uint64_t{64} * 1024 * 1024; // of the file without its log
    std::chrono::hours longest{90 * 24}; // an episode is kept after its end, see trim()
};

// How fast the clock is believed: so many times the time that agents have seen pass.
inline constexpr int kBelievedAtMost = 10;

// What a history in memory may take, whatever the bounds say.
inline constexpr std::uint64_t kMostBytesInMemory = std::uint64_t{8} * 1024 * 1024;

class History {
  public:
    // Opens history.sqlite in DIRECTORY (which must exist), or what takes its place. Episodes that lasted
    // when the agent before ended are cut off now. Only one agent can have a directory's history.
    static std::unique_ptr<History> open(const std::string& directory, const Bounds& bounds,
                                         std::chrono::system_clock::time_point now);
    ~History();
    History(const History&) = delete;
    History& operator=(const History&) = delete;

    // A number that no episode has had, not even one that is deleted. (Where a damaged file was set aside
    // whose numbers can no longer be read, they begin at 1 again; its message says so.)
    std::uint64_t next_id();

    // Inserts or updates the episode, wholly; its id must be one of next_id(). NOW: the last moment it was
    // seen, for one that lasts. Where even with all older episodes deleted there is no room, it is kept
    // without timeline and holders.
    Result<void> save(const Episode& episode, std::chrono::system_clock::time_point now);

    // Newest first (by their numbers: the clock may be set at any time), without timeline and holders. One
    // that cannot be read is left out, and a warning says so.
    Result<std::vector<Episode>> list(const EpisodeQuery& query) const;
    Result<std::optional<Episode>> find(std::uint64_t id) const;

    // Inserts or replaces those of the same backend and direction; at most kMostBaselines are kept, the
    // newest.
    Result<void> save_baselines(std::span<const BackendBaseline> baselines,
                                std::chrono::system_clock::time_point now);
    Result<std::vector<BackendBaseline>> baselines() const;

    // Deletes what is older than the bounds allow. now_ns: CLOCK_MONOTONIC at the same moment, which begins
    // anew with each agent.
    //
    // A clock that is wrong for once must not delete anything. So the clock is believed step by step: it
    // starts at what is stored, goes on at most kBelievedAtMost times as fast as time has passed from trim to
    // trim, and never back; what is deleted is too old by it and by the clock. A host that is on for a tenth
    // of the time or more keeps pace; a clock that is wrong for an hour makes episodes look ten hours older,
    // not years. What was saved while the clock was behind goes with what was saved before it. The size is
    // bounded whatever the clock says.
    Result<void> trim(std::chrono::system_clock::time_point now, std::uint64_t now_ns);

    // What is degraded and what to do about it; for people. Empty: nothing.
    std::vector<std::string> warnings() const;
    bool in_memory() const { return file_.empty(); }
    std::uint64_t size_bytes() const; // of what is in use

  private:
    History(std::string directory, const Bounds& bounds);

    void open_or_replace(std::chrono::system_clock::time_point now);
    void go_on_in_memory(const std::string& why, const std::string& remedy);
    Result<void> begin(std::chrono::system_clock::time_point now);
    Result<void> write(const Episode& episode, std::chrono::system_clock::time_point now);
    Result<void> write_details(const Episode& episode, const std::string& timeline,
                               const std::string& holders);
    Result<void> write_baselines(std::span<const BackendBaseline> baselines);
    Result<void> read_details(Episode& episode) const;
    Result<bool> delete_oldest();
    Result<bool> make_room(std::uint64_t bytes);
    Result<std::chrono::system_clock::time_point> believe(std::chrono::system_clock::time_point now,
                                                          std::chrono::nanoseconds passed);
    std::string too_old(std::chrono::system_clock::time_point now) const; // which rows, in SQL
    Result<void> delete_what_is_out_of_bounds(std::chrono::system_clock::time_point now,
                                              std::chrono::nanoseconds passed);
    Result<void> noted(Result<void> result, std::chrono::system_clock::time_point now);

    std::string directory_;
    std::string file_; // empty: in memory
    Bounds bounds_;
    Fd lock_;
    Database database_;              // none where not even one in memory could be made: every use is an Error
    std::unique_ptr<Syncer> syncer_; // of a file, from the first save on
    std::uint64_t next_id_ = 1;
    std::uint64_t trimmed_ns_ = 0;                       // 0: not yet
    std::map<std::uint64_t, std::size_t> saved_holders_; // of episodes that last: the hash of what is stored
    std::string opening_warning_;                        // stays
    std::string damage_warning_;                         // stays
    std::string write_warning_;                          // until a write succeeds
    mutable std::string unreadable_;                     // the newest of the episodes that cannot be read
};

inline constexpr std::size_t kMostBaselines = 10'000;

} // namespace slotscope::store
