// SPDX-License-Identifier: MIT
// A packet is its length (3 bytes, little-endian), a number, and then a command.
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html
#include "protocol/mysql/mysql.h"

#include "protocol/bytes.h"
#include "protocol/sql.h"

namespace slotscope::protocol::mysql {
namespace {

constexpr std::uint64_t kQuery = 0x03;
constexpr std::uint64_t kPrepare = 0x16;

struct Command {
    std::uint64_t code;
    std::string_view label;
};

constexpr Command kCommands[] = {
    {0x01, "(quit)"},
    {0x02, "USE"},
    {0x04, "SHOW FIELDS"},
    {0x09, "(statistics)"},
    {0x0e, "(ping)"},
    {0x11, "(change user)"},
    {0x12, "(binary log)"},
    {0x17, "EXECUTE"},
    {0x18, "(long data)"},
    {0x19, "(close statement)"},
    {0x1a, "(reset statement)"},
    {0x1b, "(set option)"},
    {0x1c, "FETCH"},
    {0x1e, "(binary log)"},
    {0x1f, "(reset connection)"},
};

// From 8.0.23 a client may put attributes before the text (CLIENT_QUERY_ATTRIBUTES): their number, and a 1.
// No statement begins with a byte like those.
std::string query(std::string_view text, bool cut)
{
    if (!text.empty() && static_cast<unsigned char>(text[0]) < 0x09) {
        if (text.size() < 2 || text[0] != '\0')
            return "(query with attributes)";
        text.remove_prefix(2);
    }
    return sql_template(text, kMysql, cut);
}

} // namespace

std::string label(std::string_view head)
{
    Bytes bytes(head);
    const auto size = bytes.little_endian(3);
    const auto number = bytes.big_endian(1);
    if (!size || !number)
        return {};
    if (*number != 0)
        return "(login)";
    const auto code = bytes.big_endian(1);
    if (!code || *size == 0)
        return {};
    const std::string_view text = bytes.take_some(*size - 1);
    const bool cut = text.size() < *size - 1;
    if (*code == kQuery)
        return query(text, cut);
    if (*code == kPrepare)
        return "PREPARE " + sql_template(text, kMysql, cut);
    for (const Command& command : kCommands)
        if (command.code == *code)
            return std::string(command.label);
    return {};
}

} // namespace slotscope::protocol::mysql
