// SPDX-License-Identifier: MIT
// A table that never wraps: columns are aligned, and what does not fit is shortened in the middle.
#pragma once

#include "cli/text/screen.h"
#include "cli/text/text.h"

#include <string>
#include <vector>

namespace slotscope::cli {

struct Column {
    std::string title;
    Align align = Align::left;
    bool shrinks = false;    // may be shortened where the table is too wide
    bool folds = false;      // the last column only: long text goes on in the next line
    std::string tight_title; // instead of `title` where room is short; empty: the same
};

struct Cell {
    std::string text; // printable; '\n' only in a column that folds
    Colour colour = Colour::plain;
    std::string aside; // shown faintly behind the text where there is room, else left out
};

class Table {
  public:
    explicit Table(std::vector<Column> columns)
        : columns_(std::move(columns))
    {
    }

    // One cell for each column. `below`: what is to be said of the row, in lines under it that are as wide as
    // the screen.
    void add(std::vector<Cell> cells, Cell below = {})
    {
        rows_.push_back({std::move(cells), std::move(below)});
    }
    bool empty() const { return rows_.empty(); }

    // The titles and the rows, each line ended by '\n', none wider than the screen.
    std::string render(const Screen& screen) const;

  private:
    struct Layout;
    struct Row {
        std::vector<Cell> cells;
        Cell below;
    };

    Layout layout(std::size_t width) const;
    std::size_t natural_width(std::size_t column, bool tight, bool asides) const;
    std::string title_line(const Layout& layout) const;
    std::string row_lines(const std::vector<Cell>& row, const Layout& layout, const Screen& screen) const;
    static std::string lines_below(const Cell& below, const Screen& screen);

    std::vector<Column> columns_;
    std::vector<Row> rows_;
};

} // namespace slotscope::cli
