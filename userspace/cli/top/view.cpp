// SPDX-License-Identifier: MIT
#include "cli/top/view.h"

#include "cli/text/text.h"
#include "cli/text/units.h"
#include "cli/top/view_parts.h"

#include <algorithm>

namespace slotscope::cli::top {

namespace {

constexpr std::size_t kHeadLines = 3;    // title, state, names of columns
constexpr std::size_t kFootLines = 1;    // the keys
constexpr std::size_t kVerdictLines = 2; // at most

Line title_line(const Model& model)
{
    Line line;
    line.add("slotscope top ", Style::title);
    if (model.answered())
        line.add(" " + model.at() + "  " + counted(model.known(), "backend"));
    if (model.full() != 0)
        line.add(", ").add(std::to_string(model.full()) + " full", Style::critical);
    line.add("  sort: " + std::string(to_string(model.sort())), Style::faint);
    if (!model.follows())
        line.add(", held (Home)", Style::faint);
    if (!model.direction().empty())
        line.add("  " + model.direction(), Style::faint);
    if (model.paused())
        line.add("  PAUSED", Style::warning);
    return line;
}

// The filter while it is typed or holds, what is wrong, or nothing.
Line state_line(const Model& model)
{
    Line line;
    if (model.typing())
        return line.add("filter: ", Style::title).add(model.filter()).add("_", Style::title);
    if (!model.trouble().empty()) {
        const std::string since = model.answered() ? "; this is of " + model.at() : "";
        return line.add("! no agent" + since + ", trying again: ", Style::critical).add(model.trouble());
    }
    if (!model.filter().empty())
        line.add("filter: " + model.filter() + "  ", Style::title);
    if (!model.losses().empty())
        line.add("! incomplete: " + model.losses() + "; slotscope status says why", Style::warning);
    return line;
}

Line keys_line()
{
    struct Hint {
        const char* key;
        const char* what;
    };
    // The most wanted first: a narrow screen cuts the rest off.
    constexpr Hint kHints[] = {{"q", "quit"},  {"?", "help"},      {"/", "filter"},
                               {"s", "sort"},  {"d", "direction"}, {"a", "age"},
                               {"x", "chain"}, {"p", "pause"},     {"c", "copy"}};
    Line line;
    for (const Hint& hint : kHints)
        line.add(hint.key, Style::key).add(std::string(" ") + hint.what + "  ", Style::faint);
    return line;
}

std::vector<Line> help_lines()
{
    constexpr const char* kHelp[] = {
        "",
        "  Backends, the fullest first; who holds the slots of the selected one; and why.",
        "",
        "  up down j k   select; the rows then stay in their order     PgUp PgDn End",
        "  Home  Esc     select the first, and sort anew with each look",
        "  s S           sort by: full, in use, rate, p99 of hold times, failed, name",
        "  /             filter by name or address; Enter keeps it, Esc takes it back",
        "  d             direction: both, outbound (connects), inbound (listens)",
        "  a A           least age of holders: 0, 100ms, 1s, 10s, 1m, 10m; A: all",
        "  x             what each holder waits for downstream",
        "  p Space       pause",
        "  c             copy the screen as text (also to the terminal's clipboard)",
        "  q Ctrl-C      quit",
        "",
        "  FULL      slots in use against the limit; HISTORY: the last looks, a second each,",
        "            as high as the limit (or the most, without one)",
        "  RATE      calls or connections a second, over 10 s    p99  of holds, last minutes",
        "",
        "  Any key goes back.",
    };
    std::vector<Line> lines;
    for (const char* text : kHelp)
        lines.push_back(Line().add(text));
    return lines;
}

// Lines below the backends: a heading, the verdict, names of columns, holders.
std::vector<Line> selected_lines(const Model& model, Size size, std::size_t room)
{
    std::vector<Line> lines = {holders_heading(model, size.columns)};
    if (!model.verdict().empty()) {
        std::vector<std::string> folds = folded(model.verdict(), size.columns - 2);
        if (folds.size() > kVerdictLines) {
            folds.resize(kVerdictLines);
            folds.back() = cut_off(folds.back() + " …", size.columns - 2);
        }
        for (const std::string& fold : folds)
            lines.push_back(Line().add("  " + fold, Style::warning));
    }
    for (Line& line : holder_lines(model, size.columns, room - std::min(room, lines.size())))
        lines.push_back(std::move(line));
    return lines;
}

std::vector<Line> backend_part(const Model& model, Size size, Look look)
{
    const auto rows = model.rows();
    const std::size_t page = page_of(size, model);
    std::vector<Line> lines;
    for (std::size_t i = model.first(); i < std::min(rows.size(), model.first() + page); ++i) {
        lines.push_back(backend_line(*rows[i], model.history(), size.columns, look.utf8));
        lines.back().selected = i == model.selected();
    }
    if (rows.empty())
        lines.push_back(Line().add(nothing_to_show(model), Style::faint));
    lines.resize(std::max<std::size_t>(page, 1));
    return lines;
}

Frame fitted(std::vector<Line> lines, Size size, Look look)
{
    Frame frame;
    lines.resize(size.lines);
    for (const Line& line : lines)
        frame.lines.push_back(cut_line(line, size.columns));
    if (!look.utf8)
        for (Line& line : frame.lines)
            for (Span& span : line.spans)
                span.text = in_ascii(span.text);
    return frame;
}

} // namespace

// Half of the screen; less where there are few, and then the holders have the rest.
std::size_t page_of(Size size, const Model& model)
{
    const std::size_t most = (size.lines - std::min(size.lines, kHeadLines + kFootLines)) / 2;
    return std::clamp<std::size_t>(model.rows().size(), 1, std::max<std::size_t>(most, 1));
}

Frame draw(const Model& model, Size size, Look look)
{
    if (size.columns < kSmallest.columns || size.lines < kSmallest.lines)
        return fitted({Line().add("the screen is too small: 40 x 10 at least")}, size, look);
    std::vector<Line> lines = {title_line(model), state_line(model)};
    std::vector<Line> body;
    if (model.help()) {
        body = help_lines();
    } else {
        lines.push_back(backend_titles(size.columns));
        body = backend_part(model, size, look);
        const std::size_t room = size.lines - lines.size() - kFootLines - body.size();
        for (Line& line : selected_lines(model, size, room))
            body.push_back(std::move(line));
    }
    for (Line& line : body)
        lines.push_back(std::move(line));
    lines.resize(size.lines - kFootLines);
    lines.push_back(keys_line());
    return fitted(std::move(lines), size, look);
}

} // namespace slotscope::cli::top
