// SPDX-License-Identifier: MIT
#include "../../bpf/logic/framing_postgresql.h"
#include "framing_conversation.h"

namespace {

using namespace conversation;
using namespace std::string_literals;

constexpr Framer kFramer = {ss_postgresql_request, ss_postgresql_response};

std::string message(char type, const std::string& payload = "")
{
    return type + be32(payload.size() + 4) + payload;
}
std::string untyped(std::uint32_t code, const std::string& payload = "")
{
    return be32(payload.size() + 8) + be32(code) + payload;
}
std::string query(const std::string& text)
{
    return message('Q', text + '\0');
}
std::string ready(char status = 'I')
{
    return message('Z', std::string(1, status));
}
std::string complete(const std::string& tag)
{
    return message('C', tag + '\0');
}
std::string error(const std::string& severity, const std::string& english)
{
    return message('E', "S" + severity + '\0' + (english.empty() ? "" : "V" + english + '\0') +
                            "C57P01\0Msome text\0\0"s);
}

const auto kStartup = untyped(196608, "user\0me\0database\0db\0\0"s);
const auto kAuthenticated = message('R', be32(0)) +
                            message('S', "server_version\0"
                                         "15.8\0"s) +
                            message('K', be32(7) + be32(9)) + ready();
const auto kRow = message('D', be16(1) + be32(1) + "1");
const auto kRows =
    message('T', be16(1) + "?column?\0"s + std::string(18, '\1')) + kRow + complete("SELECT 1");
const auto kParse = message('P', "\0select $1\0\0\0"s);
const auto kBind = message('B', std::string(12, '\0'));
const auto kDescribe = message('D', "P\0"s);
const auto kExecute = message('E', std::string(5, '\0'));
const auto kSync = message('S');
const auto kBatch = kParse + kBind + kDescribe + kExecute + kSync;
const auto kBatchAnswer = message('1') + message('2') + message('n') + complete("SELECT 0") + ready();

const Conversation kStart = {client(kStartup), server(kAuthenticated)};

Conversation after_start(Conversation turns)
{
    turns.insert(turns.begin(), kStart.begin(), kStart.end());
    return turns;
}

TEST(PostgresqlFraming, StartAndAuthenticationAreNoCall)
{
    const auto state =
        check(kFramer, {client(kStartup), server(message('R', be32(10) + "SCRAM-SHA-256\0\0"s)),
                        client(message('p', "SCRAM-SHA-256\0....n,,n=,r=abc"s)),
                        server(message('R', be32(11) + "r=abcdef,s=x,i=4096")),
                        client(message('p', "c=biws,r=abcdef,p=x")),
                        server(message('R', be32(12) + "v=x") + kAuthenticated)});
    EXPECT_EQ(state.pending, 0);
    EXPECT_EQ(state.outcome, 0);
}

TEST(PostgresqlFraming, ReadyForQueryOfTheStartAnswersNoCallThatWasSentAhead)
{
    check(kFramer, {client(kStartup), client(query("select 1"), "0:B -1:E"), server(kAuthenticated),
                    server(kRows + ready(), "0:b -1:e")});
}

TEST(PostgresqlFraming, QueryLastsUntilReadyForQuery)
{
    const auto state = check(
        kFramer, after_start({client(query("select 1"), "0:B -1:E"), server(kRows, "0:b"),
                              server(ready('T'), "-1:e"), client(query("select 2; select 3"), "0:B -1:E"),
                              server(kRows + kRows + ready('T'), "0:b -1:e"), client(query(""), "0:B -1:E"),
                              server(message('I') + ready('T'), "0:b -1:e"), client(message('X'))}));
    EXPECT_EQ(state.outcome, SS_FRAMING_IN_TRANSACTION);
}

TEST(PostgresqlFraming, TransactionIsOpenUntilReadyForQuerySaysIdle)
{
    const Conversation turns = after_start(
        {client(query("begin"), "0:B -1:E"), server(complete("BEGIN") + ready('T'), "0:b -1:e"),
         client(query("selec"), "0:B -1:E"), server(error("ERROR", "ERROR") + ready('E'), "0:b -1:f")});
    EXPECT_EQ(check(kFramer, turns).outcome, SS_FRAMING_FAILED | SS_FRAMING_IN_TRANSACTION);
    Conversation ended = turns;
    ended.push_back(client(query("rollback"), "0:B -1:E"));
    ended.push_back(server(complete("ROLLBACK") + ready(), "0:b -1:e"));
    EXPECT_EQ(check(kFramer, ended).outcome, 0);
    Conversation closed = turns;
    closed.push_back(client(query("select 1"), "0:B -1:E"));
    closed.push_back(server(error("FATAL", "FATAL"), "0:b -1:f"));
    EXPECT_EQ(check(kFramer, closed).outcome, SS_FRAMING_FAILED);
}

TEST(PostgresqlFraming, ErrorIsAnOutcomeAndReadyForQueryEndsTheCall)
{
    const auto state = check(kFramer, after_start({client(query("selec"), "0:B -1:E"),
                                                   server(error("ERROR", "ERROR") + ready('E'), "0:b -1:f"),
                                                   client(query("rollback"), "0:B -1:E"),
                                                   server(complete("ROLLBACK") + ready('E'), "0:b -1:e")}));
    EXPECT_EQ(state.outcome, SS_FRAMING_IN_TRANSACTION);
    check(kFramer, after_start({client(query("selec"), "0:B -1:E"),
                                server(error("FEL", "ERROR") + ready(), "0:b -1:f")}));
}

TEST(PostgresqlFraming, FatalErrorEndsTheCall)
{
    for (const auto& [severity, english] :
         {std::pair{"FATAL"s, "FATAL"s}, {"FATAL"s, ""s}, {"PANIK"s, "PANIC"s}, {"FATAAL"s, "FATAL"s}}) {
        check(kFramer, after_start({client(query("select pg_sleep(9)"), "0:B -1:E"),
                                    server(error(severity, english), "0:b -1:f")}));
        check(kFramer, after_start({server(error(severity, english))}));
    }
}

TEST(PostgresqlFraming, RefusedStartIsNoCall)
{
    check(kFramer, {client(kStartup), server(error("FATAL", "FATAL"))});
}

TEST(PostgresqlFraming, ExtendedBatchIsOneCall)
{
    check(kFramer, after_start({client(kBatch, "0:B -1:E"), server(kBatchAnswer, "0:b -1:e")}));
    check(kFramer, after_start({client(kParse, "0:B"), client(message('H')), server(message('1'), "0:b"),
                                client(kBind + kExecute + message('H')), server(message('2') + kRow),
                                client(message('C', "S\0"s)), client(kSync, "-1:E"),
                                server(message('3') + ready(), "-1:e")}));
    check(kFramer, after_start({client(kParse + kBind + kExecute + kSync, "0:B -1:E"),
                                server(error("ERROR", "ERROR") + ready(), "0:b -1:f")}));
}

TEST(PostgresqlFraming, SyncOrFunctionCallOrCloseIsACall)
{
    check(kFramer, after_start({client(kSync, "0:B -1:E"), server(ready(), "0:b -1:e"),
                                client(message('F', std::string(12, '\0')), "0:B -1:E"),
                                server(message('V', be32(0)) + ready(), "0:b -1:e"),
                                client(message('C', "S\0"s), "0:B"), client(kSync, "-1:E"),
                                server(message('3') + ready(), "0:b -1:e"), client(message('H'))}));
}

TEST(PostgresqlFraming, PipelinedBatchesAreCallsEach)
{
    const auto turns =
        after_start({client(kBatch, "0:B -1:E"), client(kBatch, "0:B -1:E"), server(kBatchAnswer, "0:b -1:e"),
                     client(query("commit"), "0:B -1:E"), server(kBatchAnswer, "0:b -1:e"),
                     server(complete("COMMIT") + ready(), "0:b -1:e")});
    check(kFramer, turns);
    check_run_ahead(kFramer, {client(kBatch, "0:B -1:E"), server(kBatchAnswer, "0:b -1:e"),
                              client(kSync, "0:B -1:E"), server(ready(), "0:b -1:e"),
                              client(kBatch, "0:B -1:E"), server(kBatchAnswer, "0:b -1:e")});
}

TEST(PostgresqlFraming, AsynchronousMessagesAreNoAnswers)
{
    const auto async = message('A', be32(7) + "channel\0\0"s) + message('S', "TimeZone\0UTC\0"s) +
                       message('N', "SNOTICE\0\0"s);
    check(kFramer, after_start({server(async), client(query("select 1"), "0:B -1:E"), server(async),
                                server(kRows + async + ready(), "0:b -1:e"), server(async)}));
}

TEST(PostgresqlFraming, CopyIsPartOfItsCall)
{
    const auto data = message('d', std::string(3000, 'x'));
    const auto in = message('G', "\0\0\0"s);
    check(kFramer,
          after_start(
              {client(query("copy t from stdin"), "0:B -1:E"), server(in, "0:b"), client(data + data),
               client(message('c')), server(complete("COPY 2") + ready(), "-1:e"),
               client(query("copy t to stdout"), "0:B -1:E"),
               server(message('H', "\0\0\0"s) + data + data + message('c') + complete("COPY 2") + ready(),
                      "0:b -1:e"),
               client(query("copy t from stdin"), "0:B -1:E"), server(in, "0:b"),
               client(data + message('f', "no\0"s)), server(error("ERROR", "ERROR") + ready(), "-1:f")}));
    check(kFramer,
          after_start({client(query("START_REPLICATION 0/0"), "0:B -1:E"),
                       server(message('W', "\0\0\0"s), "0:b"), server(data), client(data), server(data),
                       client(message('c')), server(message('c') + complete("COPY 0") + ready(), "-1:e")}));
}

TEST(PostgresqlFraming, SecondSyncOfAnExtendedCopyBelongsToTheSameCall)
{
    check(kFramer, after_start({client(kParse + kBind + kExecute + kSync, "0:B -1:E"),
                                server(message('1') + message('2') + message('G', "\0\0\0"s), "0:b"),
                                client(message('d', "1\n") + message('c') + kSync),
                                server(complete("COPY 1") + ready(), "-1:e"), client(kSync, "0:B -1:E"),
                                server(ready(), "0:b -1:e")}));
}

TEST(PostgresqlFraming, RefusedEncryptionGoesOnInClear)
{
    check(kFramer, {client(untyped(SS_POSTGRESQL_GSSENC)), server("N"), client(untyped(SS_POSTGRESQL_SSL)),
                    server("N"), client(kStartup), server(kAuthenticated),
                    client(query("select 1"), "0:B -1:E"), server(kRows + ready(), "0:b -1:e")});
}

TEST(PostgresqlFraming, EncryptionIsLost)
{
    check(kFramer, {client(untyped(SS_POSTGRESQL_SSL)), server("S", "0:L")});
    check(kFramer, {client(untyped(SS_POSTGRESQL_GSSENC)), server("G", "0:L")});
    check(kFramer, {client(untyped(SS_POSTGRESQL_SSL)), client("\x16\x03\x01", "0:L")});
    check(kFramer, {client("\x16\x03\x01", "0:L")});
}

TEST(PostgresqlFraming, CancelRequestIsNoCall)
{
    check(kFramer, {client(untyped(SS_POSTGRESQL_CANCEL, be32(7) + be32(9)))});
    check(kFramer, {client(untyped(SS_POSTGRESQL_SSL)), server("N"),
                    client(untyped(SS_POSTGRESQL_CANCEL, be32(7) + be32(9)))});
}

TEST(PostgresqlFraming, ConnectionWhoseStartWasNotSeenIsFollowedFromItsNextMessage)
{
    check(kFramer, {client(query("select 1"), "0:B -1:E"), server(kRows + ready(), "0:b -1:e")});
    check(kFramer,
          {server(kRow), server(ready()), client(kBatch, "0:B -1:E"), server(kBatchAnswer, "0:b -1:e")});
}

TEST(PostgresqlFraming, WhatCannotBeTheProtocolIsLost)
{
    check(kFramer, {client("GET / HTTP/1.1\r\n", "0:L")});
    check(kFramer, {client("POST / HTTP/1.1\r\n", "0:B 4:L")});
    check(kFramer, {client(be32(8) + be32(131072), "7:L")});
    check(kFramer, {client(be32(7) + be32(196608), "7:L")});
    check(kFramer, {client(be32(20000) + be32(196608), "7:L")});
    check(kFramer, {client("Q" + be32(3), "0:B 4:L")});
    check(kFramer, after_start({server("HTTP/1.1 200", "4:L")}));
    check(kFramer, after_start({server("Q", "0:L")}));
    check(kFramer, after_start({server(message('Z', "II"), "4:L")}));
    check(kFramer, after_start({server(ready('x'), "-1:L")}));
    check(kFramer, after_start({server("D" + be32(0x40000000), "4:L")}));
}

TEST(PostgresqlFraming, AsManyCallsAreOutstandingAsCanBeCounted)
{
    Driver driver(kFramer);
    driver.pass(false, kStartup);
    driver.pass(true, kAuthenticated);
    for (unsigned call = 0; call < 0xffff; ++call) {
        driver.pass(false, kSync);
    }
    EXPECT_EQ(driver.framing.pending, 0xffff);
    EXPECT_FALSE(driver.lost);
    driver.pass(false, kSync);
    EXPECT_TRUE(driver.lost);
}

TEST(PostgresqlFraming, SurvivesMutations)
{
    check_mutations(kFramer, {after_start({client(kBatch), server(kBatchAnswer), client(query("selec")),
                                           server(error("ERROR", "ERROR") + ready('E'))}),
                              {client(untyped(SS_POSTGRESQL_SSL)), server("N"), client(kStartup),
                               server(kAuthenticated), client(query("x")), server(error("FATAL", "FATAL"))}});
}

} // namespace
