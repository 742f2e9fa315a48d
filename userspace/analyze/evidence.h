// SPDX-License-Identifier: MIT
// All that is known of an episode, in the numbers that the causes are told by.
#pragma once

#include "analyze/forgotten.h"
#include "analyze/little.h"
#include "analyze/mix.h"
#include "analyze/quota_tally.h"
#include "analyze/rates.h"
#include "analyze/tally.h"
#include "model/episode.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace slotscope::analyze {

// What an episode is about.
enum class Trouble : std::uint8_t {
    limit,         // all slots are taken
    refusals,      // answers say that there is no room, and no limit is known
    connect,       // connections fail, or hang while connecting
    accept_queue,  // connections wait to be accepted
    left_open,     // closed by the peer, and never here
    stuck,         // calls that do not end, and nothing does any more
    one_at_a_time, // calls wait here while the next hop is asked by one at a time
};

// What is usual for a backend: from the minutes before, or from earlier days.
struct Baseline {
    enum class From : std::uint8_t { none, minutes_before, history };
    From from = From::none;
    double seconds = 0; // that it was made from
    double arrivals_per_second = 0;
    double completions_per_second = 0;
    double hold_seconds = 0;
    std::optional<double> hold_p95_seconds;
    std::optional<double> accept_wait_seconds;
    double in_use = 0;                   // of what the rates are of
    double slots_in_use = 0;             // mean of the slots
    PerSecond completions_by_duration{}; // all 0: not known
    Unit unit = Unit::connections;       // that the rates are of

    bool known() const { return from != From::none; }
};

// Where the calls that end up in this backend arrive: the listeners of the processes that hold its slots.
struct Demand {
    double before_per_second = 0;
    double during_per_second = 0;
    double in_flight = 0; // mean during: those that wait for a slot are in it
};

// The other end of the same connections, where it is on this host.
struct OtherEnd {
    std::uint64_t in_use = 0;
    std::uint64_t not_accepted = 0;
    double oldest_not_accepted_seconds = 0;
    std::uint64_t owners = 0; // processes that have accepted some
};

// The outbound calls of the processes that serve a backend, all together.
struct NextHop {
    std::string address;      // of most of them
    double concurrency = 0;   // mean
    std::uint32_t record = 0; // of that address
    // Over the samples:
    double idle_share = 0; // those in which nothing was asked
    double variance = 0;   // of how much was asked at a time; that of what comes by chance is its mean
    std::uint64_t samples = 0;
    // Absent without anything to compare with:
    std::optional<double> usual = {};  // mean calls under way at that address before it
    std::optional<double> slower = {}; // a call there takes so many times as long as it did
};

// What the threads that serve the calls are doing.
struct ServingThreads {
    std::uint64_t looked_at = 0;
    std::uint64_t locked = 0;      // wait for a lock, in a process that does nothing at all
    std::uint64_t stopped = 0;     // by a signal or a debugger
    std::uint64_t file_locked = 0; // wait for a lock on a file, which somebody has
    std::uint64_t waiting = 0;     // wait for another thread, whatever their process does
    std::uint64_t on_disk = 0;     // wait uninterruptibly, as for a disk
    // Of the processes that have accepted the connections:
    std::uint64_t processes = 0; // looked at
    std::uint64_t stopped_processes = 0;
    // The process of them that has no file descriptor left, and how many it has; 0: none is like that.
    std::uint32_t out_of_files = 0;
    std::uint64_t open_files = 0;

    bool all_stopped() const { return processes != 0 && stopped_processes == processes; }
};

// The threads that serve, as to locks between them: over the samples that saw some of them.
struct LockQueue {
    std::uint64_t samples = 0;
    double waiting = 0;  // mean number of those that wait for another thread
    double working = 0;  // and of those that do not
    double variance = 0; // of the latter
};

// What the sessions of a database say of locks, as of the last look.
struct SessionLocks {
    std::uint64_t looked_at = 0;
    std::uint64_t waiting = 0; // for a lock that another session has
    double oldest_waiting_seconds = 0;
    // Of those that are idle in a transaction, and keep what it has locked: the one for the longest.
    std::uint64_t idle_in_transaction = 0;
    double longest_idle_seconds = 0;
    std::string keeper;      // its client: an address, or a process of this host
    std::string keeper_call; // its last statement; empty: not known
    // Nobody says that they wait for a lock: they have no answer, and began after that one went idle.
    bool presumed = false;

    double waiting_share() const
    {
        return looked_at == 0 ? 0 : static_cast<double>(waiting) / static_cast<double>(looked_at);
    }
    // Nobody else has had the lock since the oldest began to wait for it.
    bool kept_by_idle() const
    {
        return idle_in_transaction != 0 && longest_idle_seconds >= oldest_waiting_seconds;
    }
};

constexpr double kStalledBefore_seconds = 2; // in which a stall can have been the reason

struct Evidence {
    Trouble trouble = Trouble::limit;
    Direction direction = Direction::outbound;
    SlotKind kind = SlotKind::connections;
    std::string backend;
    std::string address;
    std::uint64_t limit = 0; // 0: none
    std::uint64_t in_use = 0;
    std::uint64_t peak = 0;
    bool active = true;
    double lasted_seconds = 0; // since the limit was reached
    std::string product;       // that the limit is of; empty: not known
    std::string limit_source;
    LimitSetting setting;   // that a larger limit is written into
    std::string limit_name; // as the product calls it

    Unit unit = Unit::connections; // of baseline and during
    Baseline baseline;
    Rates during;
    Rates lately; // the last seconds of it
    std::optional<Demand> demand;
    std::optional<OtherEnd> other_end;

