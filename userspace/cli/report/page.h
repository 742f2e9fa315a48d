// SPDX-License-Identifier: MIT
// The report: one HTML page that needs nothing else.
#pragma once

#include "cli/report/html.h"
#include "cli/report/view.h"

#include <string>

namespace slotscope::cli::report {

// Complete, with its style; the size is bounded by kMostHolderRows and the chart's own bound.
std::string report_page(const EpisodeView& episode);

inline constexpr std::size_t kHolderRowsShown = 25; // the others are folded away
inline constexpr std::size_t kMostHolderRows = 500;
inline constexpr std::size_t kMostListed = 50; // culprits, causes, advice

// Its parts. Empty where there is nothing to show.
Markup headline(const EpisodeView& episode);
Markup facts(const EpisodeView& episode);
Markup timeline(const EpisodeView& episode);
Markup culprits(const EpisodeView& episode);
Markup chain(const EpisodeView& episode);
Markup evidence(const EpisodeView& episode);
Markup causes(const EpisodeView& episode);
Markup advice(const EpisodeView& episode);
Markup missing(const EpisodeView& episode);
Markup holders(const EpisodeView& episode);

// Shared by them.
Markup section(std::string_view title, const Markup& content); // empty where the content is
std::string in_words(std::string_view name);                   // "slow_dependency" -> "slow dependency"
std::string percent_text(double share);                        // "81 %"
Markup bar(double share);

} // namespace slotscope::cli::report
