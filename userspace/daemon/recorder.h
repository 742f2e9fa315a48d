// SPDX-License-Identifier: MIT
// The flight recorder: what each backend did, second by second, for the last minutes.
#pragma once

#include "analyze/recording.h"
#include "model/backend.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

namespace slotscope::daemon {

// Bounded: at most kMostTracks backends with something going on, about 82 KB each (42 MB in all) if something
// goes on in every second. Backends that do nothing cost a comparison a second. Where more have something
// going on, those with a limit are recorded first, and of the others those that were there first: what is
// dropped and begun again and again would know nothing of what is usual.
class Recorder {
  public:
    static constexpr std::size_t kMostTracks = 512;

    // A backend's counters with their histograms, now.
    using Read = std::function<std::optional<BackendCounters>(std::uint32_t index)>;

    // Once a second. `backends`: all of them, without histograms; those are read where slots were given back.
    void observe(std::span<const BackendCounters> backends, std::uint64_t now_ns,
                 std::chrono::system_clock::time_point at, const Read& read);

    // The seconds so far, oldest first, with what has begun since the last whole one when `now` (counters
    // with histograms) is given. Empty for one that is not recorded.
    std::vector<analyze::Second> seconds(std::uint32_t index) const;
    std::vector<analyze::Second> seconds(std::uint32_t index, const BackendCounters& now,
                                         std::uint64_t now_ns) const;

    // The newest whole seconds, up to `most`.
    std::vector<analyze::Second> newest(std::uint32_t index, std::size_t most) const;

    // How long slots were held that were given back since a look of one or two minutes ago; absent for one
    // that is not recorded. NOW: its counters with histograms.
    std::optional<RecentHolds> recent_holds(const BackendCounters& now, std::uint64_t now_ns) const;

    void forget(std::uint32_t index);
    // Those that must not make room for others.
    void keep(std::uint32_t index, bool keep);

    std::size_t size() const { return tracks_.size(); }

  private:
    struct Seen { // of every backend
        std::uint64_t created_ns = 0;
        std::uint64_t moved = 0; // sum of what counts up
    };
    struct Mark { // the slots' hold times at some look
        std::uint64_t at_ns = 0;
        SlotKind kind = SlotKind::connections;
        Histogram held;
    };
    struct Track {
        analyze::Recording recording;
        Mark older_mark;        // a minute before the newer one, except in the first
        Mark newer_mark;        // of less than a minute ago
        BackendCounters before; // at the end of the newest second
        std::uint64_t at_ns = 0;
        std::chrono::system_clock::time_point at;
        std::uint64_t active_ns = 0;

        bool has_limit() const { return before.slots().limit != 0; }
    };

    void start(const BackendCounters& counters, bool fresh, std::uint64_t now_ns,
               std::chrono::system_clock::time_point at);
    static void advance(Track& track, const BackendCounters& counters, std::uint64_t now_ns,
                        std::chrono::system_clock::time_point at, const Read& read);
    static Mark mark(const BackendCounters& counters, std::uint64_t at_ns);
    static void set_marks(Track& track);
    bool make_room(bool has_limit, std::uint64_t now_ns);

    std::vector<Seen> seen_; // by record
    std::unordered_map<std::uint32_t, Track> tracks_;
    std::set<std::uint32_t> kept_;
    std::uint64_t last_ns_ = 0;
    std::chrono::system_clock::time_point last_at_;
};

} // namespace slotscope::daemon
