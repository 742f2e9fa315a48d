// SPDX-License-Identifier: MIT
#include "cli/top/view_parts.h"

#include "cli/text/text.h"
#include "cli/text/units.h"

#include <algorithm>

namespace slotscope::cli::top {

namespace {

constexpr unsigned kNearlyFull = 80; // percent
constexpr std::size_t kWide = 110;   // columns, from which on there is room for more of them

struct Column {
    const char* title;
    std::size_t width;
    Align align;
};

// What stands behind the name; the name has the rest of the width.
struct Widths {
    std::size_t bar;
    std::size_t history;
    bool wide;
};

Widths widths_of(std::size_t columns)
{
    if (columns < 72)
        return {5, 0, false};
    return columns < kWide ? Widths{10, 12, false} : Widths{20, 30, true};
}

std::vector<Column> backend_columns(std::size_t columns)
{
    const Widths widths = widths_of(columns);
    std::vector<Column> list = {{"DIR", 3, Align::left},
                                {"USED", 5, Align::right},
                                {"LIMIT", 5, Align::right},
                                {"FULL", widths.bar + 5, Align::left}};
    if (widths.history != 0)
        list.push_back({"HISTORY", widths.history, Align::left});
    list.push_back({"RATE", 7, Align::right});
    list.push_back({"p99", 5, Align::right});
    if (widths.wide) {
        list.push_back({"PEAK", 5, Align::right});
        list.push_back({"HITS", 5, Align::right});
        list.push_back({"FAILED", 6, Align::right});
    }
    std::size_t used = 0;
    for (const Column& column : list)
        used += column.width + 1;
    list.insert(list.begin(), {"BACKEND", columns - std::min(columns, used), Align::left});
    return list;
}

std::string cell(const Column& column, const std::string& text)
{
    return padded(column.align == Align::left ? shortened(text, column.width) : cut_off(text, column.width),
                  column.width, column.align);
}

Style style_of(const BackendRow& row)
{
    if (row.full())
        return Style::critical;
    const bool nearly = row.limit && percent_of(row.in_use, *row.limit) >= kNearlyFull;
    return nearly ? Style::warning : Style::plain;
}

std::string bar_of(const BackendRow& row, std::size_t cells, bool utf8)
{
    if (!row.limit)
        return "";
    const unsigned percent = percent_of(row.in_use, *row.limit);
    const std::size_t taken = std::min<std::size_t>(percent * cells / 100, cells);
    std::string bar;
    for (std::size_t i = 0; i < cells; ++i)
        bar += i < taken ? (utf8 ? "█" : "#") : (utf8 ? "░" : ".");
    return bar + padded(std::to_string(percent) + "%", 5, Align::right);
}

std::string name_of(const BackendRow& row, std::size_t width)
{
    std::string name = row.name;
    const auto add = [&](const std::string& aside) {
        if (display_width(name) + display_width(aside) <= width)
            name += aside;
    };
    if (!row.network_namespace.empty())
        add("@" + row.network_namespace);
    if (row.address != row.name)
        add(" " + row.address);
    return name;
}

std::string process_of(const HolderRow& row)
{
    return row.process_known ? row.process + "[" + std::to_string(row.pid) + "]" : "-";
}

std::vector<Column> holder_columns(std::size_t columns)
{
    std::vector<Column> list = {
        {"AGE", 7, Align::right}, {"STATE", 14, Align::left}, {"PROCESS", 18, Align::left}};
    if (columns >= kWide) {
        list.push_back({"SENT", 9, Align::right});
        list.push_back({"RECEIVED", 9, Align::right});
    }
    std::size_t used = 0;
    for (const Column& column : list)
        used += column.width + 1;
    list.push_back({"CALL", columns - std::min(columns, used), Align::left});
    return list;
}

// The call where it is known, and whose connection it is.
std::string call_of(const HolderLine& line, std::size_t width)
{
    const std::string peer = line.row.direction == "inbound" ? line.row.remote : line.row.local;
    if (line.call.empty())
        return peer + " -> " + (line.row.direction == "inbound" ? line.row.local : line.row.remote);
    const std::string both = line.call + "  " + peer;
    return display_width(both) <= width ? both : line.call;
}

Line holder_line(const HolderLine& holder, const std::vector<Column>& columns)
{
    const HolderRow& row = holder.row;
    std::vector<std::string> texts = {(row.age_is_lower_bound ? "≥" : "") + duration_text(row.age),
                                      holder.state, process_of(row)};
    if (columns.size() > 4) {
        texts.push_back(size_text(row.bytes_sent));
        texts.push_back(size_text(row.bytes_received));
    }
    texts.push_back(call_of(holder, columns.back().width));
    Line line;
    for (std::size_t i = 0; i < columns.size(); ++i)
        line.add(cell(columns[i], texts[i]) + (i + 1 < columns.size() ? " " : ""),
                 i == 1 && holder.state == "peer closed" ? Style::warning : Style::plain);
    return line;
}

Line titles(const std::vector<Column>& columns)
{
    std::string text;
    for (const Column& column : columns)
        text += (text.empty() ? "" : " ") + padded(column.title, column.width, column.align);
    return Line().add(text, Style::title);
}

} // namespace

Line backend_titles(std::size_t columns)
{
    return titles(backend_columns(columns));
}

Line backend_line(const BackendRow& row, const History& history, std::size_t columns, bool utf8)
{
    const std::vector<Column> list = backend_columns(columns);
    const Widths widths = widths_of(columns);
    const Style style = style_of(row);
    std::vector<Span> cells = {{name_of(row, list.front().width), style},
                               {short_direction(row.direction), Style::plain},
                               {count_text(row.in_use), style},
                               {row.limit ? count_text(*row.limit) : "-", Style::plain},
                               {bar_of(row, widths.bar, utf8), style}};
    if (widths.history != 0)
        cells.push_back({sparkline(history.of(row), row.limit.value_or(0), widths.history, utf8), style});
    cells.push_back({rate_text(row.arrivals_per_second), Style::plain});
    cells.push_back({row.hold_p99 ? duration_text(*row.hold_p99) : "-", Style::plain});
    if (widths.wide) {
        cells.push_back({count_text(row.peak), Style::plain});
        cells.push_back({row.limit ? count_text(row.limit_hits) : "-", Style::plain});
        cells.push_back({count_text(row.failed), Style::plain});
    }
    Line line;
    for (std::size_t i = 0; i < list.size(); ++i)
        line.add(cell(list[i], cells[i].text) + (i + 1 < list.size() ? " " : ""), cells[i].style);
    return line;
}

std::string nothing_to_show(const Model& model)
{
    if (!model.answered())
        return model.trouble().empty() ? "asking the agent ..." : "";
    if (model.known() == 0)
        return "no connection was seen yet: backends appear with their first one";
    return "none of " + counted(model.known(), "backend") + " fits the filter and the direction";
}

Line holders_heading(const Model& model, std::size_t columns)
{
    const BackendRow* row = model.selected_row();
    if (row == nullptr)
        return {};
    Line line;
    line.add("-- " + row->name + " " + row->direction + ": ", Style::title);
    const std::string of = row->limit ? " of " + count_text(*row->limit) : "";
    line.add(count_text(row->in_use) + of + (row->limit || row->in_use != 1 ? " slots held" : " slot held"),
             style_of(*row));
    const auto holders = model.holders();
    if (!holders.empty())
        line.add(", oldest " + duration_text(holders.front()->row.age));
    if (model.holders_total() > model.holders_fetched())
        line.add(", the oldest " + std::to_string(model.holders_fetched()) + " below", Style::faint);
    if (model.least_age() > 0)
        line.add(", those of " + duration_text(model.least_age()) + " or more", Style::faint);
    const std::size_t width = line.width();
    return line.add(width < columns ? " " + std::string(columns - width - 1, '-') : "", Style::faint);
}

std::vector<Line> holder_lines(const Model& model, std::size_t columns, std::size_t room)
{
    const auto holders = model.holders();
    if (room < 2 || holders.empty())
        return {};
    const std::vector<Column> list = holder_columns(columns);
    std::vector<Line> lines = {titles(list)};
    for (const HolderLine* holder : holders) {
        if (lines.size() >= room)
            break;
        lines.push_back(holder_line(*holder, list));
        if (model.chain() && !holder->waits_for.empty() && lines.size() < room)
            lines.push_back(Line().add("        waits for " + holder->waits_for, Style::faint));
    }
    return lines;
}

} // namespace slotscope::cli::top
