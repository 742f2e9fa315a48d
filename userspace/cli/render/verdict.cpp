// SPDX-License-Identifier: MIT
#include "cli/render/episodes.h"

#include "cli/render/hints.h"
#include "cli/render/rows.h"
#include "cli/text/table.h"
#include "cli/text/units.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace slotscope::cli {

namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kLabel = 10; // "  in use  "
constexpr double kSure = 0.75;
constexpr double kLikely = 0.5;
constexpr std::size_t kMostCulprits = 6;

// "  " before each line, folded.
std::string indented(const std::string& text, const Screen& screen, std::size_t indent = kIndent)
{
    std::string result;
    for (const std::string& line : folded(text, screen.width > indent + 20 ? screen.width - indent : 20))
        result += std::string(indent, ' ') + line + "\n";
    return result;
}

std::string with_spaces(std::string cause)
{
    std::replace(cause.begin(), cause.end(), '_', ' ');
    return cause;
}

std::string percent(double share)
{
    return std::to_string(static_cast<int>(std::floor(std::clamp(share, 0.0, 9.99) * 100 + 1e-6))) + "%";
}

// How sure, in a word that a tired reader takes in.
std::string sureness(const std::string& cause, double confidence)
{
    if (cause == "unknown")
        return "";
    const char* const word = confidence >= kSure ? "sure" : confidence >= kLikely ? "likely" : "perhaps";
    return std::string(", ") + word + " (" + percent(confidence) + ")";
}

// "2026-01-31 08:15:30"; the whole text where it is something else.
std::string moment(const std::string& at)
{
    if (at.size() < 20 || at[10] != 'T')
        return at;
    return at.substr(0, 10) + " " + at.substr(11, 8);
}

std::string period(const Field& verdict)
{
    std::string text = "since " + moment(verdict.at("began").text()) + " UTC";
    if (const auto ended = verdict.find("ended"))
        text = moment(verdict.at("began").text()) + " to " + moment(ended->text()).substr(11) + " UTC, " +
               (verdict.at("cut_off").flag() ? "then the agent ended" : "over");
    return text;
}

std::string heading(const Field& verdict, const Screen& screen)
{
    const std::string cause = verdict.at("cause").text();
    const double confidence = verdict.at("confidence").number();
    const bool active = verdict.at("active").flag();
    const std::string first = verdict.at("backend").text() + " (" + verdict.at("direction").text() +
                              "): " + with_spaces(cause) + sureness(cause, confidence);
    std::string text;
    for (const std::string& line : folded(first, screen.width))
        text += painted(line, active ? Colour::red : Colour::plain, screen) + "\n";
    return text +
           indented("episode " + std::to_string(verdict.at("episode").count()) + ", " + period(verdict),
                    screen);
}

// In use against the limit, from some minutes before.
std::string graph(const Field& verdict, const Screen& screen)
{
    const auto timeline = verdict.find("timeline");
    if (!timeline)
        return "";
    std::vector<double> in_use;
    double seconds = 0;
    double most = 0;
    for (const Field& window : timeline->elements()) {
        in_use.push_back(
            static_cast<double>(std::max(window.at("peak").count(), window.at("in_use").count())));
        seconds += window.at("seconds").number();
        most = std::max(most, in_use.back());
    }
    if (in_use.size() < 2)
        return "";
    const auto limit = verdict.find("limit");
    const double top = std::max(most, limit ? static_cast<double>(limit->count()) : 0);
    const std::string behind = (limit ? "  limit " + count_text(limit->count())
                                      : "  peak " + count_text(static_cast<std::uint64_t>(most))) +
                               ", over " + duration_text(seconds);
    const std::size_t room =
        screen.width > kLabel + display_width(behind) + 8 ? screen.width - kLabel - display_width(behind) : 8;
    return "  in use  " + sparkline(in_use, top, std::min<std::size_t>(room, 60)) + behind + "\n";
}

std::string reasons(const Field& verdict, const Screen& screen)
{
    std::string text;
    for (const Field& cause : verdict.at("causes").elements()) {
        const std::string name = with_spaces(cause.at("cause").text());
        const std::string line =
            name + " (" + percent(cause.at("score").number()) + "): " + cause.at("because").text();
        text += "  " + paragraph(line, screen.width > 24 ? screen.width - kIndent : 20, kIndent + kIndent);
    }
    return text.empty() ? "" : "WHY\n" + text;
}

