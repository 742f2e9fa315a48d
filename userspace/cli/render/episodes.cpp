// SPDX-License-Identifier: MIT
#include "cli/render/episodes.h"

#include "base/parse_time.h"
#include "cli/render/hints.h"
#include "cli/render/rows.h"
#include "cli/text/table.h"
#include "cli/text/units.h"

#include <algorithm>
#include <cmath>

namespace slotscope::cli {

namespace {

constexpr unsigned kNear = 50; // percent of a limit
constexpr std::size_t kMostNear = 5;
constexpr std::size_t kMostHolders = 20;

// "app1 6/8 (75 %), db 3/10 (30 %)": how near the limits are, the nearest first.
std::string near_limits(const Json& backends, const std::string& asked, std::size_t width)
{
    if (backends.is_null())
        return "";
    std::vector<BackendRow> limited;
    for (BackendRow& row : backend_rows(backends))
        if (row.limit && (asked.empty() || row.name == asked || row.address == asked))
            limited.push_back(std::move(row));
    if (limited.empty())
        return paragraph(
            "no limit is known" + (asked.empty() ? "" : " of " + printable(asked)) +
                ", so only leaks, stuck calls, full accept queues and failing connects are noticed; "
                "`slotscope limits` shows what is known, `slotscoped --limit` gives one",
            width);
    std::string list;
    std::size_t count = 0;
    for (const BackendRow& row : limited)
        if (count < kMostNear && (percent_of(row.in_use, *row.limit) >= kNear || limited.size() <= 3) &&
            ++count != 0)
            list += (list.empty() ? "" : ", ") + row.name + " " + short_direction(row.direction) + " " +
                    count_text(row.in_use) + "/" + count_text(*row.limit) + " (peak " + count_text(row.peak) +
                    ")";
    return list.empty()
               ? paragraph("every backend is below " + std::to_string(kNear) + " % of its limit", width)
               : paragraph("nearest to their limits now: " + list, width);
}

std::string time_text(const std::string& at)
{
    return at.size() >= 20 && at[10] == 'T' ? at.substr(5, 5) + " " + at.substr(11, 8) : at;
}

std::string lasted(const Field& episode)
{
    const auto ended = episode.find("ended");
    if (!ended)
        return "lasts";
    const auto from = parse_rfc3339(episode.at("began").text());
    const auto to = parse_rfc3339(ended->text());
    if (!from || !to || *to < *from)
        return "-";
    return (episode.at("cut_off").flag() ? "≥" : "") +
           duration_text(std::chrono::duration<double>(*to - *from).count());
}

std::string sure_text(const Field& episode)
{
    return episode.at("cause").text() == "unknown"
               ? "-"
               : std::to_string(
                     static_cast<int>(std::clamp(episode.at("confidence").number(), 0.0, 1.0) * 100 + 1e-6)) +
                     "%";
}

std::vector<Cell> cells_of(const Field& episode)
{
    const bool active = episode.at("active").flag();
    const auto limit = episode.find("limit");
    const auto linked = episode.find("linked_to");
    return {{std::to_string(episode.at("episode").count()), Colour::plain, ""},
            {time_text(episode.at("began").text()), Colour::plain, ""},
            {lasted(episode), active ? Colour::red : Colour::plain, ""},
            {episode.at("backend").text(), active ? Colour::red : Colour::plain, ""},
            {short_direction(episode.at("direction").text()), Colour::plain, ""},
            {count_text(episode.at("peak").count()), Colour::plain, ""},
            {limit ? count_text(limit->count()) : "-", Colour::plain, ""},
            {episode.at("cause").text() + (linked ? " (of " + std::to_string(linked->count()) + ")" : ""),
             Colour::plain, ""},
            {sure_text(episode), Colour::plain, ""}};
}

std::string holder_line(const Field& holder)
{
    const auto process = holder.find("process");
    const auto call = holder.find("call");
    std::string text =
        duration_text(holder.at("age_seconds").number()) + "  " + holder.at("state").text() + "  " +
        (process ? process->at("name").text() + "[" + std::to_string(process->at("pid").count()) + "]"
                 : "-") +
        "  " + (call ? call->text() : holder.at("local").text() + " → " + holder.at("remote").text());
    if (const auto waits = holder.find("waits_for")) {
        text += " → " + waits->at("address").text();
        if (const auto next = waits->find("call"))
            text += " " + next->text();
    }
    return text;
}

std::string holders_text(const Field& answer, const Screen& screen)
{
    const std::vector<Field> holders = answer.at("holders").elements();
    if (holders.empty())
        return "";
    std::string text =
        "HELD at that moment, the oldest of " + std::to_string(answer.at("holders_total").count()) + "\n";
    for (std::size_t i = 0; i < std::min(kMostHolders, holders.size()); ++i)
        text += "  " + cut_off(holder_line(holders[i]), screen.width > 4 ? screen.width - 2 : 2) + "\n";
    return text;
}

std::string facts_text(const Field& verdict, const Screen& screen)
{
    std::string text = "limit reached " + std::to_string(verdict.at("limit_hits").count()) + " times, " +
                       duration_text(verdict.at("at_limit_seconds").number()) + " at it; " +
                       duration_text(verdict.at("slot_seconds").number()) + " of slot time; peak " +
                       std::to_string(verdict.at("peak").count());
    if (verdict.at("refusals").count() != 0)
        text += "; " + std::to_string(verdict.at("refusals").count()) + " answers were 503";
    if (const auto source = verdict.find("limit_source"))
        text += "; the limit is written in " + source->text();
    return paragraph("  " + text, screen.width, 2);
}

} // namespace

Result<std::string> render_why(const Json& answer, const Json& backends, const std::string& asked,
                               const Screen& screen)
{
    return reading([&] {
        std::string text;
        for (const Field& verdict : Field(answer).at("verdicts").elements())
            text += (text.empty() ? "" : "\n") + verdict_text(verdict, screen);
        if (text.empty())
            text = paragraph("nothing is wrong" + (asked.empty() ? "" : " with " + printable(asked)) +
                                 ": no limit was reached for longer than a moment since the agent started",
                             screen.width) +
                   near_limits(backends, asked, screen.width);
        return text + incomplete_text(answer, Colour::yellow, screen);
    });
}

Result<std::string> render_episodes(const Json& answer, bool all, const Screen& screen)
{
    return reading([&] {
        Table table({{"ID", Align::right, false, false, ""},
                     {"BEGAN (UTC)", Align::left, false, false, "BEGAN"},
                     {"LASTED", Align::right, false, false, ""},
                     {"BACKEND", Align::left, true, false, ""},
                     {"DIR", Align::left, false, false, ""},
                     {"PEAK", Align::right, false, false, ""},
                     {"LIMIT", Align::right, false, false, ""},
                     {"CAUSE", Align::left, true, false, ""},
                     {"SURE", Align::right, false, false, ""}});
        for (const Field& episode : Field(answer).at("episodes").elements())
            table.add(cells_of(episode));
        const std::string incomplete = incomplete_text(answer, Colour::yellow, screen);
        if (table.empty())
            return paragraph(all ? "no episodes: no limit was reached for longer than a moment, and nothing "
                                   "else was wrong"
                                 : "no such episodes; `slotscope episodes` lists all of them",
                             screen.width) +
                   incomplete;
        return table.render(screen) +
               paragraph("`slotscope why ID` says why, `slotscope episode ID` has all of it", screen.width) +
               incomplete;
    });
}

Result<std::string> render_episode(const Json& answer, const Screen& screen)
{
    return reading([&] {
        const Field document(answer);
        // The graph belongs to the verdict.
        Json verdict = answer.contains("verdict") ? answer["verdict"] : Json();
        const Field checked = document.at("verdict");
        checked.at("episode");
        verdict["timeline"] = answer.contains("timeline") ? answer["timeline"] : Json::array();
        return verdict_text(Field(verdict), screen) + facts_text(checked, screen) +
               holders_text(document, screen) + incomplete_text(answer, Colour::yellow, screen);
    });
}

} // namespace slotscope::cli
