// SPDX-License-Identifier: MIT
#include "cli/report/page.h"

#include "cli/report/chart.h"
#include "cli/report/style.h"
#include "cli/text/units.h"

#include <algorithm>
#include <cmath>

namespace slotscope::cli::report {

namespace {

std::string name_of(const EpisodeView& episode)
{
    return episode.backend.empty() ? "a backend" : episode.backend;
}

Markup pill(std::string_view name, const std::string& value, const char* style = "pill")
{
    if (value.empty())
        return {};
    return element("span", {{"class", style}}, text(name) + element_of("b", value));
}

std::string state_of(const EpisodeView& episode)
{
    if (!episode.ended)
        return "lasted still when this was written";
    const std::string length =
        episode.began ? duration_text(std::max(0.0, *episode.ended - *episode.began)) : "";
    if (episode.cut_off)
        return "the agent ended first" + (length.empty() ? "" : ", after " + length);
    return length.empty() ? "over" : "over after " + length;
}

Markup fact(const char* name, const std::string& value)
{
    return value.empty() ? Markup() : element("div", element_of("dt", name) + element_of("dd", value));
}

std::string seconds_fact(const std::optional<double>& seconds)
{
    return seconds ? duration_text(*seconds) : "";
}

std::string limit_fact(const EpisodeView& episode)
{
    return episode.limit == 0
               ? "none"
               : std::to_string(episode.limit) + (episode.kind.empty() ? "" : " " + episode.kind);
}

Markup losses(const EpisodeView& episode)
{
    if (episode.complete && episode.losses.empty())
        return {};
    std::string words = "The agent has missed something, so counts may be too low:";
    for (const auto& [name, count] : episode.losses)
        words += " " + in_words(name) + " " + count_text(count) + ";";
    words.back() = '.';
    return element("p", {{"class", "small"}}, text(words));
}

Markup foot(const EpisodeView& episode)
{
    std::string words = "Written by slotscope " SLOTSCOPE_VERSION;
    if (!episode.made_at.empty())
        words += " at " + episode.made_at;
    words += ". All times are UTC. This page contains no script and loads nothing.";
    return element("footer", losses(episode) + element_of("p", words));
}

} // namespace

Markup section(std::string_view title, const Markup& content)
{
    return content.empty() ? Markup() : element("section", element_of("h2", title) + content);
}

std::string in_words(std::string_view name)
{
    std::string words(name);
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

std::string percent_text(double share)
{
    if (share > 0 && share < 0.01)
        return "<1 %";
    return std::to_string(static_cast<int>(std::floor(share * 100 + 1e-9))) + " %";
}

Markup bar(double share)
{
    const std::string width =
        std::to_string(static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * 1000)));
    return element("svg",
                   {{"class", "bar"},
                    {"viewBox", "0 0 1000 10"},
                    {"preserveAspectRatio", "none"},
                    {"aria-hidden", "true"}},
                   element("rect", {{"class", "track"}, {"width", "1000"}, {"height", "10"}}) +
                       element("rect", {{"class", "part"}, {"width", width}, {"height", "10"}}));
}

Markup headline(const EpisodeView& episode)
{
    const std::string sentence =
        episode.sentence.empty() ? "There is no verdict on " + name_of(episode) + " yet." : episode.sentence;
    const bool judged = !episode.cause.empty() && episode.cause != "unknown";
    Markup markup =
        element("p", {{"class", "small"}},
                text("slotscope: episode " + std::to_string(episode.id) + " of " + name_of(episode)));
    markup += element_of("h1", sentence);
    return markup + element("div", {{"class", "pills"}},
                            pill("Cause: ", episode.cause.empty() ? "unknown" : in_words(episode.cause),
                                 judged ? "pill alarm" : "pill") +
                                pill("Confidence: ", judged ? percent_text(episode.confidence) : "") +
                                pill("", state_of(episode)));
}

Markup facts(const EpisodeView& episode)
{
    std::string backend = episode.address == episode.backend ? "" : episode.address;
    if (!episode.direction.empty())
        backend += (backend.empty() ? "" : ", ") + episode.direction;
    Markup list = fact("Backend", name_of(episode)) + fact("Address", backend) +
                  fact("Limit", limit_fact(episode)) + fact("Written in", episode.limit_source);
    list += fact("Began", episode.began ? date_and_time(*episode.began) : "") +
            fact("Ended", episode.ended ? date_and_time(*episode.ended) : "");
    list += fact("Most in use", std::to_string(episode.peak)) +
            fact("Limit reached", counted(episode.limit_hits, "time")) +
            fact("At the limit for", seconds_fact(episode.at_limit_seconds)) +
            fact("Refusals seen", count_text(episode.refusals)) +
            fact("Slot-seconds",
                 episode.slot_seconds
                     ? count_text(static_cast<std::uint64_t>(std::clamp(*episode.slot_seconds, 0.0, 1e18)))
                     : "");
    if (episode.linked_to != 0)
        list += fact("Caused by", "episode " + std::to_string(episode.linked_to));
    return element("dl", {{"class", "facts"}}, list);
}

Markup timeline(const EpisodeView& episode)
{
    const Markup wide = timeline_chart(episode, kWideChart);
    if (wide.empty())
        return element("p", {{"class", "small"}}, text("No timeline was kept."));
    return wide + timeline_chart(episode, kNarrowChart);
}

std::string report_page(const EpisodeView& episode)
{
    const Markup body =
        element("header", headline(episode)) +
        element("main", facts(episode) + section("What happened", timeline(episode)) +
                            section("Who held the slots", culprits(episode)) +
                            section("What it waits for", chain(episode)) +
                            section("What helps, fastest first", advice(episode)) +
                            section("Causes considered", causes(episode)) +
                            section("Evidence", evidence(episode)) +
                            section("What would make this surer", missing(episode)) +
                            section("Holders at that moment, oldest first", holders(episode))) +
        foot(episode);
    return page("slotscope: episode " + std::to_string(episode.id) + " of " + name_of(episode), style(),
                body);
}

} // namespace slotscope::cli::report
