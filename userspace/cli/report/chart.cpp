// SPDX-License-Identifier: MIT
#include "cli/report/chart.h"

#include "cli/report/scale.h"
#include "cli/text/units.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>

namespace slotscope::cli::report {

namespace {

constexpr std::size_t kMostMoments = 260; // more would be less than two pixels each
constexpr double kLeft = 44;              // room for the marks of the y axes
constexpr double kRight = 8;
constexpr double kTitle = 30; // above each panel
constexpr double kTimes = 20; // below the last one

using Value = std::function<std::optional<double>(const Moment&)>;

struct Curve {
    const char* style; // class, see style.cpp
    std::string name;  // in the legend; empty: none
    Value value;
    bool filled;
};

struct Panel {
    const char* title;
    double height;
    double high; // of the y axis
    double step; // of its marks
    std::string (*mark)(double);
    std::vector<Curve> curves;
};

std::string pixels(double value)
{
    std::array<char, 48> digits{};
    std::snprintf(digits.data(), digits.size(), "%.1f", value);
    return digits.data();
}

Markup label(double x, double y, const char* anchor, std::string_view words, const char* style = "mark")
{
    return element("text", {{"x", pixels(x)}, {"y", pixels(y)}, {"text-anchor", anchor}, {"class", style}},
                   text(words));
}

Markup line(double x1, double y1, double x2, double y2, const char* style)
{
    return element(
        "line",
        {{"x1", pixels(x1)}, {"y1", pixels(y1)}, {"x2", pixels(x2)}, {"y2", pixels(y2)}, {"class", style}});
}

// Steps, interrupted where a value is missing or nothing was recorded; a filled one goes down to `ground`.
std::string steps(const std::vector<Moment>& moments, const Curve& curve, const Scale& x, const Scale& y)
{
    std::string path;
    double ends = -1;
    const auto close = [&] {
        if (curve.filled && ends >= 0)
            path += "V" + pixels(y.from) + "Z";
        ends = -1;
    };
    for (const Moment& each : moments) {
        const auto value = curve.value(each);
        if (!value || !std::isfinite(*value)) {
            close();
            continue;
        }
        const bool joins = ends >= 0 && each.at <= ends + 0.5 * each.seconds;
        if (!joins) {
            close();
            path += "M" + pixels(x(each.at)) + " " + pixels(curve.filled ? y.from : y(*value));
        }
        ends = each.at + each.seconds;
        path += "V" + pixels(y(*value)) + "H" + pixels(x(ends));
    }
    close();
    return path;
}

// One text, so that it is as wide as the reader's font makes it.
Markup legend(const Panel& panel, double right, double y)
{
    Markup words;
    for (const Curve& curve : panel.curves)
        if (!curve.name.empty())
            words +=
                element("tspan", {{"class", std::string("key ") + curve.style}, {"dx", "10"}}, text("■ ")) +
                text(curve.name);
    return element("text", {{"x", pixels(right)}, {"y", pixels(y)}, {"text-anchor", "end"}}, words);
}

Markup drawn(const Panel& panel, const std::vector<Moment>& moments, const Scale& x, double top)
{
    const Scale y{0, panel.high, top + panel.height, top};
    Markup markup = label(x.from, top - 10, "start", panel.title, "title") + legend(panel, x.to, top - 10);
    for (const double mark : marks(0, panel.high, panel.step)) {
        markup += line(x.from, y(mark), x.to, y(mark), "grid");
        markup += label(x.from - 6, y(mark) + 3.5, "end", panel.mark(mark));
    }
    for (const Curve& curve : panel.curves)
        markup += element("path", {{"d", steps(moments, curve, x, y)}, {"class", curve.style}});
    return markup;
}

std::string whole(double value)
{
    return count_text(static_cast<std::uint64_t>(std::llround(value)));
}

double highest(const std::vector<Moment>& moments, const std::vector<Curve>& curves)
{
    double high = 0;
    for (const Moment& each : moments)
        for (const Curve& curve : curves)
            if (const auto value = curve.value(each); value && std::isfinite(*value))
                high = std::max(high, *value);
    return high;
}

Panel slots_panel(const std::vector<Moment>& moments, double highest_limit)
{
    Panel panel{"Slots in use", 150, 0, 0, whole, {}};
    panel.curves.push_back(
        {"most", "most", [](const Moment& each) { return std::optional(each.peak); }, true});
    panel.curves.push_back(
        {"mean", "mean", [](const Moment& each) { return std::optional(each.in_use); }, false});
    if (highest_limit > 0)
        panel.curves.push_back(
            {"limit", "limit " + whole(highest_limit),
             [](const Moment& each) { return each.limit > 0 ? std::optional(each.limit) : std::nullopt; },
             false});
    const double high = std::max(1.0, highest(moments, panel.curves) * 1.08);
    panel.step = std::max(1.0, decimal_step(high, 5));
    panel.high = high;
    return panel;
}

Panel arrivals_panel(const std::vector<Moment>& moments)
{
    Panel panel{"Arrivals per second", 84, 0, 0, rate_text, {}};
    panel.curves.push_back(
        {"arrivals", "", [](const Moment& each) { return std::optional(each.arrivals_per_second); }, true});
    const bool lost = std::any_of(moments.begin(), moments.end(),
                                  [](const Moment& each) { return each.lost_per_second > 0; });
    if (lost)
        panel.curves.push_back({"lost", "refused or failed",
                                [](const Moment& each) { return std::optional(each.lost_per_second); },
                                false});
    panel.high = std::max(0.1, highest(moments, panel.curves) * 1.08);
    panel.step = decimal_step(panel.high, 3);
    return panel;
}

Panel hold_panel(const std::vector<Moment>& moments)
{
    Panel panel{"How long a slot is held", 84, 0, 0, duration_text, {}};
    panel.curves.push_back({"p95", "95 %", [](const Moment& each) { return each.hold_p95; }, false});
    panel.curves.push_back({"mean", "mean", [](const Moment& each) { return each.hold_mean; }, false});
    panel.high = std::max(0.001, highest(moments, panel.curves) * 1.08);
    panel.step = time_step(panel.high, 3);
    return panel;
}

// The episode, and the moment it began.
Markup marked(const EpisodeView& episode, const Scale& x, double top, double bottom)
{
    if (!episode.began || *episode.began < x.low || *episode.began > x.high)
        return {};
    const double begin = x(*episode.began);
    const double end = x(episode.ended.value_or(x.high));
    Markup markup = element("rect", {{"x", pixels(begin)},
                                     {"y", pixels(top)},
                                     {"width", pixels(std::max(end - begin, 0.0))},
                                     {"height", pixels(bottom - top)},
                                     {"class", "episode"}});
    markup += line(begin, top - 6, begin, bottom, "hit");
    const bool left = begin > (x.from + x.to) / 2;
    const char* what = episode.limit > 0 ? "limit reached " : "began ";
    return markup + label(begin + (left ? -5 : 5), top + 30, left ? "end" : "start",
                          what + time_of_day(*episode.began, true), "hit-text");
}

Markup times(const Scale& x, double y, int most)
{
    Markup markup;
    const double step = std::max(1.0, time_step(x.high - x.low, most));
    for (const double mark : marks(x.low, x.high, step)) {
        const double at = x(mark);
        const bool at_edge = at > x.to - 22;
        markup += line(at, y, at, y + 4, "grid");
        markup += label(at, y + 15, at_edge ? "end" : "middle", time_of_day(mark, step < 60));
    }
    return markup;
}

std::string tooltip(const Moment& moment)
{
    std::string words = time_of_day(moment.at, true) + ": " + whole(moment.peak);
    if (moment.limit > 0)
        words += " of " + whole(moment.limit);
    words += " in use at most, " + rate_text(moment.arrivals_per_second);
    if (moment.hold_mean)
        words += ", held " + duration_text(*moment.hold_mean);
    return words;
}

Markup tooltips(const std::vector<Moment>& moments, const Scale& x, double top, double bottom)
{
    Markup markup;
    for (const Moment& each : moments)
        markup += element("rect",
                          {{"x", pixels(x(each.at))},
                           {"y", pixels(top)},
                           {"width", pixels(x(each.at + each.seconds) - x(each.at))},
                           {"height", pixels(bottom - top)},
                           {"class", "tip"}},
                          element_of("title", tooltip(each)));
    return markup;
}

} // namespace

Markup timeline_chart(const EpisodeView& episode, const ChartFormat& format)
{
    if (episode.timeline.size() < 2)
        return {};
    const std::vector<Moment> moments = condensed(episode.timeline, kMostMoments);
    double highest_limit = 0;
    for (const Moment& each : moments)
        highest_limit = std::max(highest_limit, each.limit);
    const std::array<Panel, 3> panels = {slots_panel(moments, highest_limit), arrivals_panel(moments),
                                         hold_panel(moments)};
    const Scale x{moments.front().at, moments.back().at + moments.back().seconds, kLeft,
                  format.width - kRight};

    Markup inside =
        element_of("title", "Slots in use, arrivals and hold time of " + episode.backend + " over time");
    Markup curves;
    double y = 0;
    for (const Panel& panel : panels) {
        y += kTitle;
        curves += drawn(panel, moments, x, y);
        y += panel.height;
    }
    inside += marked(episode, x, kTitle, y) + curves + times(x, y, format.time_marks);
    if (format.tooltips)
        inside += tooltips(moments, x, kTitle, y);
    return element("svg",
                   {{"viewBox", "0 0 " + pixels(format.width) + " " + pixels(y + kTimes)},
                    {"role", "img"},
                    {"class", format.tooltips ? "chart wide" : "chart narrow"}},
                   inside);
}

} // namespace slotscope::cli::report
