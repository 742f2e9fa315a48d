// SPDX-License-Identifier: MIT
// Looks at the holders, summed up: each look adds the time since the one before to whatever holds a slot, as
// a profiler adds its period to the stack that it meets. Calls of any length come out in proportion to the
// time that they hold their slots, also those that never end.
#pragma once

#include "model/slot_shares.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <unordered_map>
#include <vector>

namespace slotscope::aggregate {

struct SlotUserHash {
    std::size_t operator()(const SlotUser& user) const;
};

// One look: who holds slots at this moment.
class Look {
  public:
    struct Seen {
        std::uint64_t count = 0;
        std::uint64_t oldest_ns = 0;
        bool certain = true;
    };
    using Users = std::unordered_map<SlotUser, Seen, SlotUserHash>;

    // backend: index of its record. age_ns: of what takes the slot, of the oldest of `count`.
    void add(std::uint32_t backend, const SlotUser& user, std::uint64_t age_ns, bool certain = true,
             std::uint64_t count = 1);

    const std::map<std::uint32_t, Users>& backends() const { return backends_; }

  private:
    std::map<std::uint32_t, Users> backends_;
};

// The last five minutes, in slices of ten seconds.
class SlotShares {
  public:
    static constexpr std::chrono::seconds kSlice{10};
    static constexpr std::size_t kSlices = 30;
    // Bounds of what is kept, with the least of it in `other`: below 20 MB in all.
    static constexpr std::size_t kMostUsers = 50;     // of a backend in a slice
    static constexpr std::size_t kMostInSlice = 2048; // of all backends

    // elapsed_ns: since the look before, which this one stands for.
    void add(const Look& look, std::uint64_t elapsed_ns);

    // Begins a new slice.
    void roll();

    struct Shares {
        double sampled_seconds = 0;
        double slot_seconds = 0;
        double other_slot_seconds = 0;
        std::vector<SlotShare> shares; // most first, at most `most`
    };
    // Over the last `slices`, the one that is not over among them.
    Shares shares(std::uint32_t backend, std::size_t slices, std::size_t most) const;
    std::uint64_t looks(std::size_t slices) const;

    void forget(std::uint32_t backend);

  private:
    struct Cell {
        std::uint64_t slot_ns = 0;
        std::uint64_t oldest_ns = 0;
        bool certain = true;
    };
    struct Part {
        std::unordered_map<SlotUser, Cell, SlotUserHash> users;
        std::uint64_t other_ns = 0;
    };
    struct Slice {
        std::uint64_t sampled_ns = 0;
        std::uint64_t looks = 0;
        std::size_t users = 0; // in all parts
        std::map<std::uint32_t, Part> parts;
    };

    static void add_to(Slice& slice, Part& part, const SlotUser& user, const Cell& more);
    std::size_t first_of(std::size_t slices) const;

    std::deque<Slice> slices_ = std::deque<Slice>(1);
};

} // namespace slotscope::aggregate
