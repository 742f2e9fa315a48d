// SPDX-License-Identifier: MIT
#include "cli/profile/formats.h"
#include "cli/report/html.h"
#include "cli/report/view.h"
#include "cli/text/text.h"
#include "cli/text/units.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <map>
#include <tuple>

namespace slotscope::cli::profile {

namespace {

using report::element;
using report::Markup;

constexpr double kWidth = 1200;
constexpr double kMargin = 10;
constexpr double kRow = 22;
constexpr double kHeader = 62;
constexpr double kLetter = 7.0;  // width of a column of the 11.5 px monospace letters, rounded up
constexpr double kNarrowest = 2; // cells below it are drawn as one
constexpr std::size_t kListed = 15;
constexpr double kLineHeight = 18; // of the list
constexpr std::string_view kStyle =
    "svg{background:#fcfcfb}text{font:11.5px ui-monospace,Menlo,Consolas,'DejaVu Sans "
    "Mono',monospace;fill:#1a1c1e}"
    ".title{font:600 16px system-ui,'Segoe UI',Roboto,Arial,sans-serif}.small{fill:#5c6369}"
    "rect{stroke:#fcfcfb;stroke-width:1}g:hover>rect{stroke:#1a1c1e}"
    "@media screen and "
    "(prefers-color-scheme:dark){svg{background:#15181b}.title,.list{fill:#e7eaec}.small{fill:#a2abb3}"
    "rect{stroke:#15181b}g:hover>rect{stroke:#fff}}";

struct Node {
    double slot_seconds = 0;
    std::map<std::string, Node> children;
};

Node tree_of(const Profile& profile)
{
    Node root;
    for (const Stack& stack : profile.stacks) {
        Node* node = &root;
        node->slot_seconds += stack.slot_seconds;
        for (const std::string& frame : stack.frames) {
            node = &node->children[frame];
            node->slot_seconds += stack.slot_seconds;
        }
    }
    return root;
}

std::size_t depth_of(const Node& node)
{
    std::size_t deepest = 0;
    for (const auto& [name, child] : node.children)
        deepest = std::max(deepest, 1 + depth_of(child));
    return deepest;
}

std::string decimal(double value, const char* format = "%.1f")
{
    std::array<char, 48> digits{};
    std::snprintf(digits.data(), digits.size(), format, value);
    return digits.data();
}

// Light enough for dark letters: a hue for each row, a shade for each name.
std::string colour_of(const std::string& name, std::size_t row)
{
    constexpr std::array<int, 4> kHues = {212, 150, 42, 8};
    std::uint32_t hash = 2166136261U; // FNV-1a
    for (const char c : name)
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    const int hue = kHues[std::min(row, kHues.size() - 1)] + static_cast<int>(hash % 17) - 8;
    return "hsl(" + std::to_string((hue + 360) % 360) + ",70%," + std::to_string(74 + hash / 17 % 10) + "%)";
}

std::string summary_of(const Profile& profile)
{
    const double mean = profile.seconds > 0 ? profile.slot_seconds / profile.seconds : 0;
    return decimal(profile.slot_seconds) + " slot-seconds in " + decimal(profile.seconds) +
           " s: " + decimal(mean) + " slots in use on average; " + counted(profile.looks, "look") +
           ", from " + report::date_and_time(profile.began) + " UTC";
}

Markup words(double x, double y, const char* style, const std::string& raw)
{
    return element("text", {{"x", decimal(x)}, {"y", decimal(y)}, {"class", style}}, report::text(raw));
}

class FlameGraph {
  public:
    explicit FlameGraph(const Profile& profile)
        : profile_(profile)
        , root_(tree_of(profile))
    {
    }

