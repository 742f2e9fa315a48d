// SPDX-License-Identifier: MIT
// The words of a Caddyfile (caddyconfig/caddyfile/lexer.go).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slotscope::limits::caddy {

struct Token {
    std::string text;
    bool quoted = false; // by "", `` or as a heredoc: it is no brace
    int line = 0;        // of the file
    int row = 0;         // the same, but a line that goes on in the next (\) and that one are one row
    int last_row = 0;    // a quoted one can have several

    bool is(std::string_view mark) const { return !quoted && text == mark; }
};

struct Tokens {
    std::vector<Token> list;
    std::optional<std::pair<int, std::string>> wrong; // line, and why nothing behind it is read
};

Tokens tokens_of(std::string_view text);

} // namespace slotscope::limits::caddy
