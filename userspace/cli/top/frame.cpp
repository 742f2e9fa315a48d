// SPDX-License-Identifier: MIT
#include "cli/top/frame.h"

#include "cli/text/text.h"

#include <algorithm>
#include <array>

namespace slotscope::cli::top {

namespace {

struct Substitute {
    std::string_view character;
    const char* sign;
};

constexpr std::array<Substitute, 4> kSubstitutes = {{{"…", "~"}, {"≥", ">"}, {"≤", "<"}, {"µ", "u"}}};

// Bytes of the UTF-8 character that `text` begins with.
std::size_t first_size(std::string_view text)
{
    std::size_t size = 1;
    while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80)
        ++size;
    return size;
}

} // namespace

Line& Line::add(std::string_view text, Style style)
{
    if (!text.empty())
        spans.push_back({std::string(text), style});
    return *this;
}

std::size_t Line::width() const
{
    std::size_t width = 0;
    for (const Span& span : spans)
        width += display_width(span.text);
    return width;
}

std::string Line::text() const
{
    std::string text;
    for (const Span& span : spans)
        text += span.text;
    return text;
}

std::string Frame::text() const
{
    std::string text;
    for (const Line& line : lines) {
        text += line.text();
        text.erase(text.find_last_not_of(' ') + 1);
        text += '\n';
    }
    return text;
}

Line cut_line(const Line& line, std::size_t width)
{
    if (line.width() <= width)
        return line;
    Line cut;
    cut.selected = line.selected;
    std::size_t room = width;
    for (const Span& span : line.spans) {
        const std::size_t wanted = display_width(span.text);
        const bool last = &span == &line.spans.back();
        if (wanted < room || (wanted == room && last)) {
            cut.add(span.text, span.style);
            room -= wanted;
            continue;
        }
        cut.add(wanted == room ? cut_off(span.text + " ", room) : cut_off(span.text, room), span.style);
        break;
    }
    return cut;
}

std::string in_ascii(std::string_view text)
{
    std::string ascii;
    while (!text.empty()) {
        const std::string_view character = text.substr(0, first_size(text));
        text.remove_prefix(character.size());
        const auto known = std::find_if(kSubstitutes.begin(), kSubstitutes.end(),
                                        [&](const Substitute& each) { return each.character == character; });
        if (static_cast<unsigned char>(character.front()) < 0x80)
            ascii += character;
        else if (known != kSubstitutes.end())
            ascii += known->sign;
        else
            ascii += std::string(display_width(character), '?');
    }
    return ascii;
}

} // namespace slotscope::cli::top
