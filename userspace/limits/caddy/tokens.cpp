// SPDX-License-Identifier: MIT
#include "limits/caddy/tokens.h"

#include "limits/text.h"

#include <algorithm>

namespace slotscope::limits::caddy {
namespace {

class Lexer {
  public:
    explicit Lexer(std::string_view text)
        : text_(text)
    {
        if (text_.starts_with("\xef\xbb\xbf"))
            text_.remove_prefix(3);
    }

    Tokens tokens()
    {
        for (skip_space(); at_ < text_.size() && !tokens_.wrong; skip_space()) {
            token_ = {{}, false, line_, row_, row_};
            const char first = text_[at_];
            if (first == '"' || first == '`')
                quoted(first);
            else if (text_.substr(at_, 2) == "<<")
                heredoc_or_plain();
            else
                plain();
        }
        return std::move(tokens_);
    }

  private:
    // How long the end of a line at AT is; 0: it does not end there.
    std::size_t line_end(std::size_t at) const
    {
        return text_.substr(at, 1) == "\n" ? 1 : text_.substr(at, 2) == "\r\n" ? 2 : 0;
    }

    void skip_space()
    {
        while (at_ < text_.size()) {
            const char character = text_[at_];
            if (character == '\n') {
                ++line_;
                ++row_;
                ++at_;
            } else if (character == '\\' && line_end(at_ + 1) > 0) { // the line goes on
                ++line_;
                at_ += 1 + line_end(at_ + 1);
            } else if (character == '#') {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (character == ' ' || character == '\t' || character == '\r') {
                ++at_;
            } else {
                return;
            }
        }
    }

    void add(char character)
    {
        line_ += character == '\n';
        row_ += character == '\n';
        token_.text += character;
    }

    void finish()
    {
        token_.last_row = row_;
        tokens_.list.push_back(std::move(token_));
    }

    void quoted(char quote)
    {
        token_.quoted = true;
        for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
            if (quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size()) {
                if (text_[++at_] != '"') // nothing else can be escaped
                    add('\\');
            }
            add(text_[at_]);
        }
        ++at_;
        finish();
    }

    void plain()
    {
        for (; at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) == std::string_view::npos;
             ++at_) {
            if (text_[at_] == '\\' && line_end(at_ + 1) > 0)
                break;
            if (text_[at_] == '\\' && text_.substr(at_ + 1, 1) == "<")
                continue;
            add(text_[at_]);
        }
        finish();
    }

    static bool is_marker(std::string_view text)
    {
        return !text.empty() && std::all_of(text.begin(), text.end(), [](char each) {
            return is_letter_or_digit(each) || each == '-' || each == '_';
        });
    }

    // "<<MARK", lines, and MARK: what stands before it is taken away from each line.
    void heredoc_or_plain()
    {
        const std::size_t end = std::min(text_.find_first_of(" \n", at_), text_.size());
        if (end == text_.size() || text_[end] == ' ')
            return plain();
        std::string marker(text_.substr(at_ + 2, end - at_ - 2));
        std::erase(marker, '\r');
        if (!is_marker(marker))
            return fail("<<" + marker + " is no mark of a text over several lines");
        const std::size_t found = text_.find(marker, end + 1);
        if (found == std::string_view::npos)
            return fail("the text that begins with <<" + marker + " does not end");
        token_.quoted = true;
        const std::size_t last = text_.rfind('\n', found); // the one behind <<MARK at the least
        const std::string_view padding = text_.substr(last + 1, found - last - 1);
        for (const TextLine& each : lines_of(text_.substr(end + 1, std::max(last, end + 1) - end - 1)))
            token_.text.append(token_.text.empty() ? "" : "\n")
                .append(each.text.substr(each.text.starts_with(padding) ? padding.size() : 0));
        const auto breaks = std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                       text_.begin() + static_cast<std::ptrdiff_t>(found), '\n');
        line_ += static_cast<int>(breaks);
        row_ += static_cast<int>(breaks);
        at_ = found + marker.size();
        finish();
    }

    void fail(std::string why) { tokens_.wrong = {line_, std::move(why)}; }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
    int row_ = 1;
    Token token_;
    Tokens tokens_;
};

} // namespace

Tokens tokens_of(std::string_view text)
{
    return Lexer(text).tokens();
}

} // namespace slotscope::limits::caddy
