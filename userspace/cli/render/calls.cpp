// SPDX-License-Identifier: MIT
#include "cli/render/render.h"

#include "cli/render/hints.h"
#include "cli/render/rows.h"
#include "cli/text/table.h"
#include "cli/text/units.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <tuple>

namespace slotscope::cli {

namespace {

constexpr double kMostly = 0.95; // a part that is said as if it were all

// A share as the answer has it; those of one call are shown as one row.
struct Share {
    std::string call;
    std::string process;
    std::string protocol;
    std::string state;
    std::string waits_for; // with ~ where it is not certain; empty: nothing
    double slot_seconds = 0;
    double oldest = 0;

    bool is_call() const { return !protocol.empty() || !call.empty(); }
};

struct Row {
    std::string backend;
    std::string direction;
    Share share; // the first of it, and the sums
    std::map<std::string, double> states;
    std::map<std::string, double> waits;
    double sampled_seconds = 0;
    double part = 0; // 0 to 1, of its backend's
};

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

std::string optional_text(const Field& object, const char* name)
{
    const auto value = object.find(name);
    return value ? value->text() : "";
}

std::string waits_for_text(const Field& share)
{
    const auto waits_for = share.find("waits_for");
    if (!waits_for)
        return "";
    const std::string call = optional_text(*waits_for, "call");
    return (waits_for->at("certain").flag() ? "" : "~") + waits_for->at("address").text() +
           (call.empty() ? "" : " " + call);
}

Share share_of(const Field& share)
{
    return {optional_text(share, "call"),
            optional_text(share, "process"),
            optional_text(share, "protocol"),
            share.at("state").text(),
            waits_for_text(share),
            share.at("slot_seconds").number(),
            share.at("oldest_seconds").number()};
}

void add(Row& row, const Share& share, double part)
{
    row.states[share.state] += share.slot_seconds;
    row.waits[share.waits_for] += share.slot_seconds;
    row.part += part;
    row.share.slot_seconds += share.slot_seconds;
    row.share.oldest = std::max(row.share.oldest, share.oldest);
}

// Of one backend: the states of a call's life make one row, and so do the places where it waits.
std::vector<Row> rows_of(const Field& backend)
{
    std::map<std::tuple<std::string, std::string, std::string, std::string>, Row> rows;
    for (const Field& field : backend.at("shares").elements()) {
        const Share share = share_of(field);
        Row& row = rows[{share.call, share.process, share.protocol, share.is_call() ? "" : share.state}];
        if (row.states.empty()) {
            row.backend = backend.at("name").text();
            row.direction = backend.at("direction").text();
            row.sampled_seconds = backend.at("sampled_seconds").number();
            row.share = share;
            row.share.slot_seconds = 0;
        }
        add(row, share, field.at("share").number());
    }
    std::vector<Row> result;
    for (auto& [key, row] : rows)
        result.push_back(std::move(row));
    return result;
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
std::string waits_of(const Row& row)
{
    std::map<std::string, double> somewhere = row.waits;
    somewhere.erase("");
    const std::string text = most_of(somewhere, row.share.slot_seconds);
    return text.empty() ? "-" : text;
}

std::string call_text(const Share& share)
{
    if (!share.call.empty())
        return share.call;
    return share.protocol.empty() ? "-" : "(" + share.protocol + ")";
}

Table table_of(const std::vector<Row>& rows, std::size_t count, bool with_backend)
{
    std::vector<Column> columns = {{"SHARE", Align::right, false, false, ""},
                                   {"SLOT-S", Align::right, false, false, ""},
                                   {"IN-USE", Align::right, false, false, "USE"},
                                   {"OLDEST", Align::right, false, false, ""}};
    if (with_backend) {
        columns.push_back({"BACKEND", Align::left, true, false, ""});
        columns.push_back({"DIR", Align::left, false, false, ""});
    }
    columns.push_back({"PROCESS", Align::left, true, false, ""});
    columns.push_back({"STATE", Align::left, true, false, ""});
    columns.push_back({"CALL", Align::left, true, false, ""});
    columns.push_back({"WAITS FOR", Align::left, true, false, ""});
    Table table(std::move(columns));
    for (std::size_t i = 0; i < std::min(count, rows.size()); ++i) {
        const Row& row = rows[i];
        const double in_use = row.sampled_seconds > 0 ? row.share.slot_seconds / row.sampled_seconds : 0;
        std::vector<Cell> cells = {{percent_text(row.part), Colour::plain, ""},
                                   {decimal(row.share.slot_seconds), Colour::plain, ""},
                                   {decimal(in_use), Colour::plain, ""},
                                   {duration_text(row.share.oldest), Colour::plain, ""}};
        if (with_backend) {
            cells.push_back({row.backend, Colour::plain, ""});
            cells.push_back({short_direction(row.direction), Colour::plain, ""});
        }
        cells.push_back({row.share.process.empty() ? "-" : row.share.process, Colour::plain, ""});
        cells.push_back({most_of(row.states, row.share.slot_seconds), Colour::plain, ""});
        cells.push_back({call_text(row.share), Colour::plain, ""});
        cells.push_back({waits_of(row), Colour::plain, ""});
        table.add(std::move(cells));
    }
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
    return text;
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
        std::vector<Row> rows;
        std::string text;
        for (const Field& backend : document.at("backends").elements()) {
            for (Row& row : rows_of(backend))
                rows.push_back(std::move(row));
            if (!view.asked.empty())
                text += heading_of(backend, screen.width);
        }
        std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
            return a.share.slot_seconds > b.share.slot_seconds;
        });
        const std::string incomplete = incomplete_text(answer, Colour::yellow, screen);
        if (rows.empty())
            return text + nothing_held(view, screen.width) + incomplete;
        const bool with_backend = std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
            return row.backend != rows.front().backend || row.direction != rows.front().direction;
        });
        text += table_of(rows, view.count, with_backend || view.asked.empty()).render(screen);
        return text + footer_of(document, rows.size(), std::min(view.count, rows.size()), screen.width) +
               incomplete;
    });
}

} // namespace slotscope::cli