    Tally tally;
    UsualCalls usual_calls; // of the time before
    // Completed holds, since the limit was reached, that were at least `long_hold_seconds`.
    std::uint64_t long_completions = 0;
    double long_hold_seconds = 0;
    Histogram completed; // all of them; empty: not read
    // Calls that had ended before it, and how long the longest of them took at the most; 0: not known.
    std::uint64_t ended_before = 0;
    double longest_before_seconds = 0;
    // Slot-seconds of processes that have been replaced by newer ones of the same name, and how many those
    // are.
    double old_generations_share = 0;
    std::uint64_t old_generations = 0;
    std::string generation_process; // name
    // Connections that are open and connecting right now, and since when.
    std::uint64_t connecting = 0;
    double oldest_connecting_seconds = 0;
    // What the servers of these connections ask in turn, where they run on this host.
    std::optional<NextHop> next_hop;
    // They ask somebody, and it was not looked at often enough yet to say how.
    bool next_hop_open = false;
    ServingThreads threads;
    LockQueue lock_queue;
    // That the host stood still, or was too busy for this agent; from kStalledBefore_seconds before it on.
    double stalled_seconds = 0;
    double disk_share = 0;      // of the threads that served, over the samples: how many waited for a disk
    double stopped_seconds = 0; // in which all processes that serve were stopped
    // Connections to the dependency of the tally that do not come to be, and since when.
    std::uint64_t dependency_connecting = 0;
    double oldest_dependency_connecting_seconds = 0;
    SessionLocks locks;
    Forgotten forgotten; // as of the last look
    // Where the clients of an inbound backend are on this host, likewise.
    IdleClient idle_client;
    // A limit of processor time that holds for those who serve, for those who serve what they ask in turn,
    // and for those who hold the slots of an outbound one.
    std::optional<Throttled> throttled;
    std::optional<Throttled> next_hop_throttled;
    std::optional<Throttled> holders_throttled;
    // Behind a full limit of the server's own: they wait to be accepted, and are in no share of the tally.
    double queued = 0; // mean
    double oldest_queued_seconds = 0;
    // Of the calls that ended: how many their client gave up. Who gives up asks again, so that more arrive
    // than are wanted.
    double aborted_share = 0;
    // Of the calls whose answer is on its way: how many wait for their reader, bytes lying in the socket.
    std::optional<double> unread_share;
    // Of the requests that are being sent to a server here: of how many it has taken all that has come. 0
    // where that is not known.
    double half_sent_share = 0;

    // Ratios, during : before. Absent without a baseline.
    std::optional<double> arrival_ratio() const; // of the demand where it is seen, else of the arrivals here
    std::optional<double> hold_ratio() const;
    std::optional<Split> split() const;
    // Most of what fills it beyond the usual are calls that are no older than such calls get: nothing is slow
    // so far.
    bool none_is_older() const;
    // And so it stays: it is more of the long ones that lets the mean hold rise. 0 to 1.
    double more_of_the_same() const;
    // Share of the slot-seconds in which a call was under way, or had been a moment ago; of those that are
    // not of upgraded connections.
    double working_share() const;
    // Share of the slot-seconds that are not of upgraded connections, of which most is told.
    double share_of_calls() const { return std::max(0.05, 1 - tally.share(Doing::upgraded)); }
    // Mean number of slots that upgraded connections hold.
    double upgraded() const { return tally.share(Doing::upgraded) * tally.mean_holders(); }
    // Share of the slot-seconds in which a server had not taken a request to its end, though it was there …
    double requests_taken() const { return tally.share(Doing::request) * (1 - half_sent_share); }
    // … and in which clients had not sent it.
    double sent_by_clients() const
    {
        return tally.share(Doing::uploading) + tally.share(Doing::request) * half_sent_share;
    }
    // Most of the slots are held while clients send their requests.
    bool uploads() const { return sent_by_clients() > 0.5; }
    // Holds at least so long that have ended since the limit was reached.
    std::uint64_t ended_after(double seconds) const;
    double hold_during() const { return during.hold_seconds.value_or(0); }
};

// Fewer than this in the time before are no baseline.
constexpr std::uint64_t kFewestForBaseline = 10;
constexpr double kShortestBaseline_seconds = 2.5;
// A shorter time will do where there was much.
constexpr std::uint64_t kManyForBaseline = 20;
constexpr double kShortestOfMany_seconds = 1.5;

// From the seconds before the rise (which must not be of another episode).
Baseline baseline_of(std::span<const Second> before, Unit unit);

// The hold time without so many slots that are held for long by nature, at any time: they would hide how it
// changes for all others. `before`: what the baseline was made of.
Baseline without_long_ones(Baseline baseline, const Rates& before, double slots);
void leave_out_long_ones(Rates& rates, double slots);

// How many durations of `now` that are not in `then` are at least so long.
std::uint64_t completions_of_at_least(const Histogram& then, const Histogram& now, double seconds);

// No duration of the histogram is longer; absent where there is none, or it has no end.
std::optional<double> longest_seconds(const Histogram& histogram);

// Processes that hold slots and have been replaced: another of the same name is younger than all that they
// took, and listens while they do not any more.
struct OldGenerations {
    double share = 0;
    std::uint64_t processes = 0;
    std::string name;
};
OldGenerations old_generations(const Tally& tally, const ProcessBook& book, std::uint64_t now_ns);

// The evidence of a verdict by name, as the contract has it.
std::map<std::string, double> evidence_numbers(const Evidence& evidence);

} // namespace slotscope::analyze
