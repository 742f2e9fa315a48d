// SPDX-License-Identifier: MIT
// Sums that only grow, of looks at the holders and of the kernel's counters at the same moments. They are
// kept while somebody asks for them, and belong to nobody: who wants to know about some seconds takes the
// difference of two answers.
#pragma once

#include "aggregate/slot_shares.h"
#include "model/backend.h"
#include "model/recording.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

namespace slotscope::aggregate {

class Recording {
  public:
    // Past it the time of a new user goes to `other` of its backend: what has a sum of its own keeps it, so
    // that differences are right. Below 8 MB.
    static constexpr std::size_t kMostUsers = 4096;
    static constexpr std::chrono::seconds kKept{10}; // after the last question

    // Somebody asks: it goes on. True: it begins with the next look.
    bool ask(std::uint64_t now_ns);
    bool lasts(std::uint64_t now_ns) const;

    // A look, which stands for the time since the one before, and the counters of that moment.
    void add(const Look& look, std::span<const BackendCounters> backends, std::uint64_t elapsed_ns,
             std::uint64_t now_ns);

    // The record goes to another backend: what is known of it is moved to that of kOtherBackend, as `other`.
    void forget(std::uint32_t backend);

    // By record; names are left to the caller.
    std::map<std::uint32_t, RecordedBackend> backends() const;
    std::uint64_t began_ns() const { return began_ns_; }
    double seconds() const;
    std::uint64_t looks() const { return looks_; }

  private:
    struct Sum {
        std::uint64_t slot_ns = 0;
        bool certain = true;
    };
    struct Part {
        std::uint64_t counted_ns = 0;
        std::uint64_t other_ns = 0;
        std::unordered_map<SlotUser, Sum, SlotUserHash> users;
    };
    struct Counted { // at the last look
        std::uint64_t created_ns = 0;
        SlotKind kind = SlotKind::connections;
        std::uint64_t slot_ns = 0;
    };

    void count(std::span<const BackendCounters> backends);
    void add_sampled(const Look& look, std::uint64_t elapsed_ns);

    std::uint64_t began_ns_ = 0; // 0: none lasts
    std::uint64_t asked_ns_ = 0;
    std::uint64_t first_ns_ = 0; // look; 0: none yet
    std::uint64_t last_ns_ = 0;
    std::uint64_t looks_ = 0;
    std::size_t users_ = 0;
    std::map<std::uint32_t, Part> parts_;
    std::map<std::uint32_t, Counted> counted_;
};

} // namespace slotscope::aggregate
