// SPDX-License-Identifier: MIT
#include "limits/caddy/caddyfile.h"

#include "limits/lines.h"
#include "limits/options.h"
#include "limits/text.h"

#include <algorithm>
#include <map>

namespace slotscope::limits::caddy {
namespace {

constexpr int kDeepestBlock = 32;
constexpr std::size_t kMostLines = 50'000; // with all that is imported

// {$NAME} and {$NAME:default}, wherever they stand.
std::string with_environment(std::string_view text, const std::vector<std::string>& environment)
{
    return with_variables(text, "{$", '}', [&](std::string_view inside) -> std::optional<std::string> {
        const auto colon = inside.find(':');
        const auto set = environment_value(environment, inside.substr(0, colon));
        return set.value_or(colon == std::string_view::npos ? "" : std::string(inside.substr(colon + 1)));
    });
}

struct Token {
    std::string text;
    bool quoted = false;
    int line = 0;
};

class Lexer {
  public:
    explicit Lexer(std::string_view text)
        : text_(text)
    {
    }

    std::vector<Token> tokens()
    {
        while (next())
            ;
        return std::move(tokens_);
    }

  private:
    bool next()
    {
        for (; at_ < text_.size(); ++at_) {
            const char character = text_[at_];
            if (character == '\n')
                ++line_;
            else if (character == '\\' && text_.substr(at_, 2) == "\\\n")
                ++at_; // the line goes on, and counts as one
            else if (character == '#')
                at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
            else if (character != ' ' && character != '\t' && character != '\r')
                break;
        }
        if (at_ >= text_.size())
            return false;
        const char first = text_[at_];
        if (first == '"' || first == '`')
            quoted(first);
        else
            plain();
        return true;
    }

    void quoted(char quote)
    {
        Token token{{}, true, line_};
        for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
            if (quote == '"' && text_.substr(at_, 2) == "\\\"")
                ++at_;
            line_ += text_[at_] == '\n';
            token.text += text_[at_];
        }
        ++at_;
        tokens_.push_back(std::move(token));
    }

    void plain()
    {
        const std::size_t end = std::min(text_.find_first_of(" \t\r\n", at_), text_.size());
        tokens_.push_back({std::string(text_.substr(at_, end - at_)), false, line_});
        at_ = end;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
    std::vector<Token> tokens_;
};

// {args[0]}, {args.0}
void fill_in_arguments(std::string& text, const std::vector<std::string>& arguments)
{
    for (std::size_t index = 0; index < arguments.size(); ++index)
        for (const std::string& name :
             {"{args[" + std::to_string(index) + "]}", "{args." + std::to_string(index) + "}"})
            for (std::size_t at = text.find(name); at != std::string::npos && text.size() < 4096;
                 at = text.find(name, at + arguments[index].size()))
                text.replace(at, name.size(), arguments[index]);
}

class Parser {
  public:
    Parser(Reading& reading, Findings& findings)
        : reading_(reading)
        , findings_(findings)
    {
    }

    void read_file(const std::string& path, int depth, std::vector<Line>& into)
    {
        const auto content = limits::read_file(reading_, findings_, path);
        if (!content)
            return;
        const std::string text = with_environment(*content, reading_.instance.environment);
        const std::vector<Token> tokens = Lexer(text).tokens();
        std::size_t at = 0;
        std::vector<Line> lines;
        while (at < tokens.size()) {
            parse_block(tokens, at, path, 0, lines);
            if (at < tokens.size()) {
                not_understood(findings_, {path, tokens[at].line}, tokens[at].text, "a } without its {");
                ++at;
            }
        }
        take(std::move(lines), path, depth, into);
    }

  private:
    // The lines up to the } of this block.
    void parse_block(const std::vector<Token>& tokens, std::size_t& at, const std::string& path, int depth,
                     std::vector<Line>& into)
    {
        while (at < tokens.size() && !is(tokens[at], "}")) {
            Line line;
            line.place = {path, tokens[at].line};
            const int number = tokens[at].line;
            while (at < tokens.size() && tokens[at].line == number && !is(tokens[at], "{") &&
                   !is(tokens[at], "}"))
                line.words.push_back(tokens[at++].text);
            // The addresses of a site go on behind a comma.
            while (depth == 0 && at < tokens.size() && !line.words.empty() &&
                   line.words.back().ends_with(',') && !is(tokens[at], "{"))
                line.words.push_back(tokens[at++].text);
            if (at < tokens.size() && is(tokens[at], "{") && tokens[at].line >= number) {
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

    static bool is(const Token& token, std::string_view text) { return !token.quoted && token.text == text; }

    // Snippets are kept, imports followed.
    void take(std::vector<Line> lines, const std::string& path, int depth, std::vector<Line>& into)
    {
        for (Line& line : lines) {
            if (++lines_ > kMostLines)
                return;
            const std::string first = line.words.empty() ? "" : line.words[0];
            if (first.size() > 2 && first.starts_with('(') && first.ends_with(')')) {
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
        if (const auto snippet = snippets_.find(what); snippet != snippets_.end()) {
            if (!enter(what, line.place))
                return;
            std::vector<Line> copy = snippet->second;
            fill_in(copy, {line.words.begin() + 2, line.words.end()});
            take(std::move(copy), path, depth + 1, into);
            importing_.pop_back();
            return;
        }
        const std::string below = what.starts_with('/') ? what : directory_of(path) + "/" + what;
        for (const std::string& file : included_files(reading_, findings_, line.place, below)) {
            if (!enter(file, line.place))
                continue;
            read_file(file, depth + 1, into);
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

    static void fill_in(std::vector<Line>& lines, const std::vector<std::string>& arguments)
    {
        for (Line& line : lines) {
            for (std::string& word : line.words)
                fill_in_arguments(word, arguments);
            fill_in(line.block, arguments);
        }
    }

    Reading& reading_;
    Findings& findings_;
    std::map<std::string, std::vector<Line>> snippets_;
    std::vector<std::string> importing_; // snippets and files, innermost last
    std::size_t lines_ = 0;
};

} // namespace

std::vector<Line> read_caddyfile(Reading& reading, Findings& findings, const std::string& path)
{
    std::vector<Line> lines;
    Parser(reading, findings).read_file(path, 0, lines);
    return lines;
}

} // namespace slotscope::limits::caddy
