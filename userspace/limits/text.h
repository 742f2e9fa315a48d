// SPDX-License-Identifier: MIT
// Small pieces that several products' configuration languages are made of.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope::limits {

struct TextLine {
    std::string_view text; // without its end, "\r" included
    int number = 0;        // from 1
};
std::vector<TextLine> lines_of(std::string_view content);

bool is_letter_or_digit(char character); // ASCII

std::string_view trimmed(std::string_view text);
std::string lowered(std::string_view text);                      // ASCII
bool equal_words(std::string_view left, std::string_view right); // ASCII letters of either case are equal

// Separated by any number of spaces and tabs.
std::vector<std::string_view> words_of(std::string_view text);

// TEXT as a whole decimal number, nothing else around it; absent where it is none or does not fit.
std::optional<std::uint32_t> count_in(std::string_view text);
std::optional<std::uint16_t> port_in(std::string_view text); // 1 to 65535

// "10.0.0.1:80", "[::1]:80", "name:80", ":80", "name": host and port; the port is empty where there is none.
struct HostPort {
    std::string_view host;
    std::string_view port;
};
HostPort split_host_port(std::string_view text);

// The last part of a path.
std::string_view base_name(std::string_view path);
std::string directory_of(const std::string& path); // "/" for "/x", "." for "x"

// Where the BRACKET stands that closes what begins at AT, at most 256 bytes away: a longer name of a variable
// is none, and looking for one from each place that could begin it takes no longer. Else npos.
std::size_t bracket_after(std::string_view text, std::size_t at, char bracket);

// TEXT with its variables filled in: each begins with OPEN and ends with CLOSE, and VALUE_OF is asked what
// stands for the name between; nothing: it is left as it is written. So is what would make TEXT longer by
// more than 64 KiB: variables that are made of each other can double with each line.
std::string with_variables(std::string_view text, std::string_view open, char close,
                           const std::function<std::optional<std::string>(std::string_view)>& value_of);

// TEXT in C's way of calling a quantity: "3 workers", "1 worker".
std::string counted(std::uint64_t count, std::string_view singular);

} // namespace slotscope::limits
