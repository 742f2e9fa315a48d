// SPDX-License-Identifier: MIT
// One episode as a report shows it, read from the answer of /v1/episode. Whatever is missing there is absent
// here: a report is made of what there is.
#pragma once

#include "cli/json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace slotscope::cli::report {

// All texts are printable (text.h), none is escaped for HTML. Times are seconds since 1970, UTC.
struct Moment {
    double at = 0;
    double seconds = 0; // its length
    double in_use = 0;  // mean
    double peak = 0;
    double limit = 0; // 0: none
    double arrivals_per_second = 0;
    double lost_per_second = 0; // refused or failed
    std::optional<double> hold_mean;
    std::optional<double> hold_p95;
};

struct HolderLine {
    std::string state;
    std::string call;
    std::string process;
    std::uint64_t pid = 0;
    double age = 0;
    bool age_is_lower_bound = false;
    std::string local;
    std::string remote;
    std::string waits_for; // address and call
    std::string server;    // the process that waits there
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
};

struct CulpritLine {
    std::string process;
    std::string call;
    std::string state;
    double share = 0;
    std::optional<double> oldest;
};

struct DependencyLine {
    std::string backend;
    std::string address;
    std::string call;
    std::optional<double> share;
    bool shared = false;
};

struct CauseLine {
    std::string cause; // the contract's word
    double score = 0;
    std::string because;
};

struct AdviceLine {
    std::string product;
    std::string change;
    std::string reason;
};

struct EpisodeView {
    std::string made_at; // when the agent answered
    std::vector<std::pair<std::string, std::uint64_t>> losses;
    bool complete = true;

    std::uint64_t id = 0;
    std::string backend;
    std::string address;
    std::string direction;
    std::string kind; // "calls", "connections"
    std::uint64_t limit = 0;
    std::string limit_source;
    std::optional<double> began;
    std::optional<double> ended;
    bool cut_off = false;
    std::uint64_t peak = 0;
    std::uint64_t limit_hits = 0;
    std::uint64_t refusals = 0;
    std::optional<double> slot_seconds;
    std::optional<double> at_limit_seconds;
    std::uint64_t linked_to = 0;

    std::string cause;
    double confidence = 0;
    std::string sentence;
    std::vector<std::pair<std::string, double>> evidence;
    std::vector<CulpritLine> culprits;
    std::optional<DependencyLine> dependency;
    std::vector<CauseLine> causes;
    std::vector<AdviceLine> advice;
    std::vector<std::string> missing;

    std::vector<Moment> timeline;
    std::vector<HolderLine> holders;
    std::uint64_t holders_total = 0;
};

// An Error where something is of the wrong type.
Result<EpisodeView> read_episode(const Json& answer);

// "2026-01-31T08:15:30.250Z" -> 1769847330.25; nothing where it is no such time.
std::optional<double> parse_time(const std::string& text);
// "2026-01-31 08:15:30"; "08:15:30"; "08:15".
std::string date_and_time(double at);
std::string time_of_day(double at, bool with_seconds);

} // namespace slotscope::cli::report