    std::string code()
    {
        cells_ = words(kMargin, 26, "title", "Who held the slots, and what for") +
                 words(kMargin, 46, "small", summary_of(profile_));
        double bottom = kHeader;
        if (root_.slot_seconds > 0) {
            add_cell("all backends", root_.slot_seconds, kMargin, 0, "#d9dde0");
            add_children(root_, kMargin, 1);
            bottom = add_list(kHeader + kRow * static_cast<double>(depth_of(root_) + 1) + 2 * kLineHeight);
        } else {
            cells_ += words(kMargin, kHeader + kLineHeight, "list", "no slot was held in this time");
            bottom += 2 * kLineHeight;
        }
        const std::string height = decimal(bottom + kMargin, "%.0f");
        const std::string width = decimal(kWidth, "%.0f");
        return element("svg",
                       {{"xmlns", "http://www.w3.org/2000/svg"},
                        {"width", width},
                        {"height", height},
                        {"viewBox", "0 0 " + width + " " + height}},
                       element("style", report::text(kStyle)) + cells_)
                   .code() +
               "\n";
    }

  private:
    double pixels(double slot_seconds) const
    {
        return (kWidth - 2 * kMargin) * slot_seconds / root_.slot_seconds;
    }

    std::string share_of(double slot_seconds) const
    {
        return decimal(100 * slot_seconds / root_.slot_seconds) + " %, " + decimal(slot_seconds, "%.2f") +
               " slot-seconds";
    }

    void add_cell(const std::string& name, double slot_seconds, double x, std::size_t row,
                  const std::string& colour)
    {
        const double wide = pixels(slot_seconds);
        const double y = kHeader + kRow * static_cast<double>(row);
        Markup cell = report::element_of("title", name + ": " + share_of(slot_seconds)) +
                      element("rect", {{"x", decimal(x, "%.2f")},
                                       {"y", decimal(y)},
                                       {"width", decimal(wide, "%.2f")},
                                       {"height", decimal(kRow)},
                                       {"fill", colour}});
        if (const auto room = static_cast<std::size_t>(std::max(wide - 8, 0.0) / kLetter); room >= 3)
            cell += words(x + 4, y + 15, "label", cut_off(name, room));
        cells_ += element("g", cell);
    }

    // The widest first; those that nobody could see are one.
    void add_children(const Node& parent, double x, std::size_t row)
    {
        std::vector<std::pair<double, const std::string*>> ranked;
        for (const auto& [name, child] : parent.children)
            ranked.emplace_back(-child.slot_seconds, &name);
        std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
            return std::tie(a.first, *a.second) < std::tie(b.first, *b.second);
        });
        double rest = 0;
        std::uint64_t small = 0;
        for (const auto& [negative, name] : ranked) {
            const Node& child = parent.children.at(*name);
            if (pixels(child.slot_seconds) < kNarrowest) {
                rest += child.slot_seconds;
                ++small;
                continue;
            }
            add_cell(*name, child.slot_seconds, x, row, colour_of(*name, row - 1));
            add_children(child, x, row + 1);
            x += pixels(child.slot_seconds);
        }
        if (small != 0)
            add_cell(counted(small, "smaller one"), rest, x, row, "#c9ced2");
    }

    // The largest stacks in words, for paper and for those who cannot hover. Gives where it ends.
    double add_list(double y)
    {
        constexpr double kShare = 64;
        const auto room = static_cast<std::size_t>((kWidth - 2 * kMargin - kShare) / kLetter);
        cells_ += words(kMargin, y, "small", "The largest:");
        for (std::size_t i = 0; i < std::min(kListed, profile_.stacks.size()); ++i) {
            const Stack& stack = profile_.stacks[i];
            std::string line;
            for (const std::string& frame : stack.frames)
                line += (line.empty() ? "" : " \u203a ") + frame;
            y += kLineHeight;
            cells_ +=
                words(kMargin, y, "list", decimal(100 * stack.slot_seconds / root_.slot_seconds) + " %");
            cells_ += words(kMargin + kShare, y, "list", shortened(line, room));
        }
        return y;
    }

    const Profile& profile_;
    Node root_;
    Markup cells_;
};

} // namespace

std::string flame_graph(const Profile& profile)
{
    return FlameGraph(profile).code();
}

} // namespace slotscope::cli::profile
