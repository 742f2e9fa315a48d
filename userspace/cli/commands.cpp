// SPDX-License-Identifier: MIT
#include "cli/command.h"

namespace slotscope::cli {

namespace {

constexpr Command kCommands[] = {
    {"status", "is the agent well: its hooks and what each gap costs, losses, cost", Needs::daemon,
     kTakesNothing, run_status},
    {"backends", "slots in use and their limit, backend by backend, the fullest first", Needs::daemon,
     kTakesBackend | kTakesAll, run_backends},
    {"holders", "the slots that are held now, the oldest first: age, state, process, call, what it waits for",
     Needs::daemon, kTakesBackend | kTakesHolders, run_holders},
    {"calls", "which calls and processes held the slots over the last minutes, and what they waited for",
     Needs::daemon, kTakesBackend | kTakesWindow, run_calls},
    {"why", "why the slots of a backend ran out: cause, culprits, what would help", Needs::daemon,
     kTakesBackendOrId, run_why},
    {"episodes", "what happened: every time a backend ran out of slots, the newest first", Needs::daemon,
     kTakesBackend | kTakesPeriod, run_episodes},
    {"episode", "all that is known of one of them", Needs::daemon, kTakesId, run_episode},
    {"report", "one of them as a page to read, print or send: HTML that needs nothing else", Needs::daemon,
     kTakesId | kTakesFile, run_report},
    {"limits", "every limit, the place where it is written, and what a slot is", Needs::daemon, kTakesExplain,
     run_limits},
    {"events", "limits reached, slow calls, failed connections and losses, as they happen", Needs::daemon,
     kTakesEventCount, run_events},
    {"top", "the live screen: backends, who holds the slots of one, and why", Needs::daemon, kTakesNothing,
     run_top},
    {"profile", "slot-seconds of some seconds as stacks: backend, process, call, what it waits for",
     Needs::daemon, kTakesBackend | kTakesProfile | kTakesFile, run_profile},
    {"doctor", "what this kernel and this user allow, and how to get the rest", Needs::nothing, kTakesNothing,
     run_doctor},
    {"check", "one line and an exit code for monitoring systems", Needs::daemon,
     kTakesBackend | kTakesThresholds, run_check},
};

} // namespace

std::span<const Command> commands()
{
    return kCommands;
}

} // namespace slotscope::cli