std::string who_calls(const Field& culprit)
{
    const auto call = culprit.find("call");
    std::string text = call ? call->text() : "-";
    if (const auto waits = culprit.find("waits_for")) {
        text += " → " + waits->at("address").text();
        if (const auto next = waits->find("call"))
            text += " " + next->text();
    }
    return text;
}

std::string culprits(const Field& verdict, const Screen& screen)
{
    Table table({{"SHARE", Align::right, false, false, ""},
                 {"STATE", Align::left, false, false, ""},
                 {"OLDEST", Align::right, false, false, ""},
                 {"PROCESS", Align::left, true, false, ""},
                 {"CALL → WAITS FOR", Align::left, true, true, ""}});
    std::size_t count = 0;
    for (const Field& culprit : verdict.at("culprits").elements()) {
        if (++count > kMostCulprits)
            break;
        const auto process = culprit.find("process");
        table.add({{percent(culprit.at("share").number()), Colour::plain, ""},
                   {culprit.at("state").text(), Colour::plain, ""},
                   {duration_text(culprit.at("oldest_seconds").number()), Colour::plain, ""},
                   {process ? process->text() : "-", Colour::plain, ""},
                   {who_calls(culprit), Colour::plain, ""}});
    }
    return table.empty() ? "" : "WHO, by slot-seconds\n" + table.render(screen);
}

std::string advice(const Field& verdict, const Screen& screen)
{
    std::string text;
    std::size_t number = 0;
    for (const Field& each : verdict.at("advice").elements()) {
        const auto product = each.find("product");
        const std::string change = std::to_string(++number) + ". " + (product ? product->text() + ": " : "") +
                                   each.at("change").text();
        text += "  " + paragraph(change, screen.width > 24 ? screen.width - kIndent : 20, 5);
        text += indented(each.at("reason").text(), screen, 5);
    }
    return text.empty() ? "" : "WHAT WOULD HELP, fastest first\n" + text;
}

std::string rest(const Field& verdict, const Screen& screen)
{
    std::string text;
    for (const Field& each : verdict.at("missing").elements())
        text += indented("not known: " + each.text(), screen);
    if (const auto linked = verdict.find("linked"); linked && !linked->elements().empty()) {
        std::string list;
        for (const Field& each : linked->elements())
            list += (list.empty() ? "" : ", ") + each.at("backend").text() + " (" +
                    each.at("direction").text() + ", episode " + std::to_string(each.at("episode").count()) +
                    ")";
        text += indented("the same cause is behind: " + list, screen);
    }
    if (const auto cause = verdict.find("linked_to"))
        text += indented("its cause lies in episode " + std::to_string(cause->count()) + ": slotscope why " +
                             std::to_string(cause->count()),
                         screen);
    return text;
}

} // namespace

std::string sparkline(const std::vector<double>& values, double top, std::size_t width)
{
    constexpr std::array<const char*, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    if (values.empty() || width == 0)
        return "";
    const std::size_t columns = std::min(width, values.size());
    std::string text;
    for (std::size_t column = 0; column < columns; ++column) {
        const std::size_t begin = column * values.size() / columns;
        const std::size_t end = std::max(begin + 1, (column + 1) * values.size() / columns);
        const double most = *std::max_element(values.begin() + static_cast<std::ptrdiff_t>(begin),
                                              values.begin() + static_cast<std::ptrdiff_t>(end));
        const double part = top > 0 && std::isfinite(most) ? std::clamp(most / top, 0.0, 1.0) : 0;
        text += part <= 0 ? " " : kBars[std::min<std::size_t>(7, static_cast<std::size_t>(part * 8 - 1e-9))];
    }
    return text;
}

std::string verdict_text(const Field& verdict, const Screen& screen)
{
    return heading(verdict, screen) + indented(verdict.at("sentence").text(), screen) +
           graph(verdict, screen) + reasons(verdict, screen) + culprits(verdict, screen) +
           advice(verdict, screen) + rest(verdict, screen);
}

} // namespace slotscope::cli
