// SPDX-License-Identifier: MIT
// What the kernel's counters say of the last minutes, in the slices of slot_shares.h: differences, exact.
#pragma once

#include "model/backend.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace slotscope::aggregate {

class CallTotals {
  public:
    // Ends a slice, and begins the next. The counters with their histograms.
    void roll(std::span<const BackendCounters> backends, std::uint64_t now_ns);

    struct Totals {
        double seconds = 0;
        double slot_seconds = 0;
        std::uint64_t started = 0;
        std::uint64_t finished = 0;
        std::optional<double> mean_seconds; // of the calls that finished
        std::optional<double> p99_seconds;
    };
    // Over the last `slices`, the one that is not over among them. `now`: the same counters, now.
    Totals totals(const BackendCounters& now, std::size_t slices, std::uint64_t now_ns) const;

    void forget(std::uint32_t backend);

  private:
    // Cumulative, at the end of the last slice; or what came to it in one. Histograms are kept as the buckets
    // that have something: mostly a dozen of 130.
    struct Counts {
        // Of both kinds: a limit may begin to count the other one.
        std::uint64_t connection_ns = 0;
        std::uint64_t call_ns = 0;
        std::uint64_t started = 0;
        std::uint64_t finished = 0;
        std::uint64_t sum_ns = 0;
        std::vector<std::pair<std::uint8_t, std::uint64_t>> durations; // bucket, count
    };
    struct Last {
        std::uint64_t created_ns = 0;
        Counts counts;
    };
    struct Slice {
        std::uint64_t begin_ns = 0;
        std::map<std::uint32_t, Counts> changes; // of those in which something happened
    };

    static Counts counts_of(const BackendCounters& counters);
    static Counts change(const Counts& from, const Counts& to);
    static void add(Counts& into, const Counts& more);
    Counts since_last(const BackendCounters& now) const;

    std::map<std::uint32_t, Last> last_;
    std::deque<Slice> slices_;   // that are over
    std::uint64_t begin_ns_ = 0; // of the one that is not
};

} // namespace slotscope::aggregate
