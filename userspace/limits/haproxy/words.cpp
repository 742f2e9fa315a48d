// SPDX-License-Identifier: MIT
#include "limits/haproxy/words.h"

#include <charconv>
#include <optional>

namespace slotscope::limits::haproxy {
namespace {

bool is_name_character(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '_' || character == '.';
}

// The variable whose $ stands at AT; AT moves behind it.
std::string variable_at(std::string_view text, std::size_t& at, const Environment& environment)
{
    std::size_t end = ++at;
    std::string_view inside;
    if (at < text.size() && text[at] == '{') {
        end = std::min(text.find('}', at), text.size());
        inside = text.substr(at + 1, end - at - 1);
        at = std::min(end + 1, text.size());
    } else {
        while (end < text.size() && is_name_character(text[end]))
            ++end;
        inside = text.substr(at, end - at);
        at = end;
    }
    std::size_t name_end = 0;
    while (name_end < inside.size() && is_name_character(inside[name_end]))
        ++name_end;
    const auto set = environment.find(inside.substr(0, name_end));
    if (set != environment.end())
        return set->second;
    const std::string_view rest = inside.substr(name_end);
    return rest.starts_with('-') ? std::string(rest.substr(1)) : std::string();
}

// The two hexadecimal digits behind "\\x".
std::optional<char> hexadecimal(std::string_view digits)
{
    unsigned value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + digits.size())
        return std::nullopt;
    return static_cast<char>(value);
}

char unescaped(char character)
{
    switch (character) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return character;
    }
}

class Splitter {
  public:
    Splitter(std::string_view line, const Environment& environment)
        : line_(line)
        , environment_(environment)
    {
    }

    Result<std::vector<std::string>> split()
    {
        while (at_ < line_.size() && (quote_ != 0 || line_[at_] != '#'))
            step();
        end_word();
        if (quote_ != 0)
            return Error{std::string("a ") + quote_ + " is not closed"};
        return std::move(words_);
    }

  private:
    void step()
    {
        const char character = line_[at_];
        if (character == '\\' && quote_ != '\'' && at_ + 1 < line_.size()) {
            const auto byte = line_[at_ + 1] == 'x' ? hexadecimal(line_.substr(at_ + 2, 2)) : std::nullopt;
            add(byte.value_or(unescaped(line_[at_ + 1])));
            at_ += byte ? 4 : 2;
        } else if (quote_ == 0 && (character == '"' || character == '\'')) {
            quote_ = character;
            in_word_ = true;
            ++at_;
        } else if (quote_ != 0 && character == quote_) {
            quote_ = 0;
            ++at_;
        } else if (quote_ == '"' && character == '$') {
            word_ += variable_at(line_, at_, environment_);
        } else if (quote_ == 0 && (character == ' ' || character == '\t')) {
            end_word();
            ++at_;
        } else {
            add(character);
            ++at_;
        }
    }

    void add(char character)
    {
        word_ += character;
        in_word_ = true;
    }

    void end_word()
    {
        if (in_word_)
            words_.push_back(std::move(word_));
        word_.clear();
        in_word_ = false;
    }

    std::string_view line_;
    const Environment& environment_;
    std::size_t at_ = 0;
    char quote_ = 0;
    bool in_word_ = false;
    std::string word_;
    std::vector<std::string> words_;
};

} // namespace

Environment environment_from(const std::vector<std::string>& entries)
{
    Environment environment;
    for (const std::string& entry : entries)
        if (const auto equals = entry.find('='); equals != std::string::npos)
            environment[entry.substr(0, equals)] = entry.substr(equals + 1);
    return environment;
}

Result<std::vector<std::string>> words_in(std::string_view line, const Environment& environment)
{
    return Splitter(line, environment).split();
}

std::string expanded(std::string_view text, const Environment& environment)
{
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '$')
            result += variable_at(text, at, environment);
        else
            result += text[at++];
    }
    return result;
}

} // namespace slotscope::limits::haproxy
