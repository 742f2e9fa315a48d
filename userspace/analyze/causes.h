// SPDX-License-Identifier: MIT
// Every cause, and how it is told: one detector each, a pure function from evidence to a score with its
// reason.
#pragma once

#include "analyze/evidence.h"
#include "model/episode.h"

#include <span>
#include <string>

namespace slotscope::analyze {

struct Finding {
    double score = 0;    // 0: it is not that; 1: beyond doubt
    std::string because; // with numbers; empty with score 0
};

Finding demand_surge(const Evidence& evidence);
Finding slow_backend(const Evidence& evidence);
Finding slow_dependency(const Evidence& evidence);
Finding limit_too_low(const Evidence& evidence);
Finding stuck_calls(const Evidence& evidence);
Finding connection_leak(const Evidence& evidence);
Finding idle_holders(const Evidence& evidence);
Finding generation_overlap(const Evidence& evidence);
Finding accept_stall(const Evidence& evidence);
Finding serialisation(const Evidence& evidence);
Finding slow_reader(const Evidence& evidence);
Finding connect_trouble(const Evidence& evidence);

struct Detector {
    Cause cause;
    Finding (*detect)(const Evidence&);
};

// What is seen directly comes before what is told by rates.
std::span<const Detector> detectors();

// Shared by several detectors.

// Share of the slots that wait in an accept queue, at whichever end it is seen.
double not_accepted_share(const Evidence& evidence);
// Share of those that want a server's own few workers and wait to be accepted by them, where hardly anything
// gets done any more. Many workers that are all held are told by what they do, and what comes too often for
// them is demand: 0.
double queue_of_few(const Evidence& evidence);
// Share of those that have a server, and not only a place in its accept queue, that wait for the dependency.
double served_by_dependency(const Evidence& evidence);
// What they wait for is the backend itself: it calls itself, and such calls need slots that it holds.
bool calls_itself(const Evidence& evidence, const Dependency& dependency);
// How sure it is that those who wait for somebody have waited long, and were not just caught at it: 0 to 1.
double waits_long(const Evidence& evidence);
constexpr double kKnown = 0.5; // of waits_long(): from there on it is said
// Those that hold slots are much older than calls usually get: a few long ones, and not the traffic, fill it.
// 0 to 1.
double held_by_few(const Evidence& evidence);
// Of the threads that serve, look after look, all but one wait for another thread, and one does not: that is
// the one that has the lock. Threads that have handed their calls on wait as well, and then none is left. 0
// to 1.
double one_thread_works(const Evidence& evidence);
// It looks like that, and was not looked at often enough yet.
bool may_wait_for_one_thread(const Evidence& evidence);
// Sessions of a database hold the slots and wait for a lock of another session, as they say, or as it seems.
// 0 to 1.
double waits_for_locks(const Evidence& evidence);
// Upgraded connections (WebSockets) hold the slots, more of them than before: they stay as long as their
// clients do, so that nothing is slow, stuck or too much of it. 0 to 1.
double filled_by_upgraded(const Evidence& evidence);
// Share of the slot-seconds in which an answer was on its way, and did not wait for its reader.
double answers_that_are_read(const Evidence& evidence);
// They hold most of the slots, have done so for long, and none of that age has ended: they may be streams,
// which nothing that is seen tells from answers that will end.
bool may_be_streams(const Evidence& evidence);
// Those who serve were stopped for most of the time, and go on now. 0 to 1.
double was_stopped(const Evidence& evidence);
// Most of the slots are connections that their process has forgotten, one after the other. 0 to 1.
double filled_by_forgotten(const Evidence& evidence);
// What they ask in turn takes so much longer than before that the limit would be full if all of them asked at
// once, too: that they may not (a pool of a few connections) is not why. 0 to 1.
double slow_next_hop(const Evidence& evidence);
// Clients give up and ask again: what arrives more is not demand, but what the slowness makes. 0 to 1.
double retries(const Evidence& evidence);
// How sure it is that the hold time rose, 0 to 1: by the baseline, or by itself where there is none.
double hold_rose(const Evidence& evidence);
constexpr double kMostOnDisk = 0.5; // of the threads that serve: from there on it is told
// Those who serve, who serve what they wait for, or who hold the slots, were kept from running so often by
// the limit of processor time of their control group that what CAUSE says is in part its doing; null: they
// were not, or they have nothing to do with it.
const Throttled* throttled_for(const Evidence& evidence, Cause cause);
// What cannot be told yet scores this at most: less than a verdict takes (kLeastScore).
constexpr double kGuess = 0.32;
// Long holds are there, and none of their length has ended yet.
bool none_has_ended(const Evidence& evidence);
// Completions in terms of what one server at a time could do: 1 means that they come one after the other.
std::optional<double> effective_concurrency(const Evidence& evidence);

} // namespace slotscope::analyze
