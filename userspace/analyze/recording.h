// SPDX-License-Identifier: MIT
// The last minutes of one backend: seconds of the newest, ten seconds each of what is older.
#pragma once

#include "analyze/second.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

namespace slotscope::analyze {

// Bounded: at most kFine + kCoarse entries, 10.5 minutes, about 75 KB. Of a backend on which nothing moves,
// as of most of a host's, a hundredth of that.
class Recording {
  public:
    static constexpr std::size_t kFine = 120;
    static constexpr std::size_t kJoined = 10; // fine ones that become a coarse one
    static constexpr std::size_t kCoarse = 51;

    void add(Second second);

    // Oldest first.
    std::vector<Second> all() const;
    std::size_t size() const { return fine_.size() + coarse_.size(); }

  private:
    // A second like the one before it is kept as that one, at another time.
    struct Kept {
        std::chrono::system_clock::time_point begin;
        double seconds = 0;
        std::shared_ptr<const Second> like;
    };

    static Second second_of(const Kept& kept);
    static void keep(std::deque<Kept>& part, Second second);
    void recount_all(SlotKind kind);

    std::deque<Kept> fine_;
    std::deque<Kept> coarse_;
};

// At most `most` windows for people: where there are more, neighbours far from `focus` are joined first, so
// that the moment itself stays sharp. most is at least 16.
std::vector<Window> thinned(std::vector<Second> seconds, std::chrono::system_clock::time_point focus,
                            std::size_t most);

} // namespace slotscope::analyze
