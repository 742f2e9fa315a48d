// SPDX-License-Identifier: MIT
// The rows of a table of calls, put together from an answer's shares and counts.
#pragma once

#include "cli/render/field.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slotscope::cli {

// A share as the answer has it; those of one call are shown as one row.
struct CallShare {
    std::string call;
    std::string process;
    std::string protocol;
    std::string state;
    std::string waits_for; // with ~ where it is not certain; empty: nothing
    double slot_seconds = 0;
    double oldest = 0;

    bool is_call() const { return !protocol.empty() || !call.empty(); }
};

struct CallRow {
    std::string backend;
    std::string direction;
    CallShare share; // the first of it, and the sums
    std::map<std::string, double> states;
    std::map<std::string, double> waits;
    double sampled_seconds = 0;
    double part = 0; // 0 to 1, of its backend's
    // Of its calls that ended.
    std::uint64_t count = 0;
    bool exact = true;
    std::optional<double> mean;
    std::optional<double> p99;

    double seconds() const { return static_cast<double>(count) * mean.value_or(0); }
};

// Of one backend: the states of a call's life make one row, and so do the places where it waits.
std::vector<CallRow> call_rows(const Field& backend);

} // namespace slotscope::cli
