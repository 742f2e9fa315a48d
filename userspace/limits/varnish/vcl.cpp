// SPDX-License-Identifier: MIT
#include "limits/varnish/vcl.h"

#include <cctype>
#include <optional>

namespace slotscope::limits::varnish {
namespace {

struct Token {
    enum class Kind { word, text, mark, end } kind = Kind::end;
    std::string value;
    int line = 0;

    bool is(char mark) const { return kind == Kind::mark && value[0] == mark; }
};

class Tokens {
  public:
    explicit Tokens(std::string_view text)
        : text_(text)
    {
    }

    Token next()
    {
        skip_space_and_comments();
        Token token;
        token.line = line_;
        if (at_ >= text_.size())
            return token;
        if (const auto end = end_of_string()) {
            token.kind = Token::Kind::text;
            token.value = text_.substr(at_ + end->opening, end->end - at_ - end->opening);
            advance(end->end + end->closing);
            return token;
        }
        if (!is_word(text_[at_])) {
            token.kind = Token::Kind::mark;
            token.value = text_[at_];
            advance(at_ + 1);
            return token;
        }
        token.kind = Token::Kind::word;
        while (at_ < text_.size() && is_word(text_[at_]))
            token.value += text_[at_++];
        return token;
    }

  private:
    struct String {
        std::size_t opening; // length of what begins it
        std::size_t end;     // of its content
        std::size_t closing;
    };

    static bool is_word(char character)
    {
        return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_' ||
               character == '-' || character == '.';
    }

    // "...", {"..."} and """...""". One that does not end goes to the end of the file.
    std::optional<String> end_of_string() const
    {
        const std::string_view rest = text_.substr(at_);
        const auto ended_by = [&](std::size_t opening, std::string_view closing) {
            const auto end = text_.find(closing, at_ + opening);
            return String{opening, std::min(end, text_.size()),
                          end == std::string_view::npos ? 0 : closing.size()};
        };
        if (rest.starts_with("\"\"\""))
            return ended_by(3, "\"\"\"");
        if (rest.starts_with("{\""))
            return ended_by(2, "\"}");
        if (rest.starts_with('"'))
            return ended_by(1, "\"");
        return std::nullopt;
    }

    void skip_space_and_comments()
    {
        while (at_ < text_.size()) {
            const std::string_view rest = text_.substr(at_);
            if (rest[0] == '#' || rest.starts_with("//"))
                at_ = std::min(text_.find('\n', at_), text_.size());
            else if (rest.starts_with("/*"))
                advance(std::min(text_.find("*/", at_ + 2), text_.size() - 2) + 2);
            else if (rest.starts_with("C{")) // inline C
                advance(std::min(text_.find("}C", at_ + 2), text_.size() - 2) + 2);
            else if (std::isspace(static_cast<unsigned char>(rest[0])) != 0)
                advance(at_ + 1);
            else
                return;
        }
    }

    void advance(std::size_t to)
    {
        for (; at_ < to && at_ < text_.size(); ++at_)
            line_ += text_[at_] == '\n';
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
};

class Parser {
  public:
    Parser(Reading& reading, Findings& findings, const std::vector<std::string>& search)
        : reading_(reading)
        , findings_(findings)
        , search_(search)
    {
    }

    void read_file(const std::string& path, int depth)
    {
        const auto content = limits::read_file(reading_, findings_, path);
        if (!content)
            return;
        Tokens tokens(*content);
        for (Token token = tokens.next(); token.kind != Token::Kind::end; token = tokens.next()) {
            const Place place{path, token.line};
            if (token.is('{'))
                skip_block(tokens);
            else if (token.kind == Token::Kind::word && token.value == "include")
                include(tokens, place, depth);
            else if (token.kind == Token::Kind::word && token.value == "backend")
                read_backend(tokens, place);
        }
    }

    std::vector<Backend> take() { return std::move(backends_); }

  private:
    void include(Tokens& tokens, const Place& place, int depth)
    {
        Token token = tokens.next();
        const bool glob = token.kind == Token::Kind::mark; // include +glob "x/*.vcl"
        while ((token.kind == Token::Kind::mark && !token.is(';')) || token.kind == Token::Kind::word)
            token = tokens.next();
        if (token.kind != Token::Kind::text || depth >= kDeepestInclude) {
            not_understood(findings_, place, "include " + token.value,
                           depth >= kDeepestInclude ? "files include each other too deeply"
                                                    : "it has no file's name");
            return;
        }
        const std::string path = resolved(token.value, place.file);
        if (!glob) {
            read_file(path, depth + 1);
            return;
        }
        for (const std::string& file : included_files(reading_, findings_, place, path))
            read_file(file, depth + 1);
    }

    // "./x" is beside the file that includes it, other relative names are in the VCL path.
    std::string resolved(const std::string& name, const std::string& from) const
    {
        if (name.starts_with('/'))
            return name;
        if (name.starts_with("./"))
            return from.substr(0, from.rfind('/') + 1) + name.substr(2);
        for (const std::string& directory : search_)
            if (reading_.files.is_there(directory + "/" + name))
                return directory + "/" + name;
        return (search_.empty() ? std::string() : search_.front() + "/") + name;
    }

    static void skip_block(Tokens& tokens)
    {
        int depth = 1;
        for (Token token = tokens.next(); token.kind != Token::Kind::end; token = tokens.next()) {
            depth += token.is('{') ? 1 : token.is('}') ? -1 : 0;
            if (depth == 0)
                return;
        }
    }

    // backend NAME { .ATTRIBUTE = VALUE; ... }
    void read_backend(Tokens& tokens, const Place& place)
    {
        Backend backend;
        backend.place = place;
        backend.name = tokens.next().value;
        Token token = tokens.next();
        if (!token.is('{')) // "backend default none;"
            return;
        for (token = tokens.next(); token.kind != Token::Kind::end && !token.is('}'); token = tokens.next())
            if (token.kind == Token::Kind::word && token.value.starts_with('.'))
                read_attribute(tokens, token, place.file, backend);
        if (token.kind == Token::Kind::end)
            not_understood(findings_, place, "backend " + backend.name, "it does not end");
        backends_.push_back(std::move(backend));
    }

    static void read_attribute(Tokens& tokens, const Token& name, const std::string& file, Backend& backend)
    {
        Attribute attribute{{}, {file, name.line}};
        for (Token token = tokens.next(); token.kind != Token::Kind::end && !token.is(';');
             token = tokens.next()) {
            if (token.is('{')) { // a probe in place
                skip_block(tokens);
                return;
            }
            if (!token.is('='))
                attribute.value += token.value; // strings that follow each other are one
        }
        backend.attributes[name.value.substr(1)] = std::move(attribute);
    }

    Reading& reading_;
    Findings& findings_;
    const std::vector<std::string>& search_;
    std::vector<Backend> backends_;
};

} // namespace

std::vector<Backend> read_backends(Reading& reading, Findings& findings, const std::string& path,
                                   const std::vector<std::string>& search)
{
    Parser parser(reading, findings, search);
    parser.read_file(path, 0);
    return parser.take();
}

} // namespace slotscope::limits::varnish
