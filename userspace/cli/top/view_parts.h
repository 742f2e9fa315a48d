// SPDX-License-Identifier: MIT
// The two tables of the live screen. Their columns have fixed places, so that nothing moves from look to
// look.
#pragma once

#include "cli/top/frame.h"
#include "cli/top/model.h"

#include <string>
#include <vector>

namespace slotscope::cli::top {

Line backend_titles(std::size_t columns);
Line backend_line(const BackendRow& row, const History& history, std::size_t columns, bool utf8);

// Instead of backends, where there is none.
std::string nothing_to_show(const Model& model);

// "app1 outbound: 8 of 8 slots held, 3 of them shown, the oldest for 3.2s".
Line holders_heading(const Model& model, std::size_t columns);
// Names of columns, then holders; at most `room` lines.
std::vector<Line> holder_lines(const Model& model, std::size_t columns, std::size_t room);

} // namespace slotscope::cli::top
