// SPDX-License-Identifier: MIT
#include "../../bpf/logic/framing_redis.h"
#include "framing_conversation.h"

namespace {

using namespace conversation;
using namespace std::string_literals;

constexpr Framer kFramer = {ss_redis_request, ss_redis_response};

std::string bulk(const std::string& text, char type = '$')
{
    return type + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}
std::string command(const std::vector<std::string>& words)
{
    std::string all = "*" + std::to_string(words.size()) + "\r\n";
    for (const auto& word : words) {
        all += bulk(word);
    }
    return all;
}

// A command and the whole of its reply.
void check_reply(const std::string& reply, bool error = false)
{
    SCOPED_TRACE(reply);
    check(kFramer, {client(command({"GET", "a"}), "0:B -1:E"), server(reply, error ? "0:b -1:f" : "0:b -1:e"),
                    client(command({"PING"}), "0:B -1:E"), server("+PONG\r\n", "0:b -1:e")});
}

TEST(RedisFraming, EveryTypeIsAReply)
{
    for (const auto* reply : {"+OK\r\n", "+\r\n", ":1000\r\n", ":-1\r\n", "$5\r\nhello\r\n", "$0\r\n\r\n",
                              "$-1\r\n", "*0\r\n", "*-1\r\n", "_\r\n", "#t\r\n", ",3.14\r\n", ",inf\r\n",
                              "(3492890328409238509324850943850943825024385\r\n",
                              "=15\r\ntxt:Some string\r\n", "$7\r\na\r\n*9\r\n\r\n"}) {
        check_reply(reply);
    }
}

TEST(RedisFraming, ErrorsAreOutcomes)
{
    check_reply("-ERR unknown command 'x'\r\n", true);
    check_reply("!21\r\nSYNTAX invalid syntax\r\n", true);
    check_reply("*2\r\n-ERR one of a transaction\r\n+OK\r\n");
}

TEST(RedisFraming, AggregatesAreCompleteWithTheirLastElement)
{
    for (const auto* reply :
         {"*2\r\n$1\r\na\r\n$-1\r\n", "*3\r\n*0\r\n*2\r\n:1\r\n*1\r\n+x\r\n_\r\n",
          "%2\r\n+a\r\n:1\r\n+b\r\n*2\r\n:2\r\n:3\r\n", "~3\r\n+a\r\n#f\r\n,1.5\r\n",
          "|1\r\n+ttl\r\n:3600\r\n*2\r\n:1\r\n:2\r\n", "*2\r\n:1\r\n|1\r\n+ttl\r\n%1\r\n:1\r\n:2\r\n:2\r\n",
          "%0\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n$1\r\nx\r\n"}) {
        check_reply(reply);
    }
}

TEST(RedisFraming, NestingHasNoLimit)
{
    std::string reply;
    for (int depth = 0; depth < 1000; ++depth) {
        reply += "*2\r\n:1\r\n";
    }
    check_reply(reply + ":2\r\n");
}

// As Redis 7.0 answers HELLO 3, DEBUG PROTOCOL with each of its types, and PING.
TEST(RedisFraming, TypesThatTheServerDemonstratesAreRead)
{
    Conversation turns;
    for (int call = 0; call < 15; ++call) {
        turns.push_back(client("DEBUG PROTOCOL x\r\n", "0:B -1:E"));
    }
    for (const auto* reply :
         {"%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:3\r\n$"
          "2\r\nid\r\n:15\r\n$4\r\n"
          "mode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n",
          "$11\r\nHello World\r\n", ":12345\r\n", ",3.141\r\n", "_\r\n", "*3\r\n:0\r\n:1\r\n:2\r\n",
          "~3\r\n:0\r\n:1\r\n:2\r\n", "%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n",
          "|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n$39\r\nSome real reply following the "
          "attribute\r\n"}) {
        turns.push_back(server(reply, "0:b -1:e"));
    }
    turns.push_back(server(">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n"));
    for (const auto* reply :
         {"$40\r\nSome real reply following the push reply\r\n", "=29\r\ntxt:This is a verbatim\nstring\r\n",
          "(1234567999999999999999999999999999999\r\n", "#t\r\n", "#f\r\n", "+PONG\r\n"}) {
        turns.push_back(server(reply, "0:b -1:e"));
    }
    check(kFramer, turns);
}

TEST(RedisFraming, StreamedStringsAndAggregatesAreRead)
{
    check_reply("$?\r\n;4\r\nHell\r\n;6\r\no worl\r\n;1\r\nd\r\n;0\r\n");
    check_reply("*?\r\n:1\r\n*2\r\n:2\r\n:3\r\n$1\r\nx\r\n.\r\n");
    check_reply("*2\r\n$?\r\n;1\r\na\r\n;0\r\n:1\r\n");
    check_reply("%?\r\n+a\r\n:1\r\n.\r\n");
}

TEST(RedisFraming, PayloadsAreSkipped)
{
    const std::string data(3000, '*');
    check(kFramer, {client(command({"SET", "key", data}), "0:B -1:E"), server("+OK\r\n", "0:b -1:e"),
                    client(command({"GET", "key"}), "0:B -1:E"), server(bulk(data), "0:b -1:e")});
    Driver driver(kFramer);
    driver.pass(false, "*2\r\n$3\r\nGET\r\n$4294967295\r\n");
    EXPECT_EQ(driver.framing.request.skip, 4294967295U);
}

TEST(RedisFraming, LinesAreCommands)
{
    check(kFramer, {client("PING\r\n", "0:B -1:E"), server("+PONG\r\n", "0:b -1:e"),
                    client("get  a\n", "0:B -1:E"), server("$-1\r\n", "0:b -1:e"), client("\r\n"),
                    client("x\r\n", "0:B -1:E"), server("-ERR\r\n", "0:b -1:f")});
}

TEST(RedisFraming, PipelinedCommandsAreCallsEach)
{
    Conversation turns;
    for (int call = 0; call < 100; ++call) {
        turns.push_back(client(command({"INCR", "n"}), "0:B -1:E"));
    }
    for (int call = 0; call < 100; ++call) {
        turns.push_back(server(":" + std::to_string(call) + "\r\n", "0:b -1:e"));
    }
    check(kFramer, turns);
    Driver driver(kFramer);
    for (unsigned call = 0; call < 0xffff; ++call) {
        driver.pass(false, command({"PING"}));
    }
    EXPECT_EQ(driver.framing.pending, 0xffff);
    for (unsigned call = 0; call < 0xffff; ++call) {
        driver.pass(true, "+PONG\r\n");
    }
    EXPECT_EQ(driver.framing.pending, 0);
    EXPECT_FALSE(driver.lost);
}

TEST(RedisFraming, RequestsRunAhead)
{
    check_run_ahead(kFramer, {client(command({"SET", "a", std::string(200, 'x')}), "0:B -1:E"),
                              server("+OK\r\n", "0:b -1:e"), client(command({"BLPOP", "l", "0"}), "0:B -1:E"),
                              server("*2\r\n$1\r\nl\r\n$1\r\nx\r\n", "0:b -1:e"),
                              client(command({"nonsense"}), "0:B -1:E"), server("-ERR\r\n", "0:b -1:f"),
                              client("PING\r\n", "0:B -1:E"), server("+PONG\r\n", "0:b -1:e")});
}

TEST(RedisFraming, QueuedIsAnAnswer)
{
    check(kFramer, {client(command({"MULTI"}), "0:B -1:E"), server("+OK\r\n", "0:b -1:e"),
                    client(command({"INCR", "a"}), "0:B -1:E"), server("+QUEUED\r\n", "0:b -1:e"),
                    client(command({"SUBSCRIBE", "a"}), "0:B -1:E"), server("+QUEUED\r\n", "0:b -1:e"),
                    client(command({"EXEC"}), "0:B -1:E"), server("*1\r\n:1\r\n", "0:b -1:e")});
}

TEST(RedisFraming, PushesAreNoAnswers)
{
    const auto push = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n"s;
    check(kFramer, {server(push), client(command({"GET", "a"}), "0:B -1:E"), server(push + push),
                    server(":1\r\n", "0:b -1:e"), server(push)});
}

// What a server of RESP2 says of a subscription: how many are left of them all.
std::string subscription(const std::string& name, const std::string& channel, int left)
{
    return "*3\r\n" + bulk(name) + bulk(channel) + ":" + std::to_string(left) + "\r\n";
}

TEST(RedisFraming, SubscribingMakesTheConnectionAFeed)
{
    const auto message = "*3\r\n" + bulk("message") + bulk("news") + bulk("0");
    for (const auto* name : {"SUBSCRIBE", "psubscribe", "SSubscribe"}) {
        check(kFramer,
              {client(command({name, "news"}), "0:B -1:E"),
               server(subscription("subscribe", "news", 1), "0:b 0:u"), server(message),
               server("*4\r\n" + bulk("pmessage") + bulk("n*") + bulk("news") + bulk("+x")),
               client(command({"PING"})), server("*2\r\n" + bulk("pong") + bulk("")),
               client(command({"GET", "a"})), server("-ERR Can't execute 'get'\r\n"), server(message)});
    }
    check(kFramer,
          {client(command({"PING"}), "0:B -1:E"), client(command({"SUBSCRIBE", "a", "b"}), "0:B -1:E"),
           server("+PONG\r\n", "0:b -1:e"), server(subscription("subscribe", "a", 1), "0:b 0:u"),
           server(subscription("subscribe", "b", 2)), server(message)});
    check(kFramer, {client("subscribe a\r\n", "0:B -1:E"),
                    server(subscription("subscribe", "a", 1), "0:b 0:u"), server(message)});
    check(kFramer, {client(command({"SUBSCRIBE"}), "0:B -1:E"),
                    server("-ERR wrong number of arguments\r\n", "0:b -1:f")});
}

TEST(RedisFraming, FeedIsOverWhenNoSubscriptionIsLeft)
{
    const auto get = client(command({"GET", "a"}), "0:B -1:E");
    const auto value = server("$1\r\nx\r\n", "0:b -1:e");
    check(kFramer,
          {client(command({"SUBSCRIBE", "a", "b"}), "0:B -1:E"),
           server(subscription("subscribe", "a", 1), "0:b 0:u"), server(subscription("subscribe", "b", 2)),
           client(command({"SUBSCRIBE", "c"})), server(subscription("subscribe", "c", 10)),
           client(command({"UNSUBSCRIBE"})), server(subscription("unsubscribe", "a", 2)),
           server(subscription("unsubscribe", "b", 1)), server(subscription("unsubscribe", "c", 0), "-1:e"),
           get, value, client(command({"BLPOP", "a", "0"}), "0:B -1:E"), server("*-1\r\n", "0:b -1:e")});
    for (const auto* farewell : {"RESET", "QUIT"}) {
        check(kFramer, {client(command({"SUBSCRIBE", "a"}), "0:B -1:E"),
                        server(subscription("subscribe", "a", 1), "0:b 0:u"), client(command({farewell})),
                        server("+OK\r\n", "-1:e"), get, value});
    }
}

TEST(RedisFraming, UnsubscribingWithoutASubscriptionIsACall)
{
    const auto get = client(command({"GET", "a"}), "0:B -1:E");
    const auto value = server("$1\r\nx\r\n", "0:b -1:e");
    check(kFramer, {client(command({"UNSUBSCRIBE"}), "0:B -1:E"),
                    server("*3\r\n" + bulk("unsubscribe") + "$-1\r\n:0\r\n", "0:b 0:u -1:e"), get, value});
    check(kFramer, {client(command({"UNSUBSCRIBE", "a", "b"}), "0:B -1:E"),
                    server(subscription("unsubscribe", "a", 0), "0:b 0:u -1:e"),
                    server(subscription("unsubscribe", "b", 0)), get, value});
}

TEST(RedisFraming, SubscribingByPushesIsACall)
{
    const auto confirmed = ">3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n"s;
    check(kFramer,
          {client(command({"HELLO", "3"}), "0:B -1:E"), server("%1\r\n$5\r\nproto\r\n:3\r\n", "0:b -1:e"),
           client(command({"SUBSCRIBE", "news", "more"}), "0:B -1:E"), server(confirmed, "0:b -1:e"),
           server(confirmed), server(">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nx\r\n"),
           client(command({"PING"}), "0:B -1:E"), server("+PONG\r\n", "0:b -1:e")});
}

TEST(RedisFraming, MonitorAndReplicationAreFeeds)
{
    check(kFramer, {client(command({"MONITOR"}), "0:B -1:E"), server("+OK\r\n", "0:b 1:u"),
                    server("+1339518083.107412 [0 127.0.0.1:60866] \"keys\" \"*\"\r\n"),
                    client(command({"PING"})), server("+PONG\r\n")});
    check(kFramer, {client(command({"PSYNC", "?", "-1"}), "0:B -1:E"),
                    server("+FULLRESYNC abc 0\r\n$10\r\n0123456789", "0:b 1:u"),
                    client(command({"REPLCONF", "ACK", "0"})), server(command({"SET", "a", "1"}))});
    check(kFramer, {client("SYNC\r\n", "0:B -1:E"), server("$10\r\n0123456789", "0:b 0:u"),
                    server(command({"SET", "a", "1"}))});
    check(kFramer, {client("SYNC\r\n", "0:B -1:E"), server("\n\n$10\r\n", "0:b 0:u")});
    check(kFramer, {client(command({"ASYNC"}), "0:B -1:E"), server("+OK\r\n", "0:b -1:e")});
}

TEST(RedisFraming, LeavingAnswersOutIsLost)
{
    check(kFramer, {client(command({"CLIENT", "SETNAME", "x"}), "0:B -1:E"), server("+OK\r\n", "0:b -1:e"),
                    client(command({"client", "reply"}), "0:B 24:L")});
    check(kFramer, {client("CLIENT REPLY OFF\r\n", "0:B 12:L")});
}

TEST(RedisFraming, RefusedConnectionIsNoCall)
{
    check(kFramer, {server("-ERR max number of clients reached\r\n")});
}

TEST(RedisFraming, WhatCannotBeTheProtocolIsLost)
{
    check(kFramer, {client("\x16\x03\x01", "0:L")});
    check(kFramer, {client("*x", "0:B 1:L")});
    check(kFramer, {client("*0\r\n", "0:B 3:L")});
    check(kFramer, {client("*99999999\r\n", "0:B 10:L")});
    check(kFramer, {client("*1\r\n+PING\r\n", "0:B 4:L")});
    check(kFramer, {client("*1\r\n$4\r\nPINGxx", "0:B 12:L")});
    check(kFramer, {client("*1\r\n$99999999999\r\n", "0:B 14:L")});
    check(kFramer, {server("+OK\r\n", "0:L")});
    const auto get = client(command({"GET", "a"}), "0:B -1:E");
    check(kFramer, {get, server("HTTP/1.1", "0:L")});
    check(kFramer, {get, server("*2\r\n>1\r\n:1\r\n", "0:b 4:L")});
    check(kFramer, {get, server("$5\r\nhelloxx", "0:b 9:L")});
    check(kFramer, {get, server("$-2\r\n", "0:b 4:L")});
    check(kFramer, {get, server("%2147483647\r\n", "0:b -1:L")});
    check(kFramer, {get, server("*4294967290\r\n*100\r\n", "0:b -1:L")});
    check(kFramer, {get, server("*?\r\n*?\r\n", "0:b -1:L")});
}

TEST(RedisFraming, SurvivesMutations)
{
    check_mutations(kFramer,
                    {{client(command({"SET", "a", "1"}) + command({"CLIENT", "LIST"}) + "PING\r\n"),
                      server("+OK\r\n" + bulk("x") + "+PONG\r\n"), client(command({"SUBSCRIBE", "a"})),
                      server(">3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n")},
                     {client(command({"HGETALL", "a"}) + command({"EXEC"}) + command({"X"})),
                      server("%2\r\n+a\r\n:1\r\n+b\r\n*2\r\n:2\r\n:3\r\n|1\r\n+ttl\r\n:3600\r\n*2\r\n:1\r\n:"
                             "2\r\n$?\r\n;4\r\nHell\r\n;0\r\n")}});
}

} // namespace
