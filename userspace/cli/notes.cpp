// SPDX-License-Identifier: MIT
#include "cli/notes.h"

namespace slotscope::cli {

namespace {

struct Note {
    std::string_view command;
    std::string_view text;
};

constexpr Note kNotes[] = {
    {"top", "Keys: ? shows them all; / filters, s sorts, d chooses the direction, q quits."},
    {"doctor", "Exit codes: 0 ok, 1 degraded, 2 missing, 3 slotscoped cannot be run."},
    {"check", "Exit codes: 0 fine, 1 warning, 2 critical (and wrong usage), 3 unknown: no agent, "
              "no limit, or incomplete counts."},
    {"backends", "HITS: how often the limit was reached; AT-LIMIT: for how long in all; RATE: what "
                 "comes\n"
                 "to take a slot (calls or connections, as the limit counts), over 10 s; p50, p99: how long "
                 "slots were\n"
                 "held that were given back in the last minute or two; FAILED: connections that failed or "
                 "were reset."},
    {"calls", "SLOT-S: slot-seconds, each slot's time added up; IN-USE: slots, on average; OLDEST: longest "
              "so far;\n"
              "~ before what it waits for: a share of its process' calls, which serves several at a time."},
    {"limits", "≤ before a number: the limit moves below it; ? behind it: not sure, --explain says why."},
    {"profile",
     "Folded lines end with slot-microseconds (flamegraph.pl, speedscope), pprof has slot-nanoseconds.\n"
     "In parentheses: what a call does that waits for no other backend; ~: a share of its process' calls."},
    {"why",
     "Without an episode that lasts it tells of the newest one; see also `slotscope episodes`.\n"
     "In WHY stands how well each cause fits by itself; how sure the first is depends on the others, too."},
    {"holders",
     "≥ before an age: the connection is older than the agent; ~ before what a call waits for: its server\n"
     "serves several at a time, so it may be another one's. Idle connections are folded, --all lists them."},
};

} // namespace

std::string_view notes_of(std::string_view command)
{
    for (const Note& note : kNotes)
        if (note.command == command)
            return note.text;
    return {};
}

} // namespace slotscope::cli
