// SPDX-License-Identifier: MIT
#include "limits/text.h"

#include <algorithm>
#include <charconv>

namespace slotscope::limits {
namespace {

char lower(char character)
{
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

} // namespace

std::vector<TextLine> lines_of(std::string_view content)
{
    std::vector<TextLine> lines;
    int number = 0;
    for (std::size_t start = 0; start < content.size();) {
        const std::size_t end = std::min(content.find('\n', start), content.size());
        std::string_view text = content.substr(start, end - start);
        if (text.ends_with('\r'))
            text.remove_suffix(1);
        lines.push_back({text, ++number});
        start = end + 1;
    }
    return lines;
}

bool is_letter_or_digit(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9');
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kSpace = " \t\r\n\v\f";
    const auto begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::string lowered(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

bool equal_words(std::string_view left, std::string_view right)
{
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

std::vector<std::string_view> words_of(std::string_view text)
{
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = text.find_first_not_of(" \t", at);
        if (begin == std::string_view::npos)
            break;
        const std::size_t end = std::min(text.find_first_of(" \t", begin), text.size());
        words.push_back(text.substr(begin, end - begin));
        at = end;
    }
    return words;
}

std::optional<std::uint32_t> count_in(std::string_view text)
{
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::optional<std::uint16_t> port_in(std::string_view text)
{
    const auto number = count_in(text);
    if (!number || *number == 0 || *number > 65535)
        return std::nullopt;
    return static_cast<std::uint16_t>(*number);
}

HostPort split_host_port(std::string_view text)
{
    if (text.starts_with('[')) {
        const auto bracket = text.find(']');
        if (bracket == std::string_view::npos)
            return {text, {}};
        const std::string_view rest = text.substr(bracket + 1);
        return {text.substr(0, bracket + 1), rest.starts_with(':') ? rest.substr(1) : std::string_view()};
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return {text, {}};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

std::string_view base_name(std::string_view path)
{
    return path.substr(path.rfind('/') + 1);
}

std::string directory_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string::npos)
        return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::size_t bracket_after(std::string_view text, std::size_t at, char bracket)
{
    constexpr std::size_t kLongestName = 256;
    const auto found = text.substr(at, kLongestName).find(bracket);
    return found == std::string_view::npos ? found : at + found;
}

std::string with_variables(std::string_view text, std::string_view open, char close,
                           const std::function<std::optional<std::string>(std::string_view)>& value_of)
{
    constexpr std::size_t kMostGrowth = 64 << 10;
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::size_t end =
            text.substr(at, open.size()) == open ? bracket_after(text, at, close) : std::string_view::npos;
        if (end == std::string_view::npos) {
            result += text[at];
            continue;
        }
        const std::size_t name = at + open.size();
        const auto value = value_of(text.substr(name, end - name));
        if (value && result.size() + value->size() <= text.size() + kMostGrowth)
            result += *value;
        else
            result += text.substr(at, end - at + 1);
        at = end;
    }
    return result;
}

std::string counted(std::uint64_t count, std::string_view singular)
{
    return std::to_string(count) + " " + std::string(singular) + (count == 1 ? "" : "s");
}

} // namespace slotscope::limits
