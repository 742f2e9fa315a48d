// SPDX-License-Identifier: MIT
#include "cli/render/render.h"

#include "cli/render/hints.h"
#include "cli/render/holder_table.h"
#include "cli/render/rows.h"
#include "cli/text/units.h"

#include <algorithm>
#include <map>

namespace slotscope::cli {

namespace {

constexpr std::size_t kMostProcesses = 5;

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
        const Unfolded unfolded = unfold(rows, view.all);
        if (!unfolded.rows.empty())
            text += holder_table(unfolded.rows, view.count, with_backend, screen.width).render(screen);
        const std::size_t shown = std::min(view.count, unfolded.rows.size());
        const std::uint64_t unread = facts.total - std::min<std::uint64_t>(facts.total, rows.size());
        if (shown < unfolded.rows.size() + unread)
            text += "the oldest " + std::to_string(shown) + " of " +
                    std::to_string(unfolded.rows.size() + unread) + "; --count N or --all shows more\n";
        text += idle_lines(unfolded, with_backend, screen.width);
        if (about.size() == 1 && !about.front().limit)
            text += no_limit_hint(about, screen.width);
        return text + incomplete;
    });
}

} // namespace slotscope::cli
