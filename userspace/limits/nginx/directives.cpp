// SPDX-License-Identifier: MIT
#include "limits/nginx/directives.h"

#include "limits/text.h"

#include <algorithm>
#include <optional>

namespace slotscope::limits::nginx {
namespace {

constexpr int kDeepestBlock = 32;
constexpr std::size_t kMostDirectives = 200'000; // of one instance
constexpr std::string_view kSpace = " \t\r\n";

struct Token {
    enum class Kind { word, semicolon, open, close, end } kind = Kind::end;
    std::string text;
    bool quoted = false;
    int line = 0;
};

class Tokens {
  public:
    explicit Tokens(std::string_view text)
        : text_(text)
    {
    }

    // An Error for a quote that does not end.
    Result<Token> next()
    {
        skip_space();
        Token token;
        token.line = line_;
        if (at_ == text_.size())
            return token;
        const char character = text_[at_];
        if (character == ';' || character == '{' || character == '}') {
            ++at_;
            token.kind = character == ';'   ? Token::Kind::semicolon
                         : character == '{' ? Token::Kind::open
                                            : Token::Kind::close;
            return token;
        }
        token.kind = Token::Kind::word;
        if (character == '"' || character == '\'')
            return quoted(std::move(token));
        return plain(std::move(token));
    }

    // Behind the } that ends a block of Lua: its braces are counted, its strings and comments skipped.
    bool skip_lua()
    {
        for (int depth = 1; at_ < text_.size(); ++at_) {
            const char character = text_[at_];
            if (character == '"' || character == '\'')
                skip_lua_string(character);
            else if (text_.substr(at_, 2) == "--")
                at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
            else if (character == '\n')
                ++line_;
            else if (character == '{')
                ++depth;
            else if (character == '}' && --depth == 0)
                return ++at_ > 0;
        }
        return false;
    }

  private:
    void skip_space()
    {
        while (at_ < text_.size()) {
            if (text_[at_] == '#')
                at_ = std::min(text_.find('\n', at_), text_.size());
            else if (kSpace.find(text_[at_]) == std::string_view::npos)
                return;
            else
                line_ += text_[at_++] == '\n';
        }
    }

    Result<Token> quoted(Token token)
    {
        const char quote = text_[at_++];
        token.quoted = true;
        for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
                add_escaped(token);
                continue;
            }
            line_ += text_[at_] == '\n';
            token.text += text_[at_];
        }
        if (at_ == text_.size())
            return Error{std::string("a ") + quote + " is not closed"};
        ++at_;
        return token;
    }

    Result<Token> plain(Token token)
    {
        for (; at_ < text_.size(); ++at_) {
            const char character = text_[at_];
            if (character == '$' && text_.substr(at_, 2) == "${") { // a variable's brace belongs to the word
                const std::size_t end = std::min(text_.find('}', at_), text_.size() - 1);
                token.text += text_.substr(at_, end - at_ + 1);
                at_ = end;
                continue;
            }
            if (character == '\\' && at_ + 1 < text_.size()) {
                add_escaped(token);
                continue;
            }
            if (kSpace.find(character) != std::string_view::npos || character == ';' || character == '{')
                break;
            token.text += character;
        }
        return token;
    }

    // In words with quotes and without (ngx_conf_read_token); the \ before anything else stays.
    void add_escaped(Token& token)
    {
        const char character = text_[++at_];
        constexpr std::string_view kLetters = "trn";
        constexpr std::string_view kMeanings = "\t\r\n";
        const auto letter = kLetters.find(character);
        if (letter == std::string_view::npos && character != '"' && character != '\'' && character != '\\')
            token.text += '\\';
        token.text += letter == std::string_view::npos ? character : kMeanings[letter];
        line_ += character == '\n';
    }

