// SPDX-License-Identifier: MIT
#include "protocol/text.h"

#include <algorithm>

namespace slotscope::protocol {
namespace {

constexpr std::string_view kEllipsis = "…";

bool continues(char c)
{
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

// Bytes of the UTF-8 character that `text` begins with (RFC 3629, section 4); 0: it is none.
std::size_t character(std::string_view text)
{
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t size = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
    if (size == 0 || size > text.size() ||
        !std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(size), continues))
        return 0;
    if (size < 3)
        return size;
    const auto second = static_cast<unsigned char>(text[1]);
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool surrogate = first == 0xed && second > 0x9f;
    return overlong || surrogate || (first == 0xf4 && second > 0x8f) ? 0 : size;
}

} // namespace

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_hex_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

char upper(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string upper(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](char c) { return upper(c); });
    return result;
}

bool is_word(std::string_view text, std::string_view others, std::size_t most)
{
    return !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), [&](char c) {
        return is_letter(c) || is_digit(c) || others.find(c) != std::string_view::npos;
    });
}

std::string shortened(std::string text, std::size_t most)
{
    if (text.size() <= most)
        return text;
    std::size_t end = most - kEllipsis.size();
    while (end > 0 && continues(text[end]))
        --end;
    while (end > 0 && text[end - 1] == ' ')
        --end;
    text.resize(end);
    return text.append(kEllipsis);
}

std::string printable(std::string_view text)
{
    std::string result;
    while (!text.empty()) {
        const std::size_t size = character(text);
        const bool control = size == 1 && (static_cast<unsigned char>(text[0]) < 0x20 || text[0] == 0x7f);
        // U+0080 to U+009F are control characters, too
        const bool high_control =
            size == 2 && text[0] == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0;
        if (size == 0 || control || high_control)
            result += '?';
        else
            result += text.substr(0, size);
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return result;
}

} // namespace slotscope::protocol
