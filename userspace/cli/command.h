// SPDX-License-Identifier: MIT
// What a command is, and the table of all.
#pragma once

#include "cli/text/screen.h"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace slotscope::cli {

enum class Format { table, json };

// Instead of a file's name: the text goes to standard output.
inline constexpr const char* kStandardOutput = "-";

// What the user wrote.
struct Arguments {
    std::string socket;
    Format format = Format::table;
    ColourWhen colour = ColourWhen::automatic;
    std::string backend;   // empty: all
    std::string direction; // empty: both
    std::string id;        // of an episode
    std::string file;      // where a report or profile goes; "-": standard output; empty: what fits it
    std::string since;     // a time as it was written; empty: from the beginning
    std::string until;     // likewise; empty: up to now
    std::string profile = "folded"; // how one is written: "folded", "pprof" or "svg"
    std::string explain;            // the backend whose limit is to be explained; empty: none
    bool captured = false;
    bool all = false;
    std::optional<std::uint64_t> count;
    std::optional<std::uint32_t> seconds; // of the window
    double warn_percent = 80;
    double critical_percent = 100;
};

// Where a command writes: data to `out`, diagnostics to `err`.
struct Output {
    std::ostream& out;
    std::ostream& err;
    Screen screen;
};

enum class Needs { nothing, daemon };

// The options that a command takes besides those of all, as a set of bits.
enum Takes : unsigned {
    kTakesNothing = 0,
    kTakesBackend = 1U << 0U,
    kTakesAll = 1U << 1U,
    kTakesHolders = 1U << 2U, // --captured, --direction, --count, --all
    kTakesEventCount = 1U << 3U,
    kTakesThresholds = 1U << 4U,
    kTakesExplain = 1U << 5U,
    kTakesWindow = 1U << 6U, // --seconds, --direction, --count, --all
    kTakesBackendOrId = 1U << 7U,
    kTakesPeriod = 1U << 8U, // --since, --until, --count
    kTakesId = 1U << 9U,
    kTakesFile = 1U << 10U,
    kTakesProfile = 1U << 11U, // --seconds, --direction, --format
};

struct Command {
    std::string_view name;
    std::string_view help;
    Needs needs;
    unsigned takes;
    int (*run)(const Arguments&, Output&); // gives the exit code
};

// In the order of --help.
std::span<const Command> commands();

int run_status(const Arguments& arguments, Output& output);
int run_backends(const Arguments& arguments, Output& output);
int run_holders(const Arguments& arguments, Output& output);
int run_calls(const Arguments& arguments, Output& output);
int run_why(const Arguments& arguments, Output& output);
int run_episodes(const Arguments& arguments, Output& output);
int run_episode(const Arguments& arguments, Output& output);
int run_report(const Arguments& arguments, Output& output);
int run_limits(const Arguments& arguments, Output& output);
int run_events(const Arguments& arguments, Output& output);
int run_top(const Arguments& arguments, Output& output);
int run_profile(const Arguments& arguments, Output& output);
int run_doctor(const Arguments& arguments, Output& output);
int run_check(const Arguments& arguments, Output& output);

} // namespace slotscope::cli
