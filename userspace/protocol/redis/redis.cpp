// SPDX-License-Identifier: MIT
// RESP: a command is an array of bulk strings, "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n", or a line of words
// ("inline"). https://redis.io/docs/latest/develop/reference/protocol-spec/
#include "protocol/redis/redis.h"

#include "protocol/text.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace slotscope::protocol::redis {
namespace {

constexpr std::size_t kLongestCommand = 32;

// Their first argument is a part of the command and not a key (COMMAND DOCS has them as containers).
constexpr std::string_view kContainers[] = {
    "ACL",    "CLIENT", "CLUSTER", "COMMAND", "CONFIG", "DEBUG",   "FUNCTION", "LATENCY",
    "MEMORY", "MODULE", "OBJECT",  "PUBSUB",  "SCRIPT", "SLOWLOG", "XGROUP",   "XINFO",
};

// A line, without its end, taken from the front; nothing where there is none.
std::optional<std::string_view> take_line(std::string_view& text)
{
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos)
        return std::nullopt;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    return line;
}

std::optional<std::string_view> take_bulk(std::string_view& text)
{
    const auto line = take_line(text);
    if (!line || line->size() < 2 || (*line)[0] != '$')
        return std::nullopt;
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(line->data() + 1, line->data() + line->size(), size);
    if (error != std::errc() || end != line->data() + line->size() || size > text.size())
        return std::nullopt;
    const std::string_view word = text.substr(0, size);
    text.remove_prefix(std::min(size + 2, text.size()));
    return word;
}

std::optional<std::string_view> take_word(std::string_view& text)
{
    const std::size_t end = text.find_first_of(" \r\n");
    if (end == std::string_view::npos || end == 0)
        return std::nullopt;
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(text[end] == ' ' ? end + 1 : end);
    return word;
}

} // namespace

std::string label(std::string_view head)
{
    const bool is_array = !head.empty() && head[0] == '*';
    if (is_array && !take_line(head))
        return {};
    const auto take = is_array ? take_bulk : take_word;
    const auto command = take(head);
    if (!command || !is_word(*command, "._-", kLongestCommand))
        return {};
    std::string text = upper(*command);
    if (std::find(std::begin(kContainers), std::end(kContainers), text) == std::end(kContainers))
        return text;
    const auto subcommand = take(head);
    if (subcommand && is_word(*subcommand, "-", kLongestCommand))
        text.append(" ").append(upper(*subcommand));
    return text;
}

} // namespace slotscope::protocol::redis
