// SPDX-License-Identifier: MIT
// What the output goes to, and what may be done there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace slotscope::cli {

enum class ColourWhen { automatic, always, never };
enum class Colour { plain, yellow, red, faint };

constexpr std::size_t kDefaultWidth = 100;

struct Screen {
    std::size_t width = kDefaultWidth; // columns
    bool terminal = false;
    bool colour = false;
};

// Standard output as it is: its width by ioctl where it is a terminal, else COLUMNS where that is set, else
// 100. `when` automatic: colour on a terminal, unless NO_COLOR is set or TERM is dumb.
Screen standard_output(ColourWhen when);

// The text with escape sequences around it where the screen has colour. Measure before painting.
std::string painted(std::string_view text, Colour colour, const Screen& screen);

} // namespace slotscope::cli
