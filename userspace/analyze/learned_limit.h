// SPDX-License-Identifier: MIT
// Limits that nothing tells, learned from how a backend behaves at them: its slots stay at the same number
// while more is refused, and go on being given back and taken.
//
// What is learned is "about": it is the most that were in use while something was refused, and it is
// forgotten as soon as more are in use.
#pragma once

#include "analyze/scan.h"
#include "model/backend.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

namespace slotscope::analyze {

// What was refused meanwhile.
enum class Refusal : std::uint8_t {
    answers,  // 503 to the clients of the process that asks it, without a call to the backend; or its own 503
    connects, // refused
    queue,    // connections that wait to be accepted, for a second or more
};
std::string_view to_string(Refusal refusal); // "answers with 503", …

struct LearnedLimit {
    std::uint32_t index = 0; // of the record
    Address address;
    Direction direction = Direction::outbound;
    std::uint32_t netns = 0;
    SlotKind kind = SlotKind::connections;
    std::uint32_t slots = 0;
    Refusal refusal = Refusal::answers;
    std::uint64_t refusals = 0; // that it was learned from

    bool operator==(const LearnedLimit&) const = default;
};

// Bounded: kMostStudied backends, kMostTouches looks at each.
class LimitLearner {
  public:
    static constexpr std::size_t kMostStudied = 256;
    static constexpr std::size_t kMostTouches = 32;

    // Once a second, with all backends (without histograms) and the newest look at all connections. True:
    // what is known is not what it was.
    bool observe(std::span<const BackendCounters> backends, const Scan& scan, std::uint64_t now_ns);

    std::vector<LearnedLimit> limits() const; // by record

  private:
    struct Touch { // a second in which something was refused
        std::uint64_t at_ns = 0;
        std::uint64_t in_use = 0;
        std::uint64_t refusals = 0;
        std::uint64_t ended = 0; // slots given back since the record was made
    };
    struct Study {
        std::uint64_t created_ns = 0;
        Refusal refusal = Refusal::answers;
        std::deque<Touch> touches;
        std::optional<LearnedLimit> learned;
    };
    struct Known {                                 // a backend, as of this look …
        const BackendCounters* counters = nullptr; // not kept beyond it
        std::uint64_t created_ns = 0;
        std::uint64_t unavailable_ever = 0;
        std::uint64_t refused_ever = 0;
        std::uint64_t unavailable = 0; // … and since the look before
        std::uint64_t refused = 0;
        std::uint64_t look = 0; // its number
    };

    void compare(std::span<const BackendCounters> backends);
    void note_answers(const Scan& scan, std::uint64_t now_ns);
    void note_queues(const Scan& scan, std::uint64_t now_ns);
    // Of what a process asks, the record with the most calls under way.
    const BackendCounters* most_asked(const std::set<std::uint32_t>& asked) const;
    void touch(const BackendCounters& counters, Refusal refusal, std::uint64_t in_use, std::uint64_t refusals,
               std::uint64_t now_ns);
    static std::optional<LearnedLimit> lesson(const Study& study, const BackendCounters& counters);
    bool review(const Scan& scan, std::uint64_t now_ns);

    std::map<std::uint32_t, Known> known_; // by record
    std::uint64_t looks_ = 0;
    std::map<std::uint32_t, Study> studies_;
    std::uint64_t scanned_ns_ = 0; // the look whose queues were counted
};

} // namespace slotscope::analyze
