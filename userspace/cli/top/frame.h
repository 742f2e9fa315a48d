// SPDX-License-Identifier: MIT
// A screen's content: lines of styled text, for a terminal to draw and for tests to read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope::cli::top {

enum class Style { plain, title, faint, warning, critical, key };

struct Span {
    std::string text;
    Style style = Style::plain;
};

struct Line {
    std::vector<Span> spans;
    bool selected = false; // the whole line is marked

    Line& add(std::string_view text, Style style = Style::plain);
    std::size_t width() const; // columns
    std::string text() const;
};

struct Frame {
    std::vector<Line> lines;

    std::string text() const; // each line ended by '\n', without blanks at its end
};

// The line in at most `width` columns; what is more is cut off, with … for it.
Line cut_line(const Line& line, std::size_t width);

// The text with one sign of ASCII for each column of what is none ("…" becomes "~", "≥" becomes ">", the rest
// "?").
std::string in_ascii(std::string_view text);

} // namespace slotscope::cli::top
