// SPDX-License-Identifier: MIT
// Words of text that came from a network: anything may stand in it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace slotscope::protocol {

// Locales must not matter: these know ASCII only.
bool is_digit(char c);
bool is_letter(char c);
bool is_hex_digit(char c);
char upper(char c);
std::string upper(std::string_view text);

// Made of these alone, and 1 to `most` of them: letters, digits and what `others` has.
bool is_word(std::string_view text, std::string_view others, std::size_t most);

// At most so many bytes, cut between characters, with "…" where something was cut off.
std::string shortened(std::string text, std::size_t most);

// What a terminal or a metric may show: control characters and bytes that are no UTF-8 become '?'.
std::string printable(std::string_view text);

} // namespace slotscope::protocol
