// SPDX-License-Identifier: MIT
// Frontend messages: https://www.postgresql.org/docs/15/protocol-message-formats.html. All numbers
// big-endian.
#include "protocol/postgresql/postgresql.h"

#include "protocol/bytes.h"
#include "protocol/path.h"
#include "protocol/sql.h"
#include "protocol/text.h"

namespace slotscope::protocol::postgresql {
namespace {

constexpr std::uint64_t kCancelRequest = 80877102;
constexpr std::uint64_t kSslRequest = 80877103;
constexpr std::uint64_t kGssRequest = 80877104;

// A message without a type: the first of a connection.
std::string first_message(std::string_view head)
{
    Bytes bytes(head);
    bytes.skip(4);
    const auto code = bytes.big_endian(4);
    if (!code)
        return {};
    if (*code == kCancelRequest)
        return "(cancel)";
    return *code == kSslRequest || *code == kGssRequest ? "(encryption asked for)" : "(login)";
}

std::string_view take_string(std::string_view& body)
{
    const std::size_t end = std::min(body.find('\0'), body.size());
    const std::string_view text = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    return text;
}

std::string statement(std::string_view body, bool cut)
{
    const bool ends_here = body.find('\0') != std::string_view::npos;
    return sql_template(take_string(body), kPostgresql, cut && !ends_here);
}

// Drivers number their statements: "S_17" and "S_18" say the same.
std::string execute(std::string_view name)
{
    std::string folded;
    for (const char c : printable(name)) {
        if (!is_digit(c))
            folded += c;
        else if (!folded.ends_with("{n}"))
            folded += "{n}";
    }
    return folded.empty() ? "EXECUTE" : "EXECUTE " + folded;
}

// Empty: the message after it may say more.
std::string label_of_message(char type, std::string_view body, bool cut)
{
    switch (type) {
    case 'Q':
        return statement(body, cut);
    case 'P':
        take_string(body); // the statement's name
        return statement(body, cut);
    case 'B':
        take_string(body); // the portal's
        return execute(take_string(body));
    case 'F':
        return "(function call)";
    case 'p':
        return "(login)";
    case 'd':
    case 'c':
    case 'f':
        return "COPY";
    default:
        return {};
    }
}

} // namespace

std::string label(std::string_view head)
{
    if (!head.empty() && head[0] == '\0')
        return first_message(head);
    Bytes bytes(head);
    while (!bytes.empty()) {
        const auto type = bytes.big_endian(1);
        const auto size = bytes.big_endian(4); // counts itself
        if (!size || *size < 4)
            return {};
        const std::string_view body = bytes.take_some(*size - 4);
        std::string text = label_of_message(static_cast<char>(*type), body, body.size() < *size - 4);
        if (!text.empty())
            return text;
    }
    return {};
}

} // namespace slotscope::protocol::postgresql
