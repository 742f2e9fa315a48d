// SPDX-License-Identifier: MIT
// Calls that are over, by name, over the last minutes in the slices of slot_shares.h. The kernel side tells
// of a random part of them (all, while they are few); what it tells is scaled to what it has counted.
#pragma once

#include "aggregate/slot_shares.h"
#include "model/holder.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace slotscope::aggregate {

// Whose calls they are. Empty texts: not known.
struct CallName {
    std::string process; // name
    std::string call;    // label
    Protocol protocol = Protocol::unknown;

    bool operator==(const CallName&) const = default;
};

struct CallNameHash {
    std::size_t operator()(const CallName& name) const;
};

// What the kernel side has counted of a backend, since its record was made.
struct CountedCalls {
    std::uint32_t backend = 0; // index of its record
    std::uint64_t created_ns = 0;
    std::uint64_t ended = 0;
    std::uint64_t lost = 0; // of those that were to be told, the ring buffer was full
};

class EndedCalls {
  public:
    // Bounds of what is kept; the least of it is counted without a name: below 20 MB in all.
    static constexpr std::size_t kMostNames = 50;     // of a backend in a slice
    static constexpr std::size_t kMostInSlice = 1024; // of all backends
    static constexpr std::size_t kMostBuckets = 32;   // different durations of a name in a slice

    // One was told, and stands for `every`.
    void add(std::uint32_t backend, const CallName& name, std::uint64_t took_ns, std::uint32_t every);

    // From now on the kernel side tells one of so many.
    void set_every(std::uint32_t backend, std::uint32_t every);

    // Ends a slice, and begins the next.
    void roll(std::span<const CountedCalls> counted);

    struct Calls {
        CallName name;
        std::uint64_t count = 0;
        double sum_seconds = 0;
        double p99_seconds = 0; // off by at most a quarter
    };
    struct Totals {
        std::vector<Calls> calls;   // those that took the most time in all first
        std::uint64_t nameless = 0; // calls that are in none of them
        std::uint64_t told = 0;     // that all this was made of
        std::uint64_t lost = 0;
        bool exact = true; // each call was told
    };
    // Over the last `slices`, the one that is not over among them. `now`: what is counted by now.
    Totals totals(const CountedCalls& now, std::size_t slices) const;

    void forget(std::uint32_t backend);

  private:
    struct Cell {
        std::uint64_t weight = 0;                                      // calls that the told ones stand for
        std::uint64_t sum_ns = 0;                                      // likewise
        std::vector<std::pair<std::uint8_t, std::uint64_t>> durations; // bucket, weight

        void add(std::uint64_t took_ns, std::uint64_t every);
    };
    struct Part {
        std::unordered_map<CallName, Cell, CallNameHash> names;
        std::uint64_t nameless = 0; // weight
        std::uint64_t told = 0;
        std::uint64_t weight = 0;
        std::uint32_t most_every = 1;
        std::uint64_t ended = 0; // as counted; 0 while the slice lasts
        std::uint64_t lost = 0;

        bool whole() const { return most_every == 1 && lost == 0; }
        double scale() const;
    };
    struct Slice {
        std::map<std::uint32_t, Part> parts;
        std::size_t names = 0; // in all parts
    };
    struct Sum;

    Part& part_of(std::uint32_t backend);
    static Cell* cell_of(Slice& slice, Part& part, const CallName& name, std::uint64_t sum_ns);
    CountedCalls since_last(const CountedCalls& now) const;

    std::map<std::uint32_t, CountedCalls> last_;
    std::map<std::uint32_t, std::uint32_t> every_; // where it is not 1
    std::deque<Slice> slices_ = std::deque<Slice>(1);
    bool begun_ = false; // the first slice has
};

} // namespace slotscope::aggregate
