// SPDX-License-Identifier: MIT
#include "cli/render/render.h"

#include "cli/render/hints.h"
#include "cli/render/rows.h"
#include "cli/text/table.h"
#include "cli/text/units.h"

#include <algorithm>
#include <map>

namespace slotscope::cli {

namespace {

constexpr std::size_t kMostProcesses = 5;

std::string age_text(double seconds, bool lower_bound)
{
    return (lower_bound ? "≥" : "") + duration_text(seconds);
}

// What the state and the last send or receive say, as briefly as possible.
std::string state_hint(const HolderRow& row)
{
    if (row.waits_for_accept)
        return "not accepted";
    if (row.state == "peer_closed")
        return "peer closed";
    if (row.state == "half_closed")
        return "half closed";
    if (row.state != "established")
        return row.state;
    const std::string ago = row.last_io_ago ? " " + duration_text(*row.last_io_ago) : "";
    if (row.last_io == "sent")
        return row.direction == "outbound" ? "no reply" + ago : "sent" + ago + (ago.empty() ? "" : " ago");
    if (row.last_io == "received")
        return "read" + ago + (ago.empty() ? "" : " ago");
    return row.bytes_sent + row.bytes_received == 0 ? "no data yet" : "established";
}

std::string process_text(const HolderRow& row)
{
    return row.process_known ? row.process + "[" + std::to_string(row.pid) + "]" : "-";
}

Colour colour_of(const HolderRow& row)
{
    return row.state == "peer_closed" || row.waits_for_accept ? Colour::yellow : Colour::plain;
}

// "haproxy 6, curl 2": most holders first.
std::string by_process(const std::vector<HolderRow>& rows)
{
    std::map<std::string, std::size_t> counts;
    for (const HolderRow& row : rows)
        ++counts[!row.process_known ? "unknown" : row.process.empty() ? "(ended)" : row.process];
    std::vector<std::pair<std::string, std::size_t>> ranked(counts.begin(), counts.end());
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    std::string text;
    std::size_t others = 0;
    for (std::size_t i = 0; i < ranked.size(); ++i) {
        if (i < kMostProcesses)
            text += (i == 0 ? "" : ", ") + ranked[i].first + " " + std::to_string(ranked[i].second);
        else
            others += ranked[i].second;
    }
    return others == 0 ? text : text + ", others " + std::to_string(others);
}

// The numbers above the table: one backend's (`row` of /v1/backends), or all.
struct Heading {
    std::string subject;
    std::uint64_t held = 0;
    std::optional<std::uint64_t> limit;
    std::string when; // "" for now
    bool all_read = true;
};

std::string heading_line(const Heading& heading, const std::vector<HolderRow>& rows, std::size_t width)
{
    const std::string slots = heading.limit
                                  ? std::to_string(heading.held) + " of " + counted(*heading.limit, "slot")
                                  : counted(heading.held, "slot");
    std::string text = heading.subject + ": " + slots + " held" + heading.when;
    if (!rows.empty())
        text += "; oldest " + age_text(rows.front().age, rows.front().age_is_lower_bound) + "; by process" +
                (heading.all_read ? "" : " of the oldest " + std::to_string(rows.size())) + ": " +
                by_process(rows);
    return paragraph(text, width, 2);
}

std::vector<HolderRow> of_direction(const std::vector<HolderRow>& rows, const std::string& direction)
{
    std::vector<HolderRow> some;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(some),
                 [&](const HolderRow& row) { return row.direction == direction; });
    return some;
}

bool of_one_direction(const std::vector<HolderRow>& rows)
{
    return std::all_of(rows.begin(), rows.end(),
                       [&](const HolderRow& row) { return row.direction == rows.front().direction; });
}

// What the answer says beside its rows.
struct Facts {
    std::uint64_t total = 0;
    std::optional<double> captured_ago;
    std::optional<std::uint64_t> captured_in_use;
};

Facts facts_of(const Json& answer)
{
    const Field document(answer);
    Facts facts;
    facts.total = document.at("total").count();
    if (const auto ago = document.find("captured_seconds_ago"))
        facts.captured_ago = ago->number();
    if (const auto in_use = document.find("captured_in_use"))
        facts.captured_in_use = in_use->count();
    return facts;
}

// One line for each direction in which the backend is seen.
std::string summary_of_backend(const std::vector<HolderRow>& rows, const std::vector<BackendRow>& backends,
                               const Facts& facts, const std::string& asked, std::size_t width)
{
    std::string text;
    for (const BackendRow& backend : backends) {
        const std::vector<HolderRow> own = of_direction(rows, backend.direction);
        if (own.empty() && (backends.size() > 1 || facts.captured_ago))
            continue;
        Heading heading{backend.name, backend.in_use, backend.limit, "", facts.total <= rows.size()};
        if (backends.size() > 1)
            heading.subject += " " + backend.direction;
        if (facts.captured_ago) {
            heading.held = facts.captured_in_use.value_or(own.size());
            heading.when = " " + duration_text(*facts.captured_ago) + " ago, when the limit was reached";
        }
        text += heading_line(heading, own, width);
    }
    if (!text.empty())
        return text;
    return heading_line({printable(asked), facts.total, std::nullopt, "", facts.total <= rows.size()}, rows,
                        width);
}

std::string summary(const std::vector<HolderRow>& rows, const std::vector<BackendRow>& backends,
                    const Facts& facts, const HoldersView& view, std::size_t width)
{
    if (!view.asked.empty())
        return summary_of_backend(rows, backends, facts, view.asked, width);
    std::map<std::pair<std::string, std::string>, int> seen;
    for (const HolderRow& row : rows)
        seen[{row.backend, row.direction}] = 1;
    return heading_line(
        {counted(seen.size(), "backend"), facts.total, std::nullopt, "", facts.total <= rows.size()}, rows,
        width);
}

Table table_of(const std::vector<HolderRow>& rows, std::size_t count, bool with_backend)
{
    std::vector<Column> columns = {{"AGE", Align::right, false, false, ""},
                                   {"STATE", Align::left, false, false, ""}};
    if (with_backend) {
        columns.push_back({"BACKEND", Align::left, true, false, ""});
        columns.push_back({"DIR", Align::left, false, false, ""});
    }
    columns.push_back({"PROCESS", Align::left, true, false, ""});
    columns.push_back({"SENT", Align::right, false, false, ""});
    columns.push_back({"RECEIVED", Align::right, false, false, "READ"});
    columns.push_back({"LOCAL", Align::left, true, false, ""});
    columns.push_back({"→ REMOTE", Align::left, true, false, ""});
    Table table(std::move(columns));
    for (std::size_t i = 0; i < std::min(count, rows.size()); ++i) {
        const HolderRow& row = rows[i];
        std::vector<Cell> cells = {{age_text(row.age, row.age_is_lower_bound), Colour::plain, ""},
                                   {state_hint(row), colour_of(row), ""}};
        if (with_backend) {
            cells.push_back({row.backend, Colour::plain, ""});
            cells.push_back({short_direction(row.direction), Colour::plain, ""});
        }
        cells.push_back({process_text(row), Colour::plain, ""});
        cells.push_back({size_text(row.bytes_sent), Colour::plain, ""});
        cells.push_back({size_text(row.bytes_received), Colour::plain, ""});
        cells.push_back({row.local, Colour::plain, ""});
        cells.push_back({(row.direction == "inbound" ? "← " : "→ ") + row.remote, Colour::plain, ""});
        table.add(std::move(cells));
    }
    return table;
}

std::string nothing_held(const HoldersView& view, std::size_t width)
{
    const std::string subject = view.asked.empty() ? "any backend" : printable(view.asked);
    if (view.captured)
        return paragraph("no holders are captured for " + subject +
                             ": they are kept when a limit is reached; `slotscope limits` shows the limits",
                         width);
    return paragraph("no slot of " + subject + " is held now", width);
}

} // namespace

Result<std::string> render_holders(const Json& answer, const Json& backends, const HoldersView& view,
                                   const Screen& screen)
{
    return reading([&] {
        const std::vector<HolderRow> rows = holder_rows(answer);
        const Facts facts = facts_of(answer);
        const std::vector<BackendRow> about =
            backends.is_null() ? std::vector<BackendRow>() : backend_rows(backends);
        const std::string incomplete = incomplete_text(answer, Colour::yellow, screen);
        if (rows.empty())
            return nothing_held(view, screen.width) + incomplete;
        const bool with_backend = view.asked.empty() || !of_one_direction(rows);
        std::string text = summary(rows, about, facts, view, screen.width);
        text += table_of(rows, view.count, with_backend).render(screen);
        const std::size_t shown = std::min(view.count, rows.size());
        if (shown < facts.total)
            text += "the oldest " + std::to_string(shown) + " of " + std::to_string(facts.total) +
                    "; --count N or --all shows more\n";
        if (about.size() == 1 && !about.front().limit)
            text += no_limit_hint(about, screen.width);
        return text + incomplete;
    });
}

} // namespace slotscope::cli
