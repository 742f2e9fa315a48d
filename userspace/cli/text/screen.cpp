// SPDX-License-Identifier: MIT
#include "cli/text/screen.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace slotscope::cli {

namespace {

constexpr std::size_t kNarrowest = 40;
constexpr std::size_t kWidest = 1000;

std::string_view environment(const char* name)
{
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nothing here sets variables
    return value == nullptr ? std::string_view() : value;
}

std::size_t width_of_output(bool terminal)
{
    winsize size{};
    if (terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0)
        return std::clamp<std::size_t>(size.ws_col, kNarrowest, kWidest);
    const std::string_view columns = environment("COLUMNS");
    std::size_t width = 0;
    const auto [end, error] = std::from_chars(columns.data(), columns.data() + columns.size(), width);
    if (error != std::errc() || end != columns.data() + columns.size())
        return kDefaultWidth;
    return std::clamp(width, kNarrowest, kWidest);
}

} // namespace

Screen standard_output(ColourWhen when)
{
    Screen screen;
    screen.terminal = ::isatty(STDOUT_FILENO) == 1;
    screen.width = width_of_output(screen.terminal);
    const bool wanted = screen.terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
    screen.colour = when == ColourWhen::always || (when == ColourWhen::automatic && wanted);
    return screen;
}

std::string painted(std::string_view text, Colour colour, const Screen& screen)
{
    if (!screen.colour || colour == Colour::plain || text.empty())
        return std::string(text);
    const std::string_view code = colour == Colour::yellow ? "33" : colour == Colour::red ? "31" : "2";
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

} // namespace slotscope::cli
