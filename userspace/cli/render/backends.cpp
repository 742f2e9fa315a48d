// SPDX-License-Identifier: MIT
#include "cli/render/render.h"

#include "cli/render/hints.h"
#include "cli/render/rows.h"
#include "cli/text/table.h"
#include "cli/text/units.h"

#include <algorithm>

namespace slotscope::cli {

namespace {

constexpr unsigned kBarCells = 10;
constexpr std::size_t kNarrow = 92;  // columns of the screen, below which there is no room for a bar
constexpr unsigned kNearlyFull = 80; // percent

constexpr std::size_t kMostRows = 50; // without --all; those that have a limit are always shown

bool idle(const BackendRow& row)
{
    return row.in_use == 0 && row.open == 0 && !row.limit && !(row.arrivals_per_second > 0);
}

Colour colour_of(const BackendRow& row)
{
    if (!row.limit)
        return Colour::plain;
    if (row.full())
        return Colour::red;
    return percent_of(row.in_use, *row.limit) >= kNearlyFull ? Colour::yellow : Colour::plain;
}

// "██████░░░░  63%"; without the bar on a narrow screen.
std::string fill_text(const BackendRow& row, std::size_t screen_width)
{
    if (!row.limit)
        return "-";
    const unsigned percent = percent_of(row.in_use, *row.limit);
    if (screen_width < kNarrow)
        return padded(std::to_string(percent) + "%", 4, Align::right);
    const unsigned cells = std::min(percent * kBarCells / 100, kBarCells);
    std::string text;
    for (unsigned i = 0; i < kBarCells; ++i)
        text += i < cells ? "█" : "░";
    return text + " " + padded(std::to_string(percent) + "%", 4, Align::right);
}

std::string aside_of(const BackendRow& row)
{
    std::string text = row.address == row.name ? "" : row.address;
    if (row.more_addresses != 0)
        text += " +" + std::to_string(row.more_addresses);
    if (!row.network_namespace.empty())
        text += (text.empty() ? "netns " : " netns ") + row.network_namespace;
    return text;
}

std::vector<Cell> cells_of(const BackendRow& row, std::size_t screen_width)
{
    const Colour colour = colour_of(row);
    const auto hold = [](const std::optional<double>& seconds) {
        return seconds ? duration_text(*seconds) : "-";
    };
    return {{row.name, colour, aside_of(row)},
            {short_direction(row.direction), Colour::plain, ""},
            {count_text(row.in_use), colour, ""},
            {row.limit ? count_text(*row.limit) : "-", Colour::plain, ""},
            {fill_text(row, screen_width), colour, ""},
            {count_text(row.peak), Colour::plain, ""},
            {row.limit ? count_text(row.limit_hits) : "-", Colour::plain, ""},
            {row.limit ? duration_text(row.time_at_limit) : "-", Colour::plain, ""},
            {rate_text(row.arrivals_per_second), Colour::plain, ""},
            {hold(row.hold_p50), Colour::plain, ""},
            {hold(row.hold_p99), Colour::plain, ""},
            {count_text(row.failed), Colour::plain, ""}};
}

Table table_of(const std::vector<BackendRow>& rows, bool all, std::size_t screen_width)
{
    Table table({{"BACKEND", Align::left, true, false, ""},
                 {"DIR", Align::left, false, false, ""},
                 {"IN-USE", Align::right, false, false, ""},
                 {"LIMIT", Align::right, false, false, ""},
                 {"FULL", Align::left, false, false, ""},
                 {"PEAK", Align::right, false, false, ""},
                 {"HITS", Align::right, false, false, ""},
                 {"AT-LIMIT", Align::right, false, false, ""},
                 {"RATE", Align::right, false, false, ""},
                 {"HOLD-p50", Align::right, false, false, "p50"},
                 {"p99", Align::right, false, false, ""},
                 {"FAILED", Align::right, false, false, ""}});
    std::size_t shown = 0;
    for (const BackendRow& row : rows) // those with a limit come first
        if (all || (!idle(row) && (row.limit || shown < kMostRows))) {
            table.add(cells_of(row, screen_width));
            ++shown;
        }
    return table;
}

std::string footer(const std::vector<BackendRow>& rows, const BackendsView& view, const Screen& screen)
{
    const auto resting = static_cast<std::uint64_t>(std::count_if(rows.begin(), rows.end(), idle));
    const auto limits = static_cast<std::uint64_t>(
        std::count_if(rows.begin(), rows.end(), [](const BackendRow& row) { return row.limit; }));
    const std::uint64_t others = rows.size() - resting - limits;
    const std::uint64_t room = kMostRows - std::min<std::uint64_t>(limits, kMostRows);
    const std::uint64_t more = others - std::min(others, room);
    std::string text;
    if (!view.all && more != 0)
        text += counted(more, "more backend") + " without a limit";
    if (!view.all && resting != 0)
        text += (text.empty() ? "" : " and ") + counted(resting, "idle backend");
    if (!text.empty())
        text +=
            more + resting == 1 ? " is not shown; --all shows it\n" : " are not shown; --all shows them\n";
    if (limits == 0)
        text += no_limit_hint(rows, screen.width);
    return text;
}

} // namespace

Result<std::string> render_backends(const Json& answer, const BackendsView& view, const Screen& screen)
{
    return reading([&] {
        const std::vector<BackendRow> rows = backend_rows(answer);
        const std::string incomplete = incomplete_text(answer, Colour::yellow, screen);
        if (rows.empty())
            return no_connection_hint(view.asked, screen.width) + incomplete;
        const Table table = table_of(rows, view.all, screen.width);
        const std::string body = table.empty() ? "no backend is in use now\n" : table.render(screen);
        return body + footer(rows, view, screen) + incomplete;
    });
}

} // namespace slotscope::cli
