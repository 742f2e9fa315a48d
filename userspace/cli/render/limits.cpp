// SPDX-License-Identifier: MIT
#include "cli/render/render.h"

#include "cli/render/hints.h"
#include "cli/render/rows.h"
#include "cli/text/table.h"
#include "cli/text/text.h"
#include "cli/text/units.h"

#include <algorithm>
#include <set>
#include <vector>

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
    std::string product; // of a found one; empty: it was given
    std::string rule;
    std::string certainty;
    std::string doubt;
    std::vector<std::string> arithmetic;
    std::vector<std::string> generations; // while several run, a line each
};

// "the newest, 900: 5 of 8", "before it, 813 814: 3 of 12"
std::string generation_text(const Field& generation)
{
    std::string text = generation.at("newest").flag() ? "the newest," : "an older one,";
    for (const Field& pid : generation.at("pids").elements())
        text += " " + std::to_string(pid.count());
    text += ": " + count_text(generation.at("in_use").count()) + " of ";
    const auto slots = generation.find("slots");
    return text + (slots ? count_text(slots->count()) : "an unknown number");
}

void read_origin(const Field& origin, LimitRow& row)
{
    row.product = origin.at("product").text();
    row.rule = origin.at("rule").text();
    row.certainty = origin.at("certainty").text();
    if (const auto doubt = origin.find("doubt"))
        row.doubt = doubt->text();
    for (const Field& line : origin.at("arithmetic").elements())
        row.arithmetic.push_back(line.text());
    if (const auto generations = origin.find("generations")) // older agents have none
        for (const Field& each : generations->elements())
            row.generations.push_back(generation_text(each));
}

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
    if (const auto origin = limit.find("origin"))
        read_origin(*origin, row);
    read_in_use(limit.at("backends"), row);
    return row;
}

// "8", "≤8" where the limit moves below that, "8↕" where it moves and stands there now, "8?" where it is not
// sure, "~8" where nothing told it.
std::string slots_text(const LimitRow& row)
{
    const std::string slots = count_text(row.slots);
    if (row.product == "learned")
        return "~" + slots;
    if (row.certainty == "at_most")
        return "≤" + slots;
    if (row.certainty == "moving")
        return slots + "↕";
    return row.certainty == "unsure" ? slots + "?" : slots;
}

// What is said of one limit alone, a line each.
std::string remarks(const LimitRow& row)
{
    std::string text;
    const auto line = [&](const std::string& remark) { text += (text.empty() ? "" : "\n") + remark; };
    if (!row.note.empty())
        line("! not in force: " + row.note);
    if (!row.doubt.empty())
        line("? " + row.doubt);
    for (const std::string& each : row.generations)
        line("generation " + each);
    return text;
}

// What a slot is, by product: once, however many limits it has.
std::string rules_text(const std::vector<LimitRow>& rows, const Screen& screen)
{
    Table table({{"A SLOT OF", Align::left, false, false, ""}, {"IS", Align::left, true, true, ""}});
    std::set<std::pair<std::string, std::string>> told;
    for (const LimitRow& row : rows)
        if (!row.rule.empty() && told.emplace(row.product, row.rule).second)
            table.add({{row.product + ", " + row.side, Colour::plain, ""}, {row.rule, Colour::plain, ""}});
    return table.empty() ? "" : "\n" + table.render(screen);
}

std::vector<Cell> cells_of(const LimitRow& row)
{
    const bool full = row.note.empty() && row.most_in_use >= row.slots;
    const Colour colour = full ? Colour::red : Colour::plain;
    return {{row.name, colour, ""},
            {slots_text(row), Colour::plain, ""},
            {row.in_use, colour, ""},
            {row.kind, Colour::plain, ""},
            {row.side, Colour::plain, ""},
            {row.source, Colour::plain, ""},
            {row.addresses, Colour::plain, ""}};
}

// What was looked at and is not among the limits; empty where there is nothing of the kind.
std::string not_understood_text(const Field& answer, const Screen& screen)
{
    const auto list = answer.find("not_understood"); // older agents have none
    if (!list || list->elements().empty())
        return "";
    Table table({{"NOT UNDERSTOOD", Align::left, true, false, ""}, {"WHY", Align::left, true, true, ""}});
    for (const Field& each : list->elements()) {
        const std::string text = each.at("text").text();
        table.add({{each.at("source").text(), Colour::plain, ""},
                   {each.at("why").text() + (text.empty() ? "" : "\n" + text), Colour::plain, ""}});
    }
    return "\n" + table.render(screen);
}

std::string explained(const LimitRow& row, const Screen& screen)
{
    constexpr std::size_t kIndent = 13;
    std::string text;
    const auto line = [&](const char* title, const std::string& value) {
        std::string_view begin = title;
        for (const std::string& each : folded(value, std::max(screen.width, 2 * kIndent) - kIndent)) {
            text += padded(begin, kIndent, Align::left) + each + "\n";
            begin = "";
        }
    };
    text += row.name + ": " + slots_text(row) + " " + row.kind + "\n";
    line("  side", row.side == "both" ? "both sides" : row.side + "bound");
    line("  at", row.addresses);
    line("  from", row.source + (row.product.empty() ? " (given to slotscope)" : " (" + row.product + ")"));
    if (!row.rule.empty())
        line("  a slot is", row.rule);
    if (!row.certainty.empty())
        line("  sure", row.certainty + (row.doubt.empty() ? "" : ": " + row.doubt));
    for (std::size_t index = 0; index < row.arithmetic.size(); ++index)
        line(index == 0 ? "  because" : "", row.arithmetic[index]);
    line("  in use", row.in_use);
    for (std::size_t index = 0; index < row.generations.size(); ++index)
        line(index == 0 ? "  generation" : "", row.generations[index]);
    if (!row.note.empty())
        line("  but", "not in force: " + row.note);
    return text;
}

bool is_of(const Field& limit, const std::string& asked)
{
    if (limit.at("name").text() == asked)
        return true;
    for (const Field& address : limit.at("addresses").elements())
        if (address.text() == asked)
            return true;
    for (const Field& backend : limit.at("backends").elements())
        if (backend.at("name").text() == asked)
            return true;
    return false;
}

} // namespace

Result<std::string> render_explanation(const Json& answer, const std::string& asked, const Screen& screen)
{
    auto text = reading([&] {
        std::string found;
        for (const Field& limit : Field(answer).at("limits").elements())
            if (is_of(limit, asked))
                found += explained(limit_row(limit), screen);
        return found;
    });
    if (text && text->empty())
        return Error{"there is no limit of \"" + asked + "\"; slotscope limits lists them", 1};
    return text;
}

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
        std::vector<LimitRow> rows;
        for (const Field& limit : Field(answer).at("limits").elements())
            rows.push_back(limit_row(limit));
        for (const LimitRow& row : rows)
            table.add(cells_of(row), {remarks(row), row.note.empty() ? Colour::plain : Colour::yellow, ""});
        const std::string incomplete = incomplete_text(answer, Colour::yellow, screen);
        if (!table.empty())
            return table.render(screen) + rules_text(rows, screen) +
                   not_understood_text(Field(answer), screen) + incomplete;
        return paragraph(
                   "no limit is known: give one with `slotscoped --limit app1=127.0.0.1:8081:MAX` or in "
                   "/etc/slotscope/slotscope.toml",
                   screen.width) +
               not_understood_text(Field(answer), screen) + incomplete;
    });
}

} // namespace slotscope::cli
