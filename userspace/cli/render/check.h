// SPDX-License-Identifier: MIT
// The verdict for a monitoring system: values in, one line out.
#pragma once

#include "cli/render/rows.h"

#include <string>
#include <string_view>
#include <vector>

namespace slotscope::cli {

// The numbers are the plugin convention's exit codes.
enum class CheckState { ok = 0, warning = 1, critical = 2, unknown = 3 };

struct Thresholds {
    double warn_percent = 80; // of the limit, reached or passed
    double critical_percent = 100;
};

struct CheckResult {
    CheckState state = CheckState::unknown;
    std::string reason;                // one sentence or list, printable
    std::vector<BackendRow> backends;  // those with a limit, fullest first
    bool complete = false;             // all was seen
    std::vector<std::string> episodes; // that last: "app1: slow backend, episode 7"
    Json losses = Json::object();      // why the counts are too low, by reason; empty: they are complete
};

// What fills `row` (which has a limit) means. A learned limit is never critical by being full: a pool that is
// idle at its size looks so.
CheckState judge(const BackendRow& row, const Thresholds& thresholds);

// The verdict over /v1/backends, /v1/limits and /v1/why (null: the agent has none). `asked`: only this
// backend, by name or address. Unknown where the counts are incomplete and no limit is certainly reached, or
// where nothing has a limit. A limit to which no connection was seen yet is fine. An answer of the wrong
// shape is an Error. An episode that lasts is critical where it is about a limit, also while that flickers
// below it, else a warning; where the limit is learned, only if something is refused.
Result<CheckResult> judge_all(const Json& backends, const Json& limits, const Json& why,
                              std::string_view asked, const Thresholds& thresholds);

// "SLOTSCOPE CRITICAL - app1 8/8 (100 %) | 'app1'=8;6.4;8;0;8", without an end of line.
std::string check_line(const CheckResult& result, const Thresholds& thresholds);

// The same in JSON, schema api::kCheckSchema; `at` is RFC 3339.
Json check_document(const CheckResult& result, const Thresholds& thresholds, const std::string& at);

} // namespace slotscope::cli
