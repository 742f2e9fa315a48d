// SPDX-License-Identifier: MIT
#include "cli/render/render.h"

#include "cli/render/call_rows.h"
#include "cli/render/hints.h"
#include "cli/render/rows.h"
#include "cli/text/table.h"
#include "cli/text/units.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <optional>

namespace slotscope::cli {

namespace {

constexpr double kMostly = 0.95;   // a part that is said as if it were all
constexpr std::size_t kWide = 120; // columns that there is room for all of the table in

std::string decimal(double value)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), value < 9.95 ? "%.1f" : "%.0f", std::clamp(value, 0.0, 1e12));
    return text.data();
}

std::string percent_text(double part)
{
    return std::to_string(static_cast<int>(std::clamp(part, 0.0, 1.0) * 100 + 1e-9)) + "%";
}

// "waiting", or "waiting 70%" where that is most of it.
std::string most_of(const std::map<std::string, double>& parts, double total)
{
    const auto most = std::max_element(parts.begin(), parts.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most == parts.end() || most->first.empty())
        return "";
    const double part = total > 0 ? most->second / total : 1;
    return most->first + (part < kMostly ? " " + percent_text(part) : "");
}

// What is waited for counts even where most of the time is spent on the server itself.
std::string waits_of(const CallRow& row)
{
    std::map<std::string, double> somewhere = row.waits;
    somewhere.erase("");
    const std::string text = most_of(somewhere, row.share.slot_seconds);
    return text.empty() ? "-" : text;
}

std::string call_text(const CallShare& share)
{
    if (!share.call.empty())
        return share.call;
    return share.protocol.empty() ? "-" : "(" + share.protocol + ")";
}

std::string optional_duration(const std::optional<double>& seconds)
{
    return seconds ? duration_text(*seconds) : "-";
}

std::string state_text(const CallRow& row)
{
    const std::string text = most_of(row.states, row.share.slot_seconds);
    return text.empty() ? "-" : text;
}

// What a table shows besides what it always does.
struct Shown {
    bool backend = false;
    bool wide = false;
};

std::vector<Column> columns_of(const Shown& shown)
{
    std::vector<Column> columns = {{"SHARE", Align::right, false, false, ""},
                                   {"SLOT-S", Align::right, false, false, ""},
                                   {"COUNT", Align::right, false, false, ""},
                                   {"MEAN", Align::right, false, false, ""},
                                   {"P99", Align::right, false, false, ""}};
    if (shown.wide) {
        columns.push_back({"IN-USE", Align::right, false, false, ""});
        columns.push_back({"OLDEST", Align::right, false, false, ""});
    }
    if (shown.backend) {
        columns.push_back({"BACKEND", Align::left, true, false, ""});
        columns.push_back({"DIR", Align::left, false, false, ""});
    }
    columns.push_back({"PROCESS", Align::left, true, false, ""});
    if (shown.wide)
        columns.push_back({"STATE", Align::left, true, false, ""});
    columns.push_back({"CALL", Align::left, true, false, ""});
    columns.push_back({"WAITS FOR", Align::left, true, false, ""});
    return columns;
}

std::vector<Cell> cells_of(const CallRow& row, const Shown& shown)
{
    const double in_use = row.sampled_seconds > 0 ? row.share.slot_seconds / row.sampled_seconds : 0;
    std::vector<std::string> texts = {percent_text(row.part), decimal(row.share.slot_seconds),
                                      row.count == 0 ? "-" : (row.exact ? "" : "~") + count_text(row.count),
                                      optional_duration(row.mean), optional_duration(row.p99)};
    if (shown.wide) {
        texts.push_back(decimal(in_use));
        texts.push_back(row.states.empty() ? "-" : duration_text(row.share.oldest));
    }
    if (shown.backend) {
        texts.push_back(row.backend);
        texts.push_back(short_direction(row.direction));
    }
    texts.push_back(row.share.process.empty() ? "-" : row.share.process);
    if (shown.wide)
        texts.push_back(row.share.is_call() ? state_text(row) : row.share.state);
    texts.push_back(shown.wide || row.share.is_call() ? call_text(row.share) : "(" + row.share.state + ")");
    texts.push_back(waits_of(row));
    std::vector<Cell> cells;
    for (std::string& text : texts)
        cells.push_back({std::move(text), Colour::plain, ""});
    return cells;
}

