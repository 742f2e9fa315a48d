// SPDX-License-Identifier: MIT
#include "cli/text/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace slotscope::cli {

namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// The blocks of UAX #11's Wide and Fullwidth characters, and the emoji that terminals draw two columns wide.
constexpr std::array<Range, 15> kWide = {{{0x1100, 0x115f},
                                          {0x231a, 0x231b},
                                          {0x23e9, 0x23f3},
                                          {0x2e80, 0x303e},
                                          {0x3041, 0x33ff},
                                          {0x3400, 0x4dbf},
                                          {0x4e00, 0xa4cf},
                                          {0xa960, 0xa97f},
                                          {0xac00, 0xd7a3},
                                          {0xf900, 0xfaff},
                                          {0xfe30, 0xfe6f},
                                          {0xff00, 0xff60},
                                          {0xffe0, 0xffe6},
                                          {0x1f300, 0x1faff},
                                          {0x20000, 0x3fffd}}};

// Combining marks of the common blocks, and variation selectors.
constexpr std::array<Range, 13> kCombining = {{{0x0300, 0x036f},
                                               {0x0483, 0x0489},
                                               {0x0591, 0x05bd},
                                               {0x0610, 0x061a},
                                               {0x064b, 0x065f},
                                               {0x0900, 0x0902},
                                               {0x0e34, 0x0e3a},
                                               {0x0e47, 0x0e4e},
                                               {0x1ab0, 0x1aff},
                                               {0x1dc0, 0x1dff},
                                               {0x20d0, 0x20ff},
                                               {0xfe00, 0xfe0f},
                                               {0xfe20, 0xfe2f}}};

// What must not reach a terminal: controls, and characters that reorder or hide what stands beside them.
constexpr std::array<Range, 12> kHarmful = {{{0x0000, 0x001f},
                                             {0x007f, 0x009f},
                                             {0x00ad, 0x00ad},
                                             {0x061c, 0x061c},
                                             {0x180e, 0x180e},
                                             {0x200b, 0x200f},
                                             {0x2028, 0x202e},
                                             {0x2060, 0x206f},
                                             {0xfeff, 0xfeff},
                                             {0xfff9, 0xfffb},
                                             {0xe0000, 0xe0fff},
                                             {0xf0000, 0x10ffff}}};

template <std::size_t N>
bool contains(const std::array<Range, N>& ranges, char32_t point)
{
    return std::any_of(ranges.begin(), ranges.end(),
                       [point](const Range& range) { return point >= range.first && point <= range.last; });
}

struct Character {
    char32_t point = 0;
    std::size_t size = 1; // bytes
    bool valid = false;
};

// The character at the start of non-empty `text`, by RFC 3629: no overlong forms, no surrogates.
Character first_character(std::string_view text)
{
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80)
        return {lead, 1, true};
    const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < size)
        return {};
    char32_t point = lead & (0xffU >> (size + 1));
    for (const char byte : text.substr(1, size - 1)) {
        if ((static_cast<unsigned char>(byte) & 0xc0U) != 0x80)
            return {};
        point = (point << 6U) | (static_cast<unsigned char>(byte) & 0x3fU);
    }
    constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    if (point < kLeast[size] || point > 0x10ffff || surrogate)
        return {};
    return {point, size, true};
}

std::size_t width_of(const Character& character)
{
    if (character.valid && contains(kCombining, character.point))
        return 0;
    return character.valid && contains(kWide, character.point) ? 2 : 1;
}

std::string escaped(const Character& character, char byte)
{
    if (character.point == '\n')
        return "\\n";
    if (character.point == '\t')
        return "\\t";
    std::array<char, 16> text{};
    if (!character.valid || character.point < 0x100)
        std::snprintf(text.data(), text.size(), "\\x%02x",
                      character.valid ? static_cast<unsigned>(character.point)
                                      : static_cast<unsigned>(static_cast<unsigned char>(byte)));
    else
        std::snprintf(text.data(), text.size(), "\\u%04x", static_cast<unsigned>(character.point));
    return text.data();
}

// The longest beginning of `text` that takes at most `width` columns.
std::string_view beginning(std::string_view text, std::size_t width)
{
    std::size_t used = 0;
    std::size_t size = 0;
    while (size < text.size()) {
        const Character character = first_character(text.substr(size));
        used += width_of(character);
        if (used > width)
            break;
        size += character.size;
    }
    return text.substr(0, size);
}

// The longest end of `text` that takes at most `width` columns and does not begin with a combining mark.
std::string_view ending(std::string_view text, std::size_t width)
{
    std::size_t rest = display_width(text);
    while (!text.empty()) {
        const Character character = first_character(text);
        if (rest <= width && width_of(character) != 0)
            break;
        rest -= width_of(character);
        text.remove_prefix(character.size);
    }
    return text;
}

void fold_line(std::string_view line, std::size_t width, std::vector<std::string>& lines)
{
    std::string current;
    while (!line.empty()) {
        const std::size_t space = std::min(line.find(' '), line.size());
        const std::string word = shortened(line.substr(0, space), width);
        line.remove_prefix(std::min(space + 1, line.size()));
        if (!current.empty() && display_width(current) + 1 + display_width(word) > width) {
            lines.push_back(std::move(current));
            current.clear();
        }
        current += (current.empty() ? "" : " ") + word;
    }
    lines.push_back(std::move(current));
}

} // namespace

std::string printable(std::string_view raw)
{
    std::string text;
    text.reserve(raw.size());
    while (!raw.empty()) {
        const Character character = first_character(raw);
        if (!character.valid || contains(kHarmful, character.point))
            text += escaped(character, raw.front());
        else
            text += raw.substr(0, character.size);
        raw.remove_prefix(character.size);
    }
    return text;
}

std::size_t display_width(std::string_view text)
{
    std::size_t width = 0;
    while (!text.empty()) {
        const Character character = first_character(text);
        width += width_of(character);
        text.remove_prefix(character.size);
    }
    return width;
}

std::string shortened(std::string_view text, std::size_t width)
{
    if (display_width(text) <= width)
        return std::string(text);
    if (width == 0)
        return {};
    const std::size_t end = width / 2;
    return std::string(beginning(text, width - 1 - end)) + "…" + std::string(ending(text, end));
}

std::string cut_off(std::string_view text, std::size_t width)
{
    if (display_width(text) <= width)
        return std::string(text);
    return width == 0 ? std::string() : std::string(beginning(text, width - 1)) + "…";
}

std::string padded(std::string_view text, std::size_t width, Align align)
{
    const std::size_t used = display_width(text);
    const std::string fill(used < width ? width - used : 0, ' ');
    return align == Align::right ? fill + std::string(text) : std::string(text) + fill;
}

std::vector<std::string> folded(std::string_view text, std::size_t width)
{
    std::vector<std::string> lines;
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        fold_line(text.substr(begin, end - begin), width, lines);
        begin = end + 1;
    }
    return lines;
}

} // namespace slotscope::cli
