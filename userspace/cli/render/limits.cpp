// SPDX-License-Identifier: MIT
#include "cli/render/render.h"

#include "cli/render/hints.h"
#include "cli/render/rows.h"
#include "cli/text/table.h"
#include "cli/text/units.h"

#include <algorithm>

namespace slotscope::cli {

namespace {

struct LimitRow {
    std::string name;
    std::string addresses;
    std::uint64_t slots = 0;
    std::string kind;
    std::string side; // "out", "in", "both"
    std::string source;
    std::string note;   // why it is not in force; empty: it is
    std::string in_use; // "out 8, in 2"; "-" where no connection was seen
    std::uint64_t most_in_use = 0;
};

void read_in_use(const Field& backends, LimitRow& row)
{
    for (const Field& backend : backends.elements()) {
        const std::uint64_t in_use = backend.at("in_use").count();
        row.in_use += (row.in_use.empty() ? "" : ", ") + short_direction(backend.at("direction").text()) +
                      " " + count_text(in_use);
        row.most_in_use = std::max(row.most_in_use, in_use);
    }
    if (row.in_use.empty())
        row.in_use = "-";
}

LimitRow limit_row(const Field& limit)
{
    LimitRow row;
    row.name = limit.at("name").text();
    for (const Field& address : limit.at("addresses").elements())
        row.addresses += (row.addresses.empty() ? "" : ", ") + address.text();
    row.slots = limit.at("slots").count();
    row.kind = limit.at("kind").text();
    const auto direction = limit.find("direction");
    row.side = direction ? short_direction(direction->text()) : "both";
    row.source = limit.at("source").text();
    if (const auto note = limit.find("note"))
        row.note = note->text();
    read_in_use(limit.at("backends"), row);
    return row;
}

std::vector<Cell> cells_of(const LimitRow& row)
{
    const bool full = row.note.empty() && row.most_in_use >= row.slots;
    const Colour colour = full ? Colour::red : Colour::plain;
    const std::string note = row.note.empty() ? "" : "\n! not in force: " + row.note;
    return {{row.name, colour, ""},
            {count_text(row.slots), Colour::plain, ""},
            {row.in_use, colour, ""},
            {row.kind, Colour::plain, ""},
            {row.side, Colour::plain, ""},
            {row.source, Colour::plain, ""},
            {row.addresses + note, row.note.empty() ? Colour::plain : Colour::yellow, ""}};
}

} // namespace

Result<std::string> render_limits(const Json& answer, const Screen& screen)
{
    return reading([&] {
        Table table({{"LIMIT", Align::left, true, false, ""},
                     {"SLOTS", Align::right, false, false, ""},
                     {"IN-USE", Align::left, false, false, ""},
                     {"OF", Align::left, false, false, ""},
                     {"SIDE", Align::left, false, false, ""},
                     {"SOURCE", Align::left, true, false, ""},
                     {"ADDRESSES", Align::left, true, true, ""}});
        for (const Field& limit : Field(answer).at("limits").elements())
            table.add(cells_of(limit_row(limit)));
        const std::string incomplete = incomplete_text(answer, Colour::yellow, screen);
        if (!table.empty())
            return table.render(screen) + incomplete;
        return paragraph(
                   "no limit is known: give one with `slotscoped --limit app1=127.0.0.1:8081:MAX` or in "
                   "/etc/slotscope/slotscope.toml",
                   screen.width) +
               incomplete;
    });
}

} // namespace slotscope::cli
