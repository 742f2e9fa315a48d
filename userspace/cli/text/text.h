// SPDX-License-Identifier: MIT
// Text on a terminal: how wide it is, and how it is kept harmless and short. Text is UTF-8 everywhere.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope::cli {

enum class Align { left, right };

// What arrives from outside, safe to print: control characters, bidirectional overrides, invisible characters
// and invalid UTF-8 become visible escapes (\n, \x1b, \u202e).
std::string printable(std::string_view raw);

// Columns that the text takes: 0 for combining marks, 2 for East Asian wide characters and emoji.
std::size_t display_width(std::string_view text);

// The text in at most `width` columns, with … for the middle that had to go. The end is kept, since names and
// addresses differ there.
std::string shortened(std::string_view text, std::size_t width);

// The text in at most `width` columns, with … for the end that had to go.
std::string cut_off(std::string_view text, std::size_t width);

// The text filled up with spaces to `width` columns; longer text stays as it is.
std::string padded(std::string_view text, std::size_t width, Align align);

// The text broken at spaces into lines of at most `width` columns (a longer word is shortened). A '\n' ends a
// line. Never empty.
std::vector<std::string> folded(std::string_view text, std::size_t width);

} // namespace slotscope::cli