    void skip_lua_string(char quote)
    {
        for (++at_; at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n'; ++at_)
            if (text_[at_] == '\\')
                ++at_;
        if (at_ < text_.size() && text_[at_] == '\n')
            ++line_;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
};

class Parser {
  public:
    Parser(Reading* reading, Findings& findings, std::string prefix)
        : reading_(reading)
        , findings_(findings)
        , prefix_(std::move(prefix))
    {
    }

    void read_file(const std::string& path, int depth, std::vector<Directive>& into)
    {
        const auto content = limits::read_file(*reading_, findings_, path);
        if (!content)
            return;
        parse_text(*content, {path, 0}, depth, into);
    }

    void parse_text(std::string_view text, const Place& place, int depth, std::vector<Directive>& into)
    {
        Tokens tokens(text);
        if (const auto wrong = parse_block(tokens, place.file, 0, depth, into)) {
            findings_.incomplete = true;
            not_understood(findings_, wrong->first, wrong->second,
                           "the rest of the file cannot be read from here on");
        }
    }

  private:
    using Wrong = std::optional<std::pair<Place, std::string>>; // where, and what

    Wrong parse_block(Tokens& tokens, const std::string& file, int blocks, int depth,
                      std::vector<Directive>& into)
    {
        for (;;) {
            Directive directive;
            auto token = tokens.next();
            if (!token)
                return std::pair{Place{file, 0}, token.error().message};
            directive.place = {file, token->line};
            if (token->kind == Token::Kind::end)
                return blocks == 0 ? Wrong() : Wrong({directive.place, "the file ends within a block"});
            if (token->kind == Token::Kind::close)
                return blocks > 0 ? Wrong() : Wrong({directive.place, "a } without its {"});
            if (token->kind != Token::Kind::word)
                continue; // a lone ;
            directive.name = token->text;
            if (auto wrong = parse_rest(tokens, directive, blocks, depth))
                return wrong;
            if (++directives_ > kMostDirectives)
                return std::pair{directive.place, std::string("there are too many directives")};
            if (directive.name == "include" && reading_ && directive.arguments.size() == 1)
                include(directive, depth, into);
            else
                into.push_back(std::move(directive));
        }
    }

    // Its arguments, and its block.
    Wrong parse_rest(Tokens& tokens, Directive& directive, int blocks, int depth)
    {
        const std::string& file = directive.place.file;
        for (;;) {
            auto token = tokens.next();
            if (!token)
                return std::pair{directive.place, token.error().message};
            if (token->kind == Token::Kind::word) {
                directive.arguments.push_back(std::move(token->text));
                continue;
            }
            if (token->kind == Token::Kind::semicolon)
                return {};
            if (token->kind != Token::Kind::open)
                return std::pair{Place{file, token->line}, directive.name + " does not end in ;"};
            if (directive.name.ends_with("_by_lua_block"))
                return tokens.skip_lua() ? Wrong() : Wrong({directive.place, "a block of Lua does not end"});
            if (blocks == kDeepestBlock)
                return std::pair{directive.place, std::string("blocks are nested too deeply")};
            return parse_block(tokens, file, blocks + 1, depth, directive.block);
        }
    }

    void include(const Directive& directive, int depth, std::vector<Directive>& into)
    {
        const std::string& name = directive.arguments[0];
        if (depth >= kDeepestInclude) {
            not_understood(findings_, directive.place, "include " + name,
                           "files include each other too deeply");
            return;
        }
        const std::string path = name.starts_with('/') ? name : prefix_ + "/" + name;
        for (const std::string& file : included_files(*reading_, findings_, directive.place, path))
            read_file(file, depth + 1, into);
    }

    Reading* reading_; // null: includes are not followed
    Findings& findings_;
    std::string prefix_;
    std::size_t directives_ = 0;
};

} // namespace

std::vector<Directive> read_directives(Reading& reading, Findings& findings, const std::string& path,
                                       const std::string& prefix)
{
    std::vector<Directive> directives;
    Parser(&reading, findings, prefix).read_file(path, 0, directives);
    return directives;
}

const Directive* find(const std::vector<Directive>& directives, std::string_view name)
{
    const auto found = std::find_if(directives.begin(), directives.end(),
                                    [&](const Directive& each) { return each.name == name; });
    return found == directives.end() ? nullptr : &*found;
}

std::vector<Directive> parse_directives(std::string_view text, const Place& place)
{
    std::vector<Directive> directives;
    Findings ignored;
    Parser(nullptr, ignored, "").parse_text(text, place, 0, directives);
    return directives;
}

} // namespace slotscope::limits::nginx
