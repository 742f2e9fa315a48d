// SPDX-License-Identifier: MIT
// The table of holders, and the lines that idle ones are folded into.
#pragma once

#include "cli/render/rows.h"
#include "cli/text/table.h"

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace slotscope::cli {

// "≥3.2s" where the age is a lower bound.
std::string age_text(double seconds, bool lower_bound);

// Idle connections of one backend.
struct IdleOnes {
    std::size_t count = 0;
    HolderRow oldest;
};

struct Unfolded {
    std::vector<HolderRow> rows;                                  // in their order
    std::map<std::pair<std::string, std::string>, IdleOnes> idle; // by backend and direction
};

// Takes out connections that are idle between two calls, where a backend has several. all: none.
Unfolded unfold(const std::vector<HolderRow>& rows, bool all);

// Where some row has a call, calls and what they wait for; bytes and both ends only where `width` has room
// then.
Table holder_table(const std::vector<HolderRow>& rows, std::size_t count, bool with_backend,
                   std::size_t width);

// "12 idle connections, oldest 3m00s; --all lists them", for each backend.
std::string idle_lines(const Unfolded& unfolded, bool with_backend, std::size_t width);

} // namespace slotscope::cli
