// SPDX-License-Identifier: MIT
#include "cli/render/render.h"

#include "cli/render/field.h"
#include "cli/text/text.h"

namespace slotscope::cli {

namespace {

constexpr std::size_t kBackendWidth = 16; // longer names move the text; a stream cannot measure them first

// "08:15:30.250" of "2026-01-31T08:15:30.250Z"; the whole text where it is something else.
std::string time_of_day(const std::string& at)
{
    const std::size_t begin = at.find('T');
    if (begin == std::string::npos || at.empty() || at.back() != 'Z')
        return at;
    return at.substr(begin + 1, at.size() - begin - 2);
}

Colour colour_of_kind(const std::string& kind)
{
    if (kind == "limit_reached" || kind == "verdict")
        return Colour::red;
    return kind == "connections_failed" || kind == "losses" ? Colour::yellow : Colour::plain;
}

} // namespace

Result<std::string> render_event(const Json& event, const Screen& screen)
{
    return reading([&] {
        const Field is(event);
        const std::string kind = is.at("event").text();
        std::string line = time_of_day(is.at("at").text()) + "  ";
        if (const auto backend = is.find("backend"))
            line += padded(backend->text(), kBackendWidth, Align::left) + "  ";
        if (const auto direction = is.find("direction"))
            line += padded(direction->text(), 8, Align::left) + "  ";
        // The agent's own greeting speaks of JSON, which this is not.
        line += kind == "subscribed" ? "events follow (times are UTC)" : is.at("text").text();
        if (screen.terminal)
            line = cut_off(line, screen.width);
        return painted(line, colour_of_kind(kind), screen) + "\n";
    });
}

} // namespace slotscope::cli
