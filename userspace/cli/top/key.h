// SPDX-License-Identifier: MIT
// A key that was pressed, whatever the terminal calls it.
#pragma once

#include <string>

namespace slotscope::cli::top {

struct Key {
    enum class Kind {
        text,
        up,
        down,
        page_up,
        page_down,
        home,
        end,
        enter,
        escape,
        backspace,
        interrupt, // Ctrl-C
        resized,
        other,
    };
    Kind kind = Kind::other;
    std::string text; // one character in UTF-8, for Kind::text

    static Key of(std::string character) { return {Kind::text, std::move(character)}; }
};

} // namespace slotscope::cli::top
