// SPDX-License-Identifier: MIT
#include "protocol/sql.h"

#include "protocol/text.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace slotscope::protocol {
namespace {

enum class Kind { word, literal, sign, end };

struct Token {
    Kind kind = Kind::end;
    std::string text;
    bool after_blank = false; // white space or a comment stood before it
};

constexpr std::size_t kLongestColumns = 24; // bytes of a list of columns that is shown
constexpr std::size_t kLongestStatement = 4096;

bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool starts_word(char c)
{
    return is_letter(c) || c == '_' || c == '@' || static_cast<unsigned char>(c) >= 0x80;
}

bool continues_word(char c)
{
    return starts_word(c) || is_digit(c) || c == '$';
}

class Tokens {
  public:
    Tokens(std::string_view text, const SqlDialect& dialect, bool cut)
        : text_(text.substr(0, kLongestStatement))
        , dialect_(dialect)
        , cut_(cut || text.size() > kLongestStatement)
    {
    }

    Token next();
    bool was_cut() const { return was_cut_; }

  private:
    char at(std::size_t ahead) const
    {
        return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
    }
    bool is_over() const { return position_ >= text_.size(); }
    bool is_at(std::string_view what) const { return text_.substr(position_, what.size()) == what; }
    void give_up()
    {
        position_ = text_.size();
        was_cut_ = true;
    }

    bool skip_blanks();
    void skip_line() { position_ = std::min(text_.find('\n', position_), text_.size()); }
    void skip_comment();
    enum class Backslash { plain, escapes, unsure };
    bool skip_quoted(char quote, Backslash backslash);
    std::optional<std::string_view> dollar_tag() const;
    Token quoted_token(bool after_blank, bool escapes);
    Token name_token(char quote, bool after_blank);
    Token dollar_token(std::string_view tag, bool after_blank);
    Token number_token(bool after_blank);
    Token word_token(bool after_blank);

