// SPDX-License-Identifier: MIT
// Slot-seconds by process and call since the start, for counters that only grow.
#pragma once

#include "aggregate/slot_shares.h"
#include "model/slot_shares.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace slotscope::aggregate {

// The largest of each backend by themselves, the rest in `other`. One that is folded takes what it has
// counted along, so that the sum over a backend never falls; what comes to it later begins at 0.
class HolderTotals {
  public:
    static constexpr std::size_t kMostOfBackend = 20;
    static constexpr std::size_t kMost = 1000; // of all backends: at most a megabyte

    // As SlotShares::add.
    void add(const Look& look, std::uint64_t elapsed_ns);

    // Makes room for the largest of the window (SlotShares::shares): those that are not among them are
    // folded.
    void keep_largest(std::uint32_t backend, const std::vector<SlotShare>& shares);

    // Backends that have no room for another one by itself.
    std::vector<std::uint32_t> full() const;

    // The record goes to another backend: what it has counted is moved to kOtherBackend's `other`.
    void forget(std::uint32_t backend);

    struct Total {
        std::uint32_t backend = 0; // index of its record
        std::string process;       // "(unknown)"; "other" for the rest
        std::string call;          // without a label "(http)", "(idle)"; "other" for the rest
        double slot_seconds = 0;
    };
    std::vector<Total> totals() const; // by backend

  private:
    using Key = std::pair<std::string, std::string>; // process, call
    struct Totals {
        std::map<Key, std::uint64_t> by_key; // ns
        std::uint64_t other_ns = 0;
    };

    static Key key_of(const SlotUser& user);

    std::map<std::uint32_t, Totals> backends_;
    std::size_t keys_ = 0;
};

} // namespace slotscope::aggregate
