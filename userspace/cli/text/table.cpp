// SPDX-License-Identifier: MIT
#include "cli/text/table.h"

#include <algorithm>
#include <numeric>

namespace slotscope::cli {

namespace {

constexpr std::size_t kShortestName = 8;
constexpr std::size_t kShortestProse = 24;

std::size_t total_width(const std::vector<std::size_t>& widths, std::size_t gap)
{
    return std::accumulate(widths.begin(), widths.end(), std::size_t{0}) + gap * (widths.size() - 1);
}

// The widest piece of a cell's text between line breaks.
std::size_t widest_line(std::string_view text)
{
    std::size_t widest = 0;
    while (true) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        widest = std::max(widest, display_width(text.substr(0, end)));
        if (end == text.size())
            return widest;
        text.remove_prefix(end + 1);
    }
}

// A cell as it is printed: text and aside are apart because they have different colours.
std::string fitted(const std::string& text, const Cell& cell, std::size_t width, Align align,
                   const Screen& screen)
{
    const std::string shown = shortened(text, width);
    const std::size_t used = display_width(shown);
    const std::string paint = painted(shown, cell.colour, screen);
    const bool aside = !cell.aside.empty() && used + 1 + display_width(cell.aside) <= width;
    const std::size_t aside_width = aside ? 1 + display_width(cell.aside) : 0;
    const std::string fill(width - used - aside_width, ' ');
    const std::string body = aside ? paint + " " + painted(cell.aside, Colour::faint, screen) : paint;
    return align == Align::right ? fill + body : body + fill;
}

void trim_end(std::string& line)
{
    line.erase(line.find_last_not_of(' ') + 1);
}

} // namespace

struct Table::Layout {
    std::vector<std::size_t> widths;
    std::size_t gap = 2;
    bool tight = false;

    // Takes columns off the widest of the columns that `may` names, none below `least`, until the table fits.
    template <typename May>
    void shrink(std::size_t width, std::size_t least, May may)
    {
        while (total_width(widths, gap) > width) {
            std::size_t widest = widths.size();
            for (std::size_t i = 0; i < widths.size(); ++i)
                if (may(i) && widths[i] > least && (widest == widths.size() || widths[i] > widths[widest]))
                    widest = i;
            if (widest == widths.size())
                return;
            --widths[widest];
        }
    }
};

std::size_t Table::natural_width(std::size_t column, bool tight, bool asides) const
{
    const Column& is = columns_[column];
    std::size_t width = display_width(tight && !is.tight_title.empty() ? is.tight_title : is.title);
    for (const Row& row : rows_) {
        const Cell& cell = row.cells[column];
        const std::size_t aside = asides && !cell.aside.empty() ? 1 + display_width(cell.aside) : 0;
        width = std::max(width, widest_line(cell.text) + aside);
    }
    return width;
}

Table::Layout Table::layout(std::size_t width) const
{
    Layout result;
    const auto measure = [&](bool tight, bool asides) {
        result.tight = tight;
        result.gap = tight ? 1 : 2;
        result.widths.clear();
        for (std::size_t i = 0; i < columns_.size(); ++i)
            result.widths.push_back(natural_width(i, tight, asides));
        return total_width(result.widths, result.gap) <= width;
    };
    const bool folds = columns_.back().folds;
    if (measure(false, true) || (!folds && measure(true, true)))
        return result;
    if (folds) {
        result.shrink(width, kShortestProse, [&](std::size_t i) { return i + 1 == columns_.size(); });
    } else if (measure(true, false)) {
        // Room that is left goes to asides of the first column that has any.
        const std::size_t spare = width - total_width(result.widths, result.gap);
        const std::size_t wanted = natural_width(0, true, true);
        result.widths[0] = std::min(wanted, result.widths[0] + spare);
        return result;
    }
    result.shrink(width, kShortestName, [&](std::size_t i) { return columns_[i].shrinks; });
    result.shrink(width, 1, [](std::size_t) { return true; });
    return result;
}

std::string Table::title_line(const Layout& layout) const
{
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const Column& column = columns_[i];
        const std::string& title =
            layout.tight && !column.tight_title.empty() ? column.tight_title : column.title;
        line += i == 0 ? "" : std::string(layout.gap, ' ');
        line += padded(shortened(title, layout.widths[i]), layout.widths[i], column.align);
    }
    trim_end(line);
    return line + "\n";
}

std::string Table::row_lines(const std::vector<Cell>& row, const Layout& layout, const Screen& screen) const
{
    std::string line;
    std::string result;
    std::size_t indent = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const std::size_t width = layout.widths[i];
        line += i == 0 ? "" : std::string(layout.gap, ' ');
        indent += i == 0 ? 0 : layout.widths[i - 1] + layout.gap;
        const Column& column = columns_[i];
        std::vector<std::string> texts{row[i].text};
        if (column.folds)
            texts = folded(row[i].text, width);
        line += fitted(texts.front(), row[i], width, column.align, screen);
        for (std::size_t more = 1; more < texts.size(); ++more)
            result += std::string(indent, ' ') + painted(texts[more], row[i].colour, screen) + "\n";
    }
    trim_end(line);
    return line + "\n" + result;
}

std::string Table::lines_below(const Cell& below, const Screen& screen)
{
    constexpr std::size_t kIndent = 4;
    if (below.text.empty())
        return "";
    std::string lines;
    for (const std::string& line : folded(below.text, std::max(screen.width, 2 * kIndent) - kIndent))
        lines += std::string(kIndent, ' ') + painted(line, below.colour, screen) + "\n";
    return lines;
}

std::string Table::render(const Screen& screen) const
{
    const Layout where = layout(screen.width);
    std::string text = title_line(where);
    for (const Row& row : rows_)
        text += row_lines(row.cells, where, screen) + lines_below(row.below, screen);
    return text;
}

} // namespace slotscope::cli