    std::string_view text_;
    SqlDialect dialect_;
    bool cut_;
    bool was_cut_ = false; // the text ended in the middle of something that is not shown
    std::size_t position_ = 0;
};

void Tokens::skip_comment()
{
    std::size_t depth = 0;
    while (!is_over()) {
        if (is_at("/*") && (depth == 0 || dialect_.nested_comments)) {
            ++depth;
            position_ += 2;
        } else if (is_at("*/")) {
            position_ += 2;
            if (--depth == 0)
                return;
        } else {
            ++position_;
        }
    }
    was_cut_ = true;
}

bool Tokens::skip_blanks()
{
    const std::size_t before = position_;
    while (!is_over()) {
        if (is_blank(at(0)))
            ++position_;
        else if (is_at("--") || (dialect_.hash_comments && at(0) == '#'))
            skip_line();
        else if (is_at("/*"))
            skip_comment();
        else
            break;
    }
    return position_ != before;
}

// Behind the quote that opens; false: the text ended before the one that closes, or nobody can tell which one
// closes: what \' means depends on a setting of the server (PostgreSQL: standard_conforming_strings, MySQL:
// NO_BACKSLASH_ESCAPES), and who guesses wrong takes literals for words from there on.
bool Tokens::skip_quoted(char quote, Backslash backslash)
{
    for (++position_; !is_over(); ++position_) {
        if (backslash == Backslash::unsure && at(0) == '\\' && at(1) == quote)
            return false;
        if (backslash == Backslash::escapes && at(0) == '\\')
            ++position_;
        else if (at(0) == quote && at(1) == quote)
            ++position_;
        else if (at(0) == quote) {
            ++position_;
            return true;
        }
    }
    return false;
}

Token Tokens::quoted_token(bool after_blank, bool escapes)
{
    if (!skip_quoted(at(0), escapes ? Backslash::escapes : Backslash::unsure))
        give_up();
    return {Kind::literal, "?", after_blank};
}

Token Tokens::name_token(char quote, bool after_blank)
{
    const std::size_t begin = position_;
    if (!skip_quoted(quote, Backslash::plain)) {
        give_up();
        return {Kind::end, "", after_blank};
    }
    return {Kind::word, std::string(text_.substr(begin, position_ - begin)), after_blank};
}

// "$$" or "$tag$" (PostgreSQL, 4.1.2.4).
std::optional<std::string_view> Tokens::dollar_tag() const
{
    std::size_t end = position_ + 1;
    while (end < text_.size() && continues_word(text_[end]) && text_[end] != '$')
        ++end;
    if (end >= text_.size() || text_[end] != '$' || is_digit(text_[position_ + 1]))
        return std::nullopt;
    return text_.substr(position_, end + 1 - position_);
}

Token Tokens::dollar_token(std::string_view tag, bool after_blank)
{
    const std::size_t close = text_.find(tag, position_ + tag.size());
    if (close == std::string_view::npos)
        give_up();
    else
        position_ = close + tag.size();
    return {Kind::literal, "?", after_blank};
}

// 12, 1.5e-3, 0x1f; and $1, :name is a sign and a word.
Token Tokens::number_token(bool after_blank)
{
    while (continues_word(at(0)) || at(0) == '.' ||
           ((at(0) == '+' || at(0) == '-') && upper(text_[position_ - 1]) == 'E'))
        ++position_;
    return {Kind::literal, "?", after_blank};
}

// A word, or what a word in front makes of a literal: E'…', N'…', X'…', U&'…', _utf8'…'.
Token Tokens::word_token(bool after_blank)
{
    const std::size_t begin = position_;
    while (continues_word(at(0)))
        ++position_;
    const std::string_view word = text_.substr(begin, position_ - begin);
    if (word.size() == 1 && upper(word[0]) == 'U' && at(0) == '&' && at(1) == '\'')
        ++position_;
    if (at(0) == '\'' && ((word.size() == 1 && is_letter(word[0])) || word[0] == '_'))
        return quoted_token(after_blank, !dialect_.double_quotes_are_literals && upper(word[0]) == 'E');
    if (is_over() && cut_) {
        was_cut_ = true;
        return {Kind::end, "", after_blank};
    }
    return {Kind::word, std::string(word), after_blank};
}

Token Tokens::next()
{
    const bool after_blank = skip_blanks();
    if (is_over())
        return {Kind::end, "", after_blank};
    const char c = at(0);
    if (c == '\0') {
        position_ = text_.size();
        return {Kind::end, "", after_blank};
    }
    if (c == '\'' || (c == '"' && dialect_.double_quotes_are_literals))
        return quoted_token(after_blank, false);
    if (c == '"' || c == '`')
        return name_token(c, after_blank);
    if (c == '$' && dialect_.dollar_quotes)
        if (const auto tag = dollar_tag())
            return dollar_token(*tag, after_blank);
    if (is_digit(c) || (c == '.' && is_digit(at(1))) || (c == '$' && is_digit(at(1)))) {
        ++position_;
        return number_token(after_blank);
    }
    if (starts_word(c))
        return word_token(after_blank);
    ++position_;
    return {Kind::sign, std::string(1, c), after_blank};
}

bool is_sign(const Token& token, char sign)
{
    return token.kind == Kind::sign && token.text[0] == sign;
}

bool is_keyword(const Token& token, std::string_view keyword)
{
    return token.kind == Kind::word && token.text.size() == keyword.size() && upper(token.text) == keyword;
}

// A sign of a number: "= -5", "(-1, +2)"; not "a - 5".
bool is_sign_of_number(const std::vector<Token>& tokens)
{
    if (tokens.empty() || !(is_sign(tokens.back(), '-') || is_sign(tokens.back(), '+')))
        return false;
    if (tokens.size() == 1)
        return true;
    const Token& before = tokens[tokens.size() - 2];
    return before.kind == Kind::sign && before.text[0] != ')' && before.text[0] != ']';
}

// "(?, ?, ?)" at the end becomes "(…)"; "(…), (…)" one of them.
void fold_list(std::vector<Token>& tokens)
{
    std::size_t begin = tokens.size() - 1; // ")"
    while (begin > 0 && (tokens[begin - 1].kind == Kind::literal || is_sign(tokens[begin - 1], ',')))
        --begin;
    if (begin == 0 || begin == tokens.size() - 1 || !is_sign(tokens[begin - 1], '('))
        return;
    if (tokens.size() - begin < 3 && !(begin >= 2 && is_sign(tokens[begin - 2], ',')))
        return; // one literal in brackets is an argument
    Token folded{Kind::sign, "(…)", tokens[begin - 1].after_blank};
    tokens.resize(begin - 1);
    if (tokens.size() >= 2 && is_sign(tokens.back(), ',') && tokens[tokens.size() - 2].text == "(…)")
        tokens.pop_back();
    else
        tokens.push_back(std::move(folded));
}

std::vector<Token> folded_tokens(Tokens& source)
{
    std::vector<Token> tokens;
    for (Token token = source.next(); token.kind != Kind::end; token = source.next()) {
        if (token.kind == Kind::literal && is_sign_of_number(tokens)) {
            token.after_blank = tokens.back().after_blank;
            tokens.pop_back();
        }
        // 'a' 'b' is one literal
        if (token.kind == Kind::literal && !tokens.empty() && tokens.back().kind == Kind::literal)
            continue;
        tokens.push_back(std::move(token));
        if (is_sign(tokens.back(), ')'))
            fold_list(tokens);
    }
    while (!tokens.empty() && is_sign(tokens.back(), ';'))
        tokens.pop_back();
    return tokens;
}

std::string written(const std::vector<Token>& tokens, std::size_t begin, std::size_t end)
{
    std::string text;
    for (std::size_t i = begin; i < end; ++i)
        text.append(i > begin && tokens[i].after_blank ? " " : "").append(tokens[i].text);
    return text;
}

// Where a SELECT's own FROM stands: not one of a subquery among its columns. The end where there is none.
std::size_t from_of(const std::vector<Token>& tokens)
{
    int depth = 0;
    for (std::size_t i = 1; i < tokens.size(); ++i) {
        depth += is_sign(tokens[i], '(') ? 1 : is_sign(tokens[i], ')') ? -1 : 0;
        if (depth == 0 && is_keyword(tokens[i], "FROM"))
            return i;
    }
    return tokens.size();
}

std::string shown(const std::vector<Token>& tokens)
{
    if (tokens.empty() || !is_keyword(tokens[0], "SELECT"))
        return written(tokens, 0, tokens.size());
    const std::size_t from = from_of(tokens);
    const std::string columns = written(tokens, 1, from);
    if (from == tokens.size() || columns.size() <= kLongestColumns)
        return written(tokens, 0, tokens.size());
    return tokens[0].text + " … " + written(tokens, from, tokens.size());
}

} // namespace

std::string sql_template(std::string_view statement, const SqlDialect& dialect, bool cut)
{
    Tokens source(statement, dialect, cut);
    const std::vector<Token> tokens = folded_tokens(source);
    std::string text = printable(shown(tokens));
    if (source.was_cut() || (cut && !text.empty()))
        text += text.ends_with("…") ? "" : " …";
    return text;
}

} // namespace slotscope::protocol
