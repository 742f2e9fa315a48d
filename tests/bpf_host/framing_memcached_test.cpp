// SPDX-License-Identifier: MIT
#include "../../bpf/logic/framing_memcached.h"
#include "framing_conversation.h"

namespace {

using namespace conversation;
using namespace std::string_literals;

constexpr Framer kFramer = {ss_memcached_request, ss_memcached_response};

// A data block of so many equal bytes. (By a stream: GCC 12 warns of overreads in sums of such strings.)
std::string block(std::size_t size, char byte)
{
    std::ostringstream all;
    all << std::string(size, byte) << "\r\n";
    return all.str();
}

// A command line without data, and the whole of its answer.
void check_answer(const std::string& line, const std::string& answer, bool error = false)
{
    SCOPED_TRACE(line);
    check(kFramer, {client(line, "-1:B -1:E"), server(answer, error ? "0:b -1:f" : "0:b -1:e"),
                    client("version\r\n", "-1:B -1:E"), server("VERSION 1.6.18\r\n", "0:b -1:e")});
}

TEST(MemcachedFraming, RetrievalIsAnsweredUpToEnd)
{
    check_answer("get a\r\n", "END\r\n");
    check_answer("get a b c d e f g h i j\r\n", "VALUE a 0 5\r\nhello\r\nVALUE j 32 5\r\nEND\r\n\r\nEND\r\n");
    check_answer("gets a\r\n", "VALUE a 0 3 12345\r\nabc\r\nEND\r\n");
    check_answer("gat 10 a\r\n", "VALUE a 0 0\r\n\r\nEND\r\n");
    check_answer("gats 10 a\n", "END\r\n");
    check_answer("get noreply foreply\r\n", "END\r\n");
    std::ostringstream line;
    std::ostringstream answer;
    line << "get " << std::string(200, 'k') << "\r\n";
    answer << "VALUE " << std::string(200, 'k') << " 0 300\r\n" << std::string(300, 'E') << "\r\nEND\r\n";
    check_answer(line.str(), answer.str());
}

TEST(MemcachedFraming, StoredDataIsSkipped)
{
    for (const auto* name : {"set", "add", "replace", "append", "prepend"}) {
        check(kFramer, {client(name + " key 0 0 200\r\n"s, "-1:B"), client(block(200, '\n'), "-1:E"),
                        server("STORED\r\n", "0:b -1:e"), client(name + " key 0 0 0\r\n\r\n"s, "-3:B -1:E"),
                        server("NOT_STORED\r\n", "0:b -1:e")});
    }
    check(kFramer, {client("cas key 0 0 3 77\r\nabc\r\n", "17:B -1:E"), server("EXISTS\r\n", "0:b -1:e")});
    check(kFramer, {client("set key 0 0 3\r\nabc\r\n", "14:B -1:E"),
                    server("SERVER_ERROR out of memory storing object\r\n", "0:b -1:f")});
}

TEST(MemcachedFraming, OneLineAnswers)
{
    check_answer("delete a\r\n", "DELETED\r\n");
    check_answer("delete noreply\r\n", "NOT_FOUND\r\n");
    check_answer("incr a 5\r\n", "10\r\n");
    check_answer("decr a 5\r\n", "5 \r\n");
    check_answer("touch a 5\r\n", "TOUCHED\r\n");
    check_answer("flush_all\r\n", "OK\r\n");
    check_answer("verbosity 1\r\n", "OK\r\n");
    check_answer("stats reset\r\n", "RESET\r\n");
    check_answer("nonsense\r\n", "ERROR\r\n", true);
    check_answer("incr a x\r\n", "CLIENT_ERROR invalid numeric delta argument\r\n", true);
}

TEST(MemcachedFraming, StatisticsAreAnsweredUpToEnd)
{
    check_answer("stats\r\n", "STAT pid 1\r\nSTAT version 1.6\r\nEND\r\n");
    check_answer("stats cachedump 1 1\r\n", "ITEM a [1 b; 0 s]\r\nEND\r\n");
    check_answer("stats detail dump\r\n", "PREFIX a get 1\r\nEND\r\n");
    check_answer("lru_crawler metadump all\r\n", "key=a exp=-1\r\nkey=END exp=-1\r\nEND\r\n");
}

TEST(MemcachedFraming, CommandsWithoutAnswerAreNoCalls)
{
    check(kFramer,
          {client("set key 0 0 3 noreply\r\nabc\r\n"), client("cas key 0 0 3 7 noreply\r\nabc\r\n"),
           client("delete a noreply\r\n"), client("incr a 1 noreply\r\n"), client("touch a 1 noreply\r\n"),
           client("flush_all noreply\r\n"), client("flush_all 0 noreply\r\n"),
           client("get a\r\n", "-1:B -1:E"), server("END\r\n", "0:b -1:e"), client("quit\r\n")});
}

TEST(MemcachedFraming, MetaCommandsAreAnsweredByTheirLine)
{
    check_answer("mg a v\r\n", "VA 5 f0\r\nhello\r\n");
    check_answer("mg a s v\r\n", "EN\r\n");
    check_answer("mg a\r\n", "HD\r\n");
    check_answer("md a\r\n", "NF\r\n");
    check_answer("ma a N0\r\n", "HD\r\n");
    check_answer("me a\r\n", "ME a exp=-1 la=1\r\n");
    check_answer("mn\r\n", "MN\r\n");
    check_answer("mg q v\r\n", "VA 0\r\n\r\n");
    check(kFramer, {client("ms a 3 T0\r\nabc\r\n", "10:B -1:E"), server("HD\r\n", "0:b -1:e")});
}

TEST(MemcachedFraming, QuietCommandsAreOneCallUpToTheirNoOperation)
{
    check(kFramer,
          {client("mg a v q\r\n", "-1:B"), client("ms b 2 q\r\nxx\r\n"), client("mg c v q k\r\n"),
           client("mn\r\n", "-1:E"), server("VA 2 kc\r\nMN\r\n", "0:b"), server("NS\r\n"),
           server("MN\r\n", "-1:e"), client("mg a v\r\n", "-1:B -1:E"), server("EN\r\n", "0:b -1:e")});
    check(kFramer, {client("mg a v q\r\n", "-1:B"), client("mn\r\n", "-1:E"), server("MN\r\n", "0:b -1:e")});
    check(kFramer, {client("mg a v q\r\n", "-1:B"), client("mg b v\r\n", "-1:L")});
}

TEST(MemcachedFraming, PipelinedCommandsAreCallsEach)
{
    const Conversation turns = {client("get a\r\n", "-1:B -1:E"),
                                client("set a 0 0 70\r\n" + block(70, 'x'), "13:B -1:E"),
                                server("VALUE a 0 3\r\nabc\r\nEND\r\n", "0:b -1:e"),
                                client("nonsense\r\n", "-1:B -1:E"),
                                server("STORED\r\n", "0:b -1:e"),
                                server("ERROR\r\n", "0:b -1:f"),
                                client("mn\r\n", "-1:B -1:E"),
                                server("MN\r\n", "0:b -1:e")};
    check(kFramer, turns);
    check_run_ahead(kFramer, turns);
}

TEST(MemcachedFraming, RefusedConnectionIsNoCall)
{
    check(kFramer, {server("ERROR Too many open connections\r\n")});
}

TEST(MemcachedFraming, WhatCannotBeTheProtocolIsLost)
{
    check(kFramer, {client("\x80\x0a", "0:L")});
    check(kFramer, {client("GET / HTTP/1.1\r\n", "0:L")});
    check(kFramer, {client("get \x01", "-1:L")});
    check(kFramer, {client("set a 0 0 3\r\nabcd", "12:B -1:L")});
    check(kFramer, {client("set a 0 0 -1\r\n", "-1:L")});
    check(kFramer, {client("set a 0\r\n", "-1:L")});
    check(kFramer, {client("set a 0 0 99999999999999999999\r\n", "-1:L")});
    check(kFramer, {client("watch fetchers\r\n", "-1:L")});
    check(kFramer, {server("STORED\r\n", "0:L")});
    const auto get = client("get a\r\n", "-1:B -1:E");
    check(kFramer, {get, server("http", "0:L")});
    check(kFramer, {get, server("VALUE a 0\r\n", "0:b -1:L")});
    check(kFramer, {get, server("VALUE a 0 x\r\n", "0:b -1:L")});
    check(kFramer, {get, server("VALUE a 0 1\r\nab\r\n", "0:b 14:L")});
}

TEST(MemcachedFraming, SurvivesMutations)
{
    check_mutations(
        kFramer,
        {{client("get a\r\nset a 0 0 5\r\nhello\r\n"), server("VALUE a 0 3\r\nabc\r\nEND\r\nSTORED\r\n"),
          client("mg a v q\r\nmn\r\nstats\r\n"), server("VA 2 kc\r\nMN\r\nMN\r\nSTAT a b\r\nEND\r\n")}});
}

} // namespace
