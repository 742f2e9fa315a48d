// SPDX-License-Identifier: MIT
// The parts of a report below its chart.
#include "cli/report/page.h"

#include "cli/text/units.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <span>

namespace slotscope::cli::report {

namespace {

template <typename T>
std::span<const T> first(const std::vector<T>& all, std::size_t most)
{
    return std::span(all).first(std::min(all.size(), most));
}

Markup cell(const std::string& words, const char* style = "")
{
    return *style == '\0' ? element_of("td", words) : element("td", {{"class", style}}, text(words));
}

struct Heading {
    const char* title;
    const char* style;
};

Markup table(std::span<const Heading> headings, const Markup& rows)
{
    Markup head;
    for (const Heading& each : headings)
        head += element("th", {{"scope", "col"}, {"class", each.style}}, text(each.title));
    return element("div", {{"class", "scroll"}},
                   element("table", element("thead", element("tr", head)) + element("tbody", rows)));
}

std::string or_unknown(const std::string& words)
{
    return words.empty() ? "not known" : words;
}

std::string both(const std::string& left, const std::string& right)
{
    return left.empty() || right.empty() ? left + right : left + " " + right;
}

std::string three_digits(double value)
{
    std::array<char, 48> digits{};
    std::snprintf(digits.data(), digits.size(), "%.3g", value);
    return digits.data();
}

// By what its name says that it is.
std::string value_text(std::string_view name, double value)
{
    if (!std::isfinite(value))
        return "not known";
    if (name.ends_with("_per_second") || name.find("_per_second_") != std::string_view::npos)
        return rate_text(value);
    if (name.ends_with("_seconds") || name.find("_seconds_") != std::string_view::npos)
        return value < 0 ? three_digits(value) + "s" : duration_text(value);
    if (name.ends_with("_ratio"))
        return three_digits(value) + " times";
    if (name.starts_with("share_") || name.ends_with("_share"))
        return percent_text(value);
    return value == std::floor(value) && std::abs(value) < 1e15
               ? std::to_string(static_cast<std::int64_t>(value))
               : three_digits(value);
}

// The unit stands in the value: "hold_seconds_before" is "hold before".
std::string label_of(std::string name)
{
    const std::size_t unit = name.find("_seconds");
    if (unit != std::string::npos && name.find("slot_seconds") == std::string::npos)
        name.erase(unit, std::string_view("_seconds").size());
    return in_words(name);
}

Markup holder_row(const HolderLine& holder)
{
    std::string process = holder.process;
    if (holder.pid != 0)
        process += (process.empty() ? "pid " : " ") + std::to_string(holder.pid);
    const std::string waits = both(holder.server.empty() ? "" : holder.server + ":", holder.waits_for);
    return element(
        "tr", cell((holder.age_is_lower_bound ? "≥" : "") + duration_text(holder.age), "number") +
                  cell(holder.state) + cell(or_unknown(holder.call), "long") + cell(or_unknown(process)) +
                  cell(waits.empty() ? "–" : waits, "long") + cell(holder.local + " → " + holder.remote) +
                  cell(size_text(holder.bytes_sent) + " / " + size_text(holder.bytes_received), "number"));
}

Markup holder_table(std::span<const HolderLine> holders)
{
    constexpr Heading kHeadings[] = {{"Age", "number"},
                                     {"State", ""},
                                     {"Call", ""},
                                     {"Process", ""},
                                     {"Its server waits for", ""},
                                     {"From → to", ""},
                                     {"Sent / received", "number"}};
    Markup rows;
    for (const HolderLine& each : holders)
        rows += holder_row(each);
    return table(kHeadings, rows);
}

Markup link_of_chain(const std::string& what, const std::string& note)
{
    return element("li", element_of("b", what) +
                             (note.empty() ? Markup() : element("div", {{"class", "small"}}, text(note))));
}

// The process that serves what the culprit calls, as the captured holders show it.
std::string server_of(const EpisodeView& episode, const CulpritLine& culprit)
{
    for (const HolderLine& each : episode.holders)
        if (!each.server.empty() && (culprit.call.empty() || each.call == culprit.call))
            return each.server;
    return "";
}

} // namespace

Markup culprits(const EpisodeView& episode)
{
    if (episode.culprits.empty())
        return element("p", {{"class", "small"}}, text("Nobody was seen to hold them for long enough."));
    constexpr Heading kHeadings[] = {{"Share", "number"}, {"", "bar"},    {"Call", ""},
                                     {"Process", ""},     {"Mostly", ""}, {"Oldest", "number"}};
    Markup rows;
    for (const CulpritLine& each : first(episode.culprits, kMostListed))
        rows += element("tr", cell(percent_text(each.share), "number") +
                                  element("td", {{"class", "bar"}}, bar(each.share)) +
                                  cell(or_unknown(each.call), "long") + cell(or_unknown(each.process)) +
                                  cell(each.state) +
                                  cell(each.oldest ? duration_text(*each.oldest) : "–", "number"));
    return element("p", {{"class", "small"}}, text("Shares of the slot-seconds of the episode.")) +
           table(kHeadings, rows);
}

// Client -> proxy -> worker -> query, as far as this host sees it.
Markup chain(const EpisodeView& episode)
{
    if (!episode.dependency)
        return {};
    const DependencyLine& next = *episode.dependency;
    const CulpritLine culprit = episode.culprits.empty() ? CulpritLine() : episode.culprits.front();
    Markup links;
    if (!culprit.process.empty())
        links += link_of_chain(culprit.process, "holds the slots");
    links += link_of_chain(both(episode.backend, episode.address == episode.backend ? "" : episode.address),
                           both(or_unknown(culprit.call), "is asked of it"));
    if (const std::string server = server_of(episode, culprit); !server.empty())
        links += link_of_chain(server, "serves it, and waits");
    std::string note = next.call.empty() ? "what is asked of it is not known" : next.call;
    if (next.share)
        note += "; " + percent_text(*next.share) + " of the slot-seconds wait for it";
    links += link_of_chain(both(next.backend == next.address ? "" : next.backend, next.address), note);
    Markup markup = element("ol", {{"class", "chain"}}, links);
    if (next.shared)
        markup += element(
            "p", {{"class", "small"}},
            text("A share, not a link: the process between serves several calls at a time, so which of them "
                 "waits cannot be told."));
    return markup;
}

Markup evidence(const EpisodeView& episode)
{
    if (episode.evidence.empty())
        return {};
    Markup list;
    for (const auto& [name, value] : first(episode.evidence, kMostListed))
        list += element("div", element_of("dt", label_of(name)) + element_of("dd", value_text(name, value)));
    return element("dl", {{"class", "facts"}}, list);
}

Markup causes(const EpisodeView& episode)
{
    if (episode.causes.empty())
        return {};
    constexpr Heading kHeadings[] = {{"Cause", ""}, {"", "bar"}, {"Score", "number"}, {"Because", ""}};
    Markup rows;
    for (const CauseLine& each : first(episode.causes, kMostListed))
        rows +=
            element("tr", cell(in_words(each.cause)) + element("td", {{"class", "bar"}}, bar(each.score)) +
                              cell(percent_text(each.score), "number") + cell(each.because, "long"));
    return table(kHeadings, rows);
}

Markup advice(const EpisodeView& episode)
{
    Markup items;
    for (const AdviceLine& each : first(episode.advice, kMostListed)) {
        Markup item;
        if (!each.product.empty())
            item += element("div", {{"class", "small"}}, text(each.product));
        item += element("code", {{"class", "change"}}, text(each.change)) + text(each.reason);
        items += element("li", item);
    }
    return items.empty() ? Markup() : element("ol", {{"class", "advice"}}, items);
}

Markup missing(const EpisodeView& episode)
{
    Markup items;
    for (const std::string& each : first(episode.missing, kMostListed))
        items += element_of("li", each);
    return items.empty() ? Markup() : element("ul", items);
}

Markup holders(const EpisodeView& episode)
{
    if (episode.holders.empty())
        return element("p", {{"class", "small"}},
                       text(episode.holders_total == 0
                                ? "None were captured."
                                : "There were " + std::to_string(episode.holders_total) +
                                      ", and none of them was kept."));
    const auto shown = first(episode.holders, kMostHolderRows);
    Markup markup = holder_table(shown.first(std::min(shown.size(), kHolderRowsShown)));
    if (shown.size() > kHolderRowsShown)
        markup += element("details",
                          element_of("summary", counted(shown.size() - kHolderRowsShown, "more holder")) +
                              holder_table(shown.subspan(kHolderRowsShown)));
    if (episode.holders_total > shown.size())
        markup += element("p", {{"class", "small"}},
                          text(std::to_string(shown.size()) + " of " +
                               counted(episode.holders_total, "holder") + " are listed."));
    return markup;
}

} // namespace slotscope::cli::report
