// SPDX-License-Identifier: MIT
// How messages about what somebody wrote quote it, and guess what was meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace slotscope::limits {

// TEXT in double quotes, fit for one line of a terminal: other than printable ASCII and UTF-8 bytes become
// \xNN, and what is longer than 120 bytes is cut and ends in "...".
std::string in_quotes(std::string_view text);

// The one of WORDS that TEXT was probably meant to be: the least number of letters inserted, deleted,
// replaced or swapped with their neighbour, at most one in three. Empty when none is that close.
std::string_view nearest(std::string_view text, std::span<const std::string_view> words);

// `; did you mean "WORD"?` where a word is near, else `; valid: A, B, C`.
std::string suggestion(std::string_view text, std::span<const std::string_view> words);

} // namespace slotscope::limits