Table table_of(const std::vector<CallRow>& rows, std::size_t count, const Shown& shown)
{
    Table table(columns_of(shown));
    for (std::size_t i = 0; i < std::min(count, rows.size()); ++i)
        table.add(cells_of(rows[i], shown));
    return table;
}

// "app1 outbound, last 5m00s: 215.8 slot-seconds, 0.7 of 8 slots in use on average; 897 calls finished, …"
std::string heading_of(const Field& backend, std::size_t width)
{
    const Field calls = backend.at("calls");
    const auto limit = backend.find("limit");
    std::string text = backend.at("name").text() + " " + backend.at("direction").text() + ", last " +
                       duration_text(backend.at("seconds").number()) + ": " +
                       decimal(backend.at("slot_seconds").number()) + " slot-seconds, " +
                       decimal(backend.at("average_in_use").number()) +
                       (limit ? " of " + counted(limit->count(), "slot") : " slots") + " in use on average";
    if (calls.at("started").count() != 0 || calls.at("in_flight").count() != 0) {
        text += "; calls: " + count_text(calls.at("started").count()) + " started, " +
                count_text(calls.at("finished").count()) + " finished";
        if (const auto mean = calls.find("mean_seconds"))
            text += " (mean " + duration_text(mean->number()) + ", p99 " +
                    duration_text(calls.at("p99_seconds").number()) + ")";
        text += ", " + count_text(calls.at("in_flight").count()) + " in flight";
    }
    return paragraph(text, width, 2);
}

// How the counts of calls came about, where they are not simply counted.
std::string counts_text(const Field& document, std::size_t width)
{
    std::uint64_t calls = 0;
    std::uint64_t lost = 0;
    std::uint64_t nameless = 0;
    bool exact = true;
    for (const Field& backend : document.at("backends").elements()) {
        const auto counted = backend.find("counted");
        if (!counted)
            continue;
        calls += counted->at("calls").count();
        lost += counted->at("lost").count();
        nameless += counted->at("nameless").count();
        exact &= counted->at("exact").flag();
    }
    std::string text;
    if (nameless > 0)
        text += paragraph(count_text(nameless) + " more calls ended that are in no row", width);
    if (!exact)
        text += paragraph("~ estimated: " + count_text(calls) + " calls were looked at" +
                              (lost > 0 ? ", " + count_text(lost) + " more found no room to be" : "") +
                              ", the kernel counted the rest",
                          width);
    return text;
}

std::string footer_of(const Field& document, std::size_t rows, std::size_t shown, std::size_t width)
{
    std::string text;
    if (shown < rows)
        text += "the first " + std::to_string(shown) + " of " + std::to_string(rows) +
                "; --count N or --all shows more\n";
    double other = 0;
    for (const Field& backend : document.at("backends").elements())
        other += backend.at("other_slot_seconds").number();
    if (other > 0)
        text += paragraph(
            decimal(other) + " more slot-seconds belong to calls that each have too few to be listed", width);
    return text + counts_text(document, width);
}

std::string nothing_held(const CallsView& view, std::size_t width)
{
    const std::string subject = view.asked.empty() ? "any backend" : printable(view.asked);
    return paragraph("no slot of " + subject + " was seen held in this time", width);
}

} // namespace

Result<std::string> render_calls(const Json& answer, const CallsView& view, const Screen& screen)
{
    return reading([&] {
        const Field document(answer);
        std::vector<CallRow> rows;
        std::string text;
        for (const Field& backend : document.at("backends").elements()) {
            for (CallRow& row : call_rows(backend))
                rows.push_back(std::move(row));
            if (!view.asked.empty())
                text += heading_of(backend, screen.width);
        }
        std::stable_sort(rows.begin(), rows.end(), [](const CallRow& a, const CallRow& b) {
            return a.share.slot_seconds != b.share.slot_seconds ? a.share.slot_seconds > b.share.slot_seconds
                                                                : a.seconds() > b.seconds();
        });
        const std::string incomplete = incomplete_text(answer, Colour::yellow, screen);
        if (rows.empty())
            return text + nothing_held(view, screen.width) + incomplete;
        const bool with_backend = std::any_of(rows.begin(), rows.end(), [&](const CallRow& row) {
            return row.backend != rows.front().backend || row.direction != rows.front().direction;
        });
        const Shown shown{with_backend || view.asked.empty(), screen.width >= kWide};
        text += table_of(rows, view.count, shown).render(screen);
        return text + footer_of(document, rows.size(), std::min(view.count, rows.size()), screen.width) +
               incomplete;
    });
}

} // namespace slotscope::cli
