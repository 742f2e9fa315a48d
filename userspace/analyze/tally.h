// SPDX-License-Identifier: MIT
// Slot-seconds of an episode by what the slots were doing: holders, sampled again and again as a profiler
// samples stacks. Each sample stands for the time since the one before.
#pragma once

#include "analyze/usual_calls.h"
#include "model/episode.h"
#include "model/holder.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope::analyze {

// What a slot is doing, as far as its connection shows.
enum class Doing : std::uint8_t {
    connecting,
    not_accepted,   // inbound, in the accept queue
    left_open,      // the peer is done, no call is under way, and this side does not close
    idle,           // no call is under way
    between,        // likewise, but one ended a moment ago: its client asks again and again
    request,        // the request is being sent
    uploading,      // likewise, for a second or more, and it moves: its client takes its time
    waiting,        // nothing of an answer has come
    response,       // the answer is on its way, and moves
    stalled,        // the answer is on its way, and nothing has moved for a second or more
    unseen,         // connected; what it does is not known
    in_transaction, // no call is under way, and nobody but its client may use it: a transaction is open
    upgraded,       // to another protocol (a WebSocket): it lasts for as long as its client stays
};
constexpr std::size_t kDoings = 13;

// "connecting", "not accepted", "left open", …
std::string_view to_string(Doing doing);

// A command by which a client waits for something to come, for as long as it takes: nothing is done for it.
bool waits_for_news(Protocol protocol, std::string_view call);

Doing doing_of(const Holder& holder);

// Of a connection with a call that of the call, whatever the limit counts: a pooled connection is no stuck
// call.
double age_of(const Holder& holder); // seconds

// Connections that wait to be accepted behind a full limit of the server's own: they take none of its slots.
struct AcceptQueue {
    std::uint64_t length = 0;
    double oldest_seconds = 0;
};

// Takes those that wait to be accepted out, where there are others; `total` becomes what it comes to without
// them.
AcceptQueue leave_out_queue(std::vector<Holder>& holders, std::uint64_t& total);

// What is known of a process besides its name.
struct ProcessFacts {
    std::string name;
    std::uint64_t started_ns = 0;  // CLOCK_MONOTONIC; 0: not known
    std::optional<bool> listening; // it has a socket that listens; absent: not known
};
using ProcessBook = std::map<std::uint32_t, ProcessFacts>; // by pid

// Slots that are taken beyond those that calls of the same name usually take.
struct Growth {
    double slots = 0;
    double as_usual = 0; // of calls of which none is older than calls of its name get: none is slow so far
    double more = 0; // likewise, after so long that they would be older if they were: more of them have come
};

class Tally {
  public:
    struct Who {
        std::string process;
        std::string call;
        std::string waits_for_address;
        std::string waits_for_call;
        auto operator<=>(const Who&) const = default; // NOLINT(modernize-use-nullptr)
    };
    struct Part {
        double seconds = 0;
        std::array<double, kDoings> doing{};
        double oldest_seconds = 0;
        std::string dependency;    // name of the backend that is waited for
        double shared_seconds = 0; // of those, where it is not certain that it waits for that
    };
    struct OfProcess {
        std::string name;
        double seconds = 0;
        double newest_age_seconds = 0; // of its slot that was taken last, in the last sample it was in
        std::uint64_t samples = 0;
    };

    // One look at the holders, which stands for so many seconds of each. `total`: how many there were, where
    // `holders` are only some of them.
    void add(std::span<const Holder> holders, std::uint64_t total, double seconds);

    double seconds() const { return seconds_; }
    double share(Doing doing) const;
    // Connections on which nothing happens, whoever may use them.
    double idle_share() const { return share(Doing::idle) + share(Doing::in_transaction); }
    // Of the holders that were looked at last.
    double newest_share(Doing doing) const;
    double oldest_seconds() const { return oldest_seconds_; } // in the last sample, without upgraded ones
    // Of the holders of the last sample, without those that were upgraded: how many have held for at least so
    // long, as a share; those that are long by nature for at least as long as that takes.
    double share_older_than(double seconds, const UsualCalls& usual = {}) const;
    // The age that half of the holders of the last sample have reached, without as many of those that are
    // long by nature as there usually are; 0 without any.
    double median_age_seconds(const UsualCalls& usual = {}) const;
    // Mean number of holders at a time that wait for somebody known.
    double waiting_for_others() const;
    // How long those had waited for that already, on average, when they were looked at.
    double mean_wait_seconds() const;
    // Share of the slot-seconds of connections that a process is known to have.
    double share_owned() const;
    // What fills it beyond what is usual for each call. lasted_seconds: since it began.
    Growth growth(const UsualCalls& usual, double lasted_seconds) const;
    double mean_holders() const;
    std::uint64_t samples() const { return samples_; }
    bool labelled() const { return labelled_seconds_ > 0.5 * seconds_; }

    const std::map<Who, Part>& parts() const { return parts_; }
    const std::map<std::uint32_t, OfProcess>& processes() const { return processes_; }
    const std::map<Protocol, double>& protocols() const { return protocols_; }

    // The most slot-seconds first, of those that are long by nature only what is more than usual.
    std::vector<Culprit> culprits(std::size_t most, const UsualCalls& usual = {}) const;
    // What the most slot-seconds wait for; absent where none is seen to wait for anybody.
    std::optional<Dependency> dependency() const;

  private:
    struct Age {
        float seconds = 0;
        std::uint32_t label = 0; // index of labels_
    };
    std::uint32_t label_index(const std::string& label);
    void add_one(const Holder& holder, Doing what, double seconds);

    static constexpr std::size_t kMostParts = 256;
    static constexpr std::size_t kMostProcesses = 256;
    static constexpr std::size_t kMostAges = 4096;

    double seconds_ = 0; // slot-seconds
    double time_ = 0;    // seconds
    double labelled_seconds_ = 0;
    double waiting_seconds_ = 0;
    double waited_ = 0; // sum of slot-seconds times the age of the wait
    std::uint64_t samples_ = 0;
    std::array<double, kDoings> doing_{};
    std::array<double, kDoings> newest_{};
    double oldest_seconds_ = 0;
    std::vector<Age> ages_;           // of the last sample; ascending; at most kMostAges
    double ages_weight_ = 1;          // holders that each of them stands for
    std::vector<std::string> labels_; // of ages_; at most kMostParts, the first one is of all others
    std::map<Who, Part> parts_;
    std::map<std::uint32_t, OfProcess> processes_; // by pid
    std::map<Protocol, double> protocols_;         // slot-seconds
};

} // namespace slotscope::analyze
