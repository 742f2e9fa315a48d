// SPDX-License-Identifier: MIT
#include "limits/caddy/caddyfile.h"

#include "limits/caddy/tokens.h"
#include "limits/lines.h"
#include "limits/options.h"
#include "limits/text.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

namespace slotscope::limits::caddy {
namespace {

constexpr int kDeepestBlock = 32;
constexpr std::size_t kMostLines = 50'000;    // with all that is imported
constexpr std::size_t kMostCopied = 16 << 20; // bytes, by imports

// {$NAME} and {$NAME:default}, wherever they stand.
std::string with_environment(std::string_view text, const std::vector<std::string>& environment)
{
    return with_variables(text, "{$", '}', [&](std::string_view inside) -> std::optional<std::string> {
        if (inside.empty())
            return std::nullopt;
        const auto colon = inside.find(':');
        const auto set = environment_value(environment, inside.substr(0, colon));
        return set.value_or(colon == std::string_view::npos ? "" : std::string(inside.substr(colon + 1)));
    });
}

using Words = std::vector<std::string>;

// {args[0]}, {args.0}; those that there are not stay as they are written.
std::string with_arguments(std::string_view text, const Words& arguments)
{
    return with_variables(text, "{args", '}', [&](std::string_view inside) -> std::optional<std::string> {
        const bool in_brackets = inside.starts_with('[') && inside.ends_with(']');
        const auto index = inside.starts_with('.') ? count_in(inside.substr(1))
                           : in_brackets           ? count_in(inside.substr(1, inside.size() - 2))
                                                   : std::nullopt;
        return index && *index < arguments.size() ? std::optional(arguments[*index]) : std::nullopt;
    });
}

// {args[1:3]}, {args[:2]}, {args[:]}: several words; absent where TEXT is none of those.
std::optional<Words> range_of_arguments(std::string_view text, const Words& arguments)
{
    if (!text.starts_with("{args[") || !text.ends_with("]}") || text.size() < 9)
        return std::nullopt;
    const auto range = text.substr(6, text.size() - 8);
    const auto colon = range.find(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    const auto from = colon == 0 ? 0 : count_in(range.substr(0, colon));
    const auto to = colon + 1 == range.size() ? static_cast<std::uint32_t>(arguments.size())
                                              : count_in(range.substr(colon + 1));
    if (!from || !to || *from > *to || *to > arguments.size())
        return std::nullopt;
    return Words(arguments.begin() + *from, arguments.begin() + *to);
}

// What follows the name in an `import`.
struct Import {
    Words arguments;
    std::vector<Line> block;
};

class Parser {
  public:
    Parser(Reading& reading, Findings& findings)
        : reading_(reading)
        , findings_(findings)
    {
    }

    void read_file(const std::string& path, int depth, const Import* with, std::vector<Line>& into)
    {
        const auto content = limits::read_file(reading_, findings_, path);
        if (!content)
            return;
        const std::string text = with_environment(*content, reading_.instance.environment);
        const auto [tokens, wrong] = tokens_of(text);
        if (wrong) {
            findings_.incomplete = true;
            not_understood(findings_, {path, wrong->first}, "",
                           wrong->second + ": the rest of the file cannot be read from here on");
        }
        std::size_t at = 0;
        std::vector<Line> lines;
        while (at < tokens.size()) {
            parse_block(tokens, at, path, 0, lines);
            if (at < tokens.size()) {
                not_understood(findings_, {path, tokens[at].line}, tokens[at].text, "a } without its {");
                ++at;
            }
        }
        std::vector<Line> filled;
        if (with)
            fill_in(lines, *with, filled);
        take(with ? std::move(filled) : std::move(lines), path, depth, into);
    }

    bool is_too_large() const { return lines_ > kMostLines || copied_ > kMostCopied; }

  private:
    // The lines up to the } of this block.
    void parse_block(const std::vector<Token>& tokens, std::size_t& at, const std::string& path, int depth,
                     std::vector<Line>& into)
    {
        while (at < tokens.size() && !tokens[at].is("}")) {
            Line line;
            line.place = {path, tokens[at].line};
            int row = tokens[at].row;
            const auto take_word = [&] {
                row = tokens[at].last_row;
                line.words.push_back(tokens[at++].text);
            };
            while (at < tokens.size() && tokens[at].row == row && !tokens[at].is("{") && !tokens[at].is("}"))
                take_word();
            // The addresses of a site go on behind a comma.
            while (depth == 0 && at < tokens.size() && !line.words.empty() &&
                   line.words.back().ends_with(',') && !tokens[at].is("{"))
                take_word();
            if (at < tokens.size() && tokens[at].is("{")) {
                ++at;
                if (depth >= kDeepestBlock) {
                    not_understood(findings_, line.place, "{", "blocks are nested too deeply");
                    at = tokens.size();
                    return;
                }
                parse_block(tokens, at, path, depth + 1, line.block);
                if (at < tokens.size())
                    ++at;
                else
                    not_understood(findings_, line.place, line.words.empty() ? "{" : line.words[0],
                                   "the file ends within this block");
            }
            into.push_back(std::move(line));
        }
    }

    static bool is_snippet(const Line& line) // "(name) {"
    {
        const std::string_view first = line.words.empty() ? std::string_view() : line.words[0];
        return first.size() > 2 && first.starts_with('(') && first.ends_with(')');
    }

    // Snippets are kept, imports followed.
    void take(std::vector<Line> lines, const std::string& path, int depth, std::vector<Line>& into)
    {
        for (Line& line : lines) {
            if (++lines_ > kMostLines)
                return;
            const std::string first = line.words.empty() ? "" : line.words[0];
            if (is_snippet(line)) {
                snippets_[first.substr(1, first.size() - 2)] = std::move(line.block);
            } else if (first == "import" && line.words.size() > 1) {
                import(line, path, depth, into);
            } else {
                std::vector<Line> block;
                take(std::move(line.block), path, depth, block);
                line.block = std::move(block);
                into.push_back(std::move(line));
            }
        }
    }

    void import(const Line& line, const std::string& path, int depth, std::vector<Line>& into)
    {
        const std::string& what = line.words[1];
        if (!may_include(findings_, line.place, "import " + what, depth))
            return;
        const Import with{{line.words.begin() + 2, line.words.end()}, line.block};
        if (const auto snippet = snippets_.find(what); snippet != snippets_.end()) {
            if (!enter(what, line.place))
                return;
            std::vector<Line> filled;
            fill_in(snippet->second, with, filled);
            take(std::move(filled), path, depth + 1, into);
            importing_.pop_back();
            return;
        }
        const std::string below = what.starts_with('/') ? what : directory_of(line.place.file) + "/" + what;
        for (const std::string& file : included_files(reading_, findings_, line.place, below)) {
            if (!enter(file, line.place))
                continue;
            read_file(file, depth + 1, &with, into);
            importing_.pop_back();
        }
    }

    // False: WHAT is being imported already.
    bool enter(const std::string& what, const Place& place)
    {
        if (std::find(importing_.begin(), importing_.end(), what) != importing_.end()) {
            not_understood(findings_, place, "import " + what, "it imports itself");
            return false;
        }
        importing_.push_back(what);
        return true;
    }

    // LINES, which are imported, with what follows the `import`: words, and a block that {block} and
    // {blocks.NAME} stand for. Snippets are filled in when they are imported themselves.
    void fill_in(const std::vector<Line>& lines, const Import& with, std::vector<Line>& into)
    {
        for (const Line& line : lines) {
            const std::string_view only = line.words.size() == 1 ? line.words[0] : std::string_view();
            if (only == "{block}") {
                copy(with.block, into);
            } else if (only.starts_with("{blocks.") && only.ends_with('}')) {
                copy_named(with.block, only.substr(8, only.size() - 9), into);
            } else if (is_snippet(line)) {
                copy({line}, into);
            } else if (may_copy(line)) {
                Line filled{filled_words(line.words, with.arguments), {}, line.place};
                fill_in(line.block, with, filled.block);
                into.push_back(std::move(filled));
            }
        }
    }

    Words filled_words(const Words& words, const Words& arguments)
    {
        Words filled;
        for (const std::string& word : words) {
            const auto range = range_of_arguments(word, arguments);
            Words several = range ? *range : Words{with_arguments(word, arguments)};
            for (std::string& each : several)
                if (may_copy(each.size()))
                    filled.push_back(std::move(each));
        }
        return filled;
    }

    void copy(const std::vector<Line>& lines, std::vector<Line>& into)
    {
        for (const Line& line : lines) {
            if (!may_copy(line))
                return;
            Line copied{line.words, {}, line.place};
            copy(line.block, copied.block);
            into.push_back(std::move(copied));
        }
    }

    void copy_named(const std::vector<Line>& block, std::string_view name, std::vector<Line>& into)
    {
        for (const Line& each : block) {
            if (each.words.empty() || each.words[0] != name)
                continue;
            if (each.words.size() > 1)
                copy({{{each.words.begin() + 1, each.words.end()}, {}, each.place}}, into);
            copy(each.block, into);
        }
    }

    // What is imported again and again can multiply.
    bool may_copy(std::size_t bytes)
    {
        copied_ += bytes + sizeof(std::string);
        return copied_ <= kMostCopied;
    }

    bool may_copy(const Line& line)
    {
        return may_copy(std::accumulate(
            line.words.begin(), line.words.end(), sizeof(Line),
            [](std::size_t sum, const std::string& word) { return sum + word.size() + sizeof(word); }));
    }

    Reading& reading_;
    Findings& findings_;
    std::map<std::string, std::vector<Line>> snippets_;
    std::vector<std::string> importing_; // snippets and files, innermost last
    std::size_t lines_ = 0;
    std::size_t copied_ = 0; // bytes
};

} // namespace

std::vector<Line> read_caddyfile(Reading& reading, Findings& findings, const std::string& path)
{
    std::vector<Line> lines;
    Parser parser(reading, findings);
    parser.read_file(path, 0, nullptr, lines);
    if (parser.is_too_large()) {
        findings.incomplete = true;
        not_understood(findings, {path, 0}, "",
                       "with all that it imports it is too large: the rest is left out");
    }
    return lines;
}

} // namespace slotscope::limits::caddy
