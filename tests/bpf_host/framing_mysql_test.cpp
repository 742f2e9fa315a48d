// SPDX-License-Identifier: MIT
#include "../../bpf/logic/framing_mysql.h"
#include "framing_conversation.h"

namespace {

using namespace conversation;
using namespace std::string_literals;

constexpr Framer kFramer = {ss_mysql_request, ss_mysql_response};

std::string le(std::uint64_t value, int bytes)
{
    std::string all;
    for (int index = 0; index < bytes; ++index) {
        all += static_cast<char>(value >> (8 * index));
    }
    return all;
}
std::string packet(int sequence, const std::string& payload)
{
    return le(payload.size(), 3) + static_cast<char>(sequence) + payload;
}
std::string command(int code, const std::string& rest = "")
{
    return packet(0, static_cast<char>(code) + rest);
}
std::string query(const std::string& text)
{
    return command(3, text);
}

constexpr unsigned kMore = 8;
constexpr unsigned kCursor = 0x40;
constexpr std::uint32_t kUsual = SS_MYSQL_PROTOCOL_41;

std::string ok(unsigned status = 2, char first = '\0', std::uint64_t affected = 0)
{
    const auto rows = affected < 0xfb ? le(affected, 1) : "\xfc" + le(affected, 2);
    return packet(1, first + rows + '\0' + le(status, 2) + le(0, 2));
}
std::string eof(unsigned status = 2)
{
    return packet(5, "\xfe"s + le(0, 2) + le(status, 2));
}
std::string error(unsigned code = 1064)
{
    return packet(1, "\xff"s + le(code, 2) + "#42000You have an error");
}
std::string column()
{
    return packet(2, "\3def\4test\1t\1t\1a\1a\x0c\x3f\0\1\0\0\0\3\0\0\0\0\0"s);
}
std::string columns(int count)
{
    std::string all;
    for (int index = 0; index < count; ++index) {
        all += column();
    }
    return all;
}
std::string head(int count)
{
    return packet(1, le(static_cast<unsigned>(count), 1));
}
std::string row(const std::string& text = "1")
{
    return packet(4, static_cast<char>(text.size()) + text);
}
std::string rows()
{
    return row() + row("hello") + packet(5, "\xfb");
}
std::string greeting(bool deprecates_eof)
{
    return packet(0, "\n8.0.36\0"s + le(7, 4) + "saltsalt\0"s + le(0xffff, 2) + "\x21" + le(2, 2) +
                         le(deprecates_eof ? 0xdfff : 0xdeff, 2) + "\x15" + std::string(10, '\0') +
                         "salt56789012\0mysql_native_password\0"s);
}
std::string response(std::uint32_t capabilities)
{
    return packet(1, le(capabilities, 4) + le(1 << 24, 4) + '\x21' + std::string(23, '\0') + "u\0\0"s);
}

Conversation after_start(Conversation turns, bool deprecates_eof = false)
{
    const Conversation start = {server(greeting(deprecates_eof)),
                                client(response(kUsual | (deprecates_eof ? SS_MYSQL_DEPRECATE_EOF : 0))),
                                server(packet(2, ok().substr(4)))};
    turns.insert(turns.begin(), start.begin(), start.end());
    return turns;
}

void check_answer(const std::string& request, const std::string& answer, bool failed = false,
                  bool deprecates_eof = false)
{
    check(kFramer, after_start({client(request, "4:B -1:E"), server(answer, failed ? "0:b -1:f" : "0:b -1:e"),
                                client(query("do 1"), "4:B -1:E"), server(ok(), "0:b -1:e")},
                               deprecates_eof));
}

TEST(MysqlFraming, HandshakeAndAuthenticationAreNoCalls)
{
    const auto state =
        check(kFramer, {server(greeting(true)), client(response(kUsual | SS_MYSQL_DEPRECATE_EOF)),
                        server(packet(2, "\xfe"
                                         "caching_sha2_password\0salt\0"s)),
                        client(packet(3, std::string(32, 'h'))), server(packet(4, "\1\4")),
                        client(packet(5, "\2")), server(packet(6, "\1key")),
                        client(packet(7, std::string(256, 'k'))), server(packet(8, ok().substr(4)))});
    EXPECT_EQ(state.pending, 0);
    EXPECT_EQ(state.marks, SS_MYSQL_MARK_CLIENT_EOF | SS_MYSQL_MARK_SERVER_EOF);
    check(kFramer, {server(greeting(false)), client(response(kUsual)), server(error(1045))});
    check(kFramer, {server(packet(0, "\xff\x10\x04Too many connections"))});
}

// What the framer says of a transaction behind these answers, one to each query.
bool in_transaction_behind(const std::vector<std::string>& answers, bool deprecates_eof = false)
{
    Conversation turns;
    for (const std::string& answer : answers) {
        turns.push_back(client(query("do 1"), "4:B -1:E"));
        turns.push_back(server(answer, answer.at(4) == '\xff' ? "0:b -1:f" : "0:b -1:e"));
    }
    return (check(kFramer, after_start(turns, deprecates_eof)).outcome & SS_FRAMING_IN_TRANSACTION) != 0;
}

TEST(MysqlFraming, StatusOfAnAnswerTellsWhetherATransactionIsOpen)
{
    constexpr unsigned kOpen = 3; // and autocommit
    EXPECT_FALSE(in_transaction_behind({ok()}));
    EXPECT_TRUE(in_transaction_behind({ok(kOpen)}));
    EXPECT_TRUE(in_transaction_behind({ok(kOpen, '\0', 60000)}));
    EXPECT_FALSE(in_transaction_behind({ok(kOpen), ok()}));
    EXPECT_TRUE(in_transaction_behind({head(1) + column() + eof(kOpen) + row() + eof(kOpen)}));
    EXPECT_FALSE(in_transaction_behind({ok(kOpen), head(1) + column() + eof() + row() + eof()}));
    EXPECT_TRUE(in_transaction_behind({head(1) + column() + row() + ok(kOpen, '\xfe')}, true));
    EXPECT_TRUE(in_transaction_behind({ok(kMore) + ok(kOpen)}));
    EXPECT_FALSE(in_transaction_behind({ok(kMore | kOpen) + ok()}));
}

TEST(MysqlFraming, ErrorLeavesTheTransactionOpenUnlessItIsADeadlock)
{
    EXPECT_TRUE(in_transaction_behind({ok(3), error(1205)}));
    EXPECT_FALSE(in_transaction_behind({ok(3), error(1213)}));
    EXPECT_FALSE(in_transaction_behind({error(1205)}));
}

TEST(MysqlFraming, OkAndErrorAndEofAreAnswers)
{
    check_answer(query("update t set a = 1"), ok(2, '\0', 5));
    check_answer(query("update t set a = 1"), ok(2, '\0', 60000));
    check_answer(query("selec"), error(), true);
    check_answer(command(0x0e), ok());
    check_answer(command(0x1b, le(0, 2)), eof());
    check_answer(command(0x0d), eof());
    check_answer(command(0x09), packet(1, "Uptime: 94  Threads: 1"));
}

TEST(MysqlFraming, ResultsEndWithTheirLastPacket)
{
    check_answer(query("select 1"), head(1) + column() + eof() + rows() + eof());
    check_answer(query("select 1"), head(3) + columns(3) + eof() + eof());
    check_answer(query("select 1"), head(1) + column() + rows() + ok(2, '\xfe'), false, true);
    check_answer(query("select 1"), head(1) + column() + ok(2, '\xfe'), false, true);
    check_answer(query("select 1"), packet(1, "\xfc" + le(300, 2)) + columns(300) + eof() + row() + eof());
    check_answer(query("select 1"), head(1) + column() + eof() + row() + error(1317), true);
    check_answer(query("select 1"), head(1) + column() + error(1317), true, true);
}

TEST(MysqlFraming, FurtherResultsBelongToTheSameCall)
{
    check_answer(query("a; b"), head(1) + column() + eof(kMore) + row() + eof(kMore) + ok(kMore) + head(1) +
                                    column() + eof() + eof());
    check_answer(query("a; b"), head(1) + column() + row() + ok(kMore, '\xfe') + ok(), false, true);
    check_answer(query("a; b"), ok(kMore) + error(), true);
}

TEST(MysqlFraming, RowsOfAnyLengthAreSkipped)
{
    check_answer(query("select 1"), head(1) + column() + eof() +
                                        packet(4, "\xfc" + le(3000, 2) + std::string(3000, '\xfe')) + eof());
    Driver driver(kFramer);
    for (const auto& turn : after_start({client(query("select 1")), server(head(1) + column() + eof())})) {
        driver.pass(turn.answer, turn.bytes);
    }
    const std::string longest(0xffffff, '\xfe');
    driver.pass(true, packet(4, longest) + packet(5, longest) + packet(6, "") + row() + eof());
    driver.pass(false, packet(0, "\3" + longest.substr(1)) + packet(1, longest) + packet(2, "\3xyz"));
    driver.pass(true, ok());
    EXPECT_EQ(driver.framing.pending, 0);
    EXPECT_FALSE(driver.lost);
}

TEST(MysqlFraming, PreparedStatementsAnnounceTheirDefinitions)
{
    const auto prepared = [](int results, int parameters) {
        return packet(1, "\0"s + le(1, 4) + le(static_cast<unsigned>(results), 2) +
                             le(static_cast<unsigned>(parameters), 2) + '\0' + le(0, 2));
    };
    const auto prepare = command(0x16, "select ?");
    check_answer(prepare, prepared(2, 1) + column() + eof() + columns(2) + eof());
    check_answer(prepare, prepared(2, 0) + columns(2) + eof());
    check_answer(prepare, prepared(0, 1) + columns(1) + eof());
    check_answer(prepare, prepared(0, 0));
    check_answer(prepare, prepared(2, 1) + columns(3), false, true);
    check_answer(prepare, error(), true);
    check_answer(command(0x17, std::string(9, '\0')),
                 head(1) + column() + eof() + packet(4, "\0\0\1"s) + eof());
    check_answer(command(0x17, std::string(9, '\1')), head(1) + column() + eof(kCursor));
    check_answer(command(0x17, std::string(9, '\1')), head(1) + column() + ok(kCursor, '\xfe'), false, true);
    check_answer(command(0x1c, std::string(8, '\0')),
                 packet(1, "\0\0\1"s) + packet(2, "\0\0\2"s) + eof(kCursor | kMore));
    check_answer(command(0x1c, std::string(8, '\0')), packet(1, "\0\0\1"s) + ok(0x80, '\xfe'), false, true);
}

TEST(MysqlFraming, CommandsWithoutAnswerAreNoCalls)
{
    check(kFramer, after_start({client(command(0x18, le(1, 4) + le(0, 2) + std::string(200, 'x'))),
                                client(command(0x19, le(1, 4))), client(query("do 1"), "4:B -1:E"),
                                server(ok(), "0:b -1:e"), client(command(1))}));
}

TEST(MysqlFraming, FileFromTheClientIsPartOfItsCall)
{
    const auto data = packet(0, std::string(300, '\3')) + packet(1, std::string(20, '\3'));
    check(kFramer, after_start({client(query("load data local infile 'a'"), "4:B -1:E"),
                                server(packet(1, "\xfb"
                                                 "a"),
                                       "0:b"),
                                client(data), client(packet(2, "")), server(ok(2, '\0', 5), "-1:e"),
                                client(query("do 1"), "4:B -1:E"), server(ok(), "0:b -1:e")}));
}

TEST(MysqlFraming, ChangingTheUserIsACallWithItsAuthentication)
{
    check(kFramer,
          after_start({client(command(0x11, "u\0\0db\0"s), "4:B -1:E"),
                       server(packet(1, "\xfe"
                                        "mysql_native_password\0salt\0"s),
                              "0:b"),
                       client(packet(2, "hash")), server(packet(3, "\1\3")), server(ok(), "-1:e"),
                       client(command(0x11, "u\0\0db\0"s), "4:B -1:E"), server(error(1045), "0:b -1:f")}));
}

TEST(MysqlFraming, MariadbsExtensionsAreRead)
{
    const auto progress = packet(1, "\xff\xff\xff\1\1\2\0\0\0\3abc"s);
    check_answer(query("alter table t"), progress + progress + ok());
    check_answer(query("select 1"), packet(1, "\1\1") + column() + eof() + row() + eof());
    check_answer(query("select 1"), packet(1, "\2\0"s) + row() + ok(2, '\xfe'), false, true);
    check_answer(command(0xfa, std::string(12, '\0')), ok());
}

TEST(MysqlFraming, ReplicationIsACallOfPackets)
{
    check(kFramer, after_start({client(command(0x12, std::string(10, '\0')), "4:B -1:E"),
                                server(packet(1, "\0event"s) + packet(2, "\0event"s), "0:b"),
                                server(packet(3, "\0event"s)), server(eof(), "-1:e")}));
    check_answer(command(0x04, "t\0"s), columns(3) + eof());
}

TEST(MysqlFraming, PipelinedCommandsAreCallsEach)
{
    const Conversation turns = {
        client(command(0x16, "do ?"), "4:B -1:E"),
        client(command(0x17, std::string(9, '\0')), "4:B -1:E"),
        client(query("selec"), "4:B -1:E"),
        server(packet(1, "\0"s + le(1, 4) + le(0, 2) + le(1, 2) + '\0' + le(0, 2)) + column() + eof(),
               "0:b -1:e"),
        server(ok(), "0:b -1:e"),
        server(error(), "0:b -1:f")};
    check(kFramer, after_start(turns));
    check_run_ahead(kFramer, turns, after_start({}));
}

TEST(MysqlFraming, ErrorThatNobodyAskedForIsNoAnswer)
{
    check(kFramer, after_start({server(packet(0, "\xff" + le(1927, 2) + "#70100Connection was killed"))}));
}

TEST(MysqlFraming, ConnectionWhoseHandshakeWasNotSeenIsFollowedFromItsNextCommand)
{
    check(kFramer, {client(query("select 1"), "4:B -1:E"),
                    server(head(1) + column() + eof() + rows() + eof(), "0:b -1:e"),
                    client(query("select 1"), "4:B -1:E"),
                    server(head(1) + column() + rows() + ok(2, '\xfe'), "0:b -1:e")});
    check(kFramer, {client(command(0x16, "do ?"), "4:B -1:E"),
                    server(packet(1, "\0"s + le(1, 4) + le(0, 2) + le(1, 2) + '\0' + le(0, 2)), "0:b 12:L")});
}

TEST(MysqlFraming, EncryptionAndCompressionAreLost)
{
    check(kFramer, {server(greeting(false)),
                    client(packet(1, le(kUsual | SS_MYSQL_SSL, 4) + std::string(28, '\0')), "7:L")});
    check(kFramer, {server(greeting(false)), client(response(kUsual | SS_MYSQL_COMPRESS), "7:L")});
    check(kFramer, {server(greeting(false)), client(response(kUsual | SS_MYSQL_ZSTD), "7:L")});
}

TEST(MysqlFraming, WhatCannotBeTheProtocolIsLost)
{
    check(kFramer, {server("HTTP/1.1 200", "4:L")});
    check(kFramer, {server("SSH-2.0-x", "4:L")});
    check(kFramer, {client("GET / HTTP/1.1\r\n", "3:L")});
    check(kFramer, after_start({client(command(0), "4:L")}));
    check(kFramer, after_start({client(command(0x20), "4:L")}));
    check(kFramer, after_start({client(packet(0, ""), "3:L")}));
    check(kFramer, after_start({server(ok(), "4:L")}));
    check(kFramer, after_start({client(query("a"), "4:B -1:E"), server(packet(1, ""), "0:b 3:L")}));
    check(kFramer, after_start({client(query("a"), "4:B -1:E"), server(packet(1, "\2xx"), "0:b 4:L")}));
}

TEST(MysqlFraming, SurvivesMutations)
{
    check_mutations(
        kFramer, {after_start({client(query("select 1")),
                               server(head(1) + column() + eof() + rows() + eof(kMore) + ok()),
                               client(command(0x16, "do ?")),
                               server(packet(1, "\0"s + le(1, 4) + le(1, 2) + le(1, 2) + '\0' + le(0, 2)) +
                                      column() + eof() + column() + eof())}),
                  after_start({client(query("load")),
                               server(packet(1, "\xfb"
                                                "a")),
                               client(packet(2, "data")), client(packet(3, "")), server(ok(2, '\0', 60000))},
                              true)});
}

} // namespace
