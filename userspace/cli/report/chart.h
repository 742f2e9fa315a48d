// SPDX-License-Identifier: MIT
// The timeline as SVG: slots in use against the limit, arrivals, hold time, on one time axis.
#pragma once

#include "cli/report/html.h"
#include "cli/report/view.h"

#include <cstddef>
#include <vector>

namespace slotscope::cli::report {

// Of the paper, in CSS pixels: text is as large as elsewhere where it is shown at this width.
struct ChartFormat {
    double width;
    int time_marks; // at most
    bool tooltips;
};
inline constexpr ChartFormat kWideChart = {780, 7, true};
inline constexpr ChartFormat kNarrowChart = {340, 3, false};

// Empty where the timeline has fewer than two moments.
Markup timeline_chart(const EpisodeView& episode, const ChartFormat& format);

// The timeline in at most `most` moments: neighbours are joined.
std::vector<Moment> condensed(const std::vector<Moment>& timeline, std::size_t most);

} // namespace slotscope::cli::report
