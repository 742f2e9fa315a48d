// SPDX-License-Identifier: MIT
// The whole program against an agent that is a fake.
#include "fake_agent.h"
#include "report_sample.h"
#include "samples.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/types.h>
#include <unistd.h>

namespace slotscope::cli::test {

using testing::HasSubstr;

namespace {

std::string event_line(const std::string& kind)
{
    return R"({"schema":"slotscope.event/1","at":"2026-01-31T08:15:30.250Z","event":")" + kind +
           R"(","backend":"app1","direction":"outbound","text":"what happened"})" + "\n";
}

std::string stream_of(const std::string& lines)
{
    std::ostringstream head;
    head << "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" << std::hex << lines.size() << "\r\n";
    return head.str() + lines + "\r\n";
}

// Pages as the agent does: `total` holders, `count` of them from `offset` on.
std::string holder_page(const std::string& target, std::size_t total)
{
    const auto number = [&](const std::string& name) {
        return std::stoull(target.substr(target.find(name + "=") + name.size() + 1));
    };
    const std::size_t offset = number("offset");
    Json list = Json::array();
    for (std::size_t i = offset; i < std::min<std::size_t>(total, offset + number("count")); ++i)
        list.push_back(Json{{"n", i}});
    Json answer = holders(std::move(list));
    answer["total"] = total;
    answer["offset"] = offset;
    return http_answer(answer.dump());
}

// Answers every path with a small right answer.
std::string any_answer(const std::string& target)
{
    if (target.starts_with("/v1/backends"))
        return http_answer(backends({backend("app1", "127.0.0.1:8081", 8, 8)}).dump());
    if (target.starts_with("/v1/holders"))
        return http_answer(holders({holder(3.2, "curl")}).dump());
    return http_answer(limits({limit("app1")}).dump());
}

} // namespace

TEST(Commands, PrintTheAnswerAsItIsForPrograms)
{
    const std::string body = "{\"schema\": \"slotscope.backends/1\",\n \"n\": 1.50, \"later\": [1]}\n";
    const FakeAgent agent([&](const std::string&) { return http_answer(body); });
    const Ran ran = run_slotscope({"backends", "--output", "json", "--socket", agent.socket()});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_EQ(ran.out, "{\"schema\": \"slotscope.backends/1\",  \"n\": 1.50, \"later\": [1]}\n");
    EXPECT_EQ(ran.err, "");
}

TEST(Commands, KeepDataAndDiagnosticsApart)
{
    const FakeAgent agent([](const std::string&) {
        return http_answer(R"({"error":"no backend 'x': known are app1"})", "404 Not Found");
    });
    const Ran ran = run_slotscope({"--socket", agent.socket(), "backends", "x"});
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(ran.err, "slotscope: no backend 'x': known are app1\n");
    EXPECT_THAT(agent.targets(), testing::ElementsAre("/v1/backends?backend=x"));
}

TEST(Commands, ExitWithThreeWithoutAnAgent)
{
    const TemporaryDirectory directory;
    for (const char* command : {"status", "backends", "holders", "calls", "limits", "events"}) {
        const Ran ran = run_slotscope({"--socket", directory.path("none"), command});
        EXPECT_EQ(ran.exit_code, 3) << command;
        EXPECT_EQ(ran.out, "") << command;
        EXPECT_THAT(ran.err, HasSubstr("no slotscoped answers on")) << command;
    }
}

TEST(Commands, ExitWithTwoOnWrongUsage)
{
    const Ran ran = run_slotscope({"backend"});
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_EQ(ran.out, "");
}

TEST(Commands, SayThatAnAnswerIsGarbage)
{
    const FakeAgent agent([](const std::string&) { return http_answer("<html>"); });
    for (const char* format : {"table", "json"}) {
        const Ran ran = run_slotscope({"--socket", agent.socket(), "--output", format, "status"});
        EXPECT_EQ(ran.exit_code, 3);
        EXPECT_THAT(ran.err, HasSubstr("not a JSON object"));
    }
}

TEST(Commands, SayThatAnAnswerIsOfAnotherVersion)
{
    const FakeAgent agent(
        [](const std::string&) { return http_answer(R"({"schema":"slotscope.status/9"})"); });
    const Ran ran = run_slotscope({"--socket", agent.socket(), "status"});
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_THAT(ran.err, HasSubstr("unexpected answer: its schema is 'slotscope.status/9'"));
}

TEST(Holders, AreFetchedPageByPageForPrograms)
{
    const FakeAgent agent([](const std::string& target) { return holder_page(target, 25'000); });
    const Ran ran = run_slotscope({"--socket", agent.socket(), "holders", "--output", "json"});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    const Json document = Json::parse(ran.out);
    EXPECT_EQ(document["holders"].size(), 25'000U);
    EXPECT_EQ(document["returned"], 25'000);
    EXPECT_EQ(document["total"], 25'000);
    EXPECT_EQ(document["holders"][24'999]["n"], 24'999);
    EXPECT_THAT(agent.targets(), testing::ElementsAre("/v1/holders?offset=0&count=10000",
                                                      "/v1/holders?offset=10000&count=10000",
                                                      "/v1/holders?offset=20000&count=10000"));
}

TEST(Holders, AreNoMoreThanAskedFor)
{
    const FakeAgent agent([](const std::string& target) { return holder_page(target, 25'000); });
    const Ran ran =
        run_slotscope({"--socket", agent.socket(), "holders", "--output", "json", "--count", "10005"});
    EXPECT_EQ(Json::parse(ran.out)["holders"].size(), 10'005U);
    EXPECT_THAT(agent.targets().back(), HasSubstr("offset=10000&count=5"));
}

TEST(Holders, EndWhereTheAgentHasNoMoreEvenIfItSaysSo)
{
    const FakeAgent agent([](const std::string&) {
        Json answer = holders(Json::array());
        answer["total"] = 5;
        return http_answer(answer.dump());
    });
    EXPECT_EQ(run_slotscope({"--socket", agent.socket(), "holders", "--output", "json"}).exit_code, 0);
}

TEST(Holders, AreShownWithTheLimitOfTheirBackend)
{
    const FakeAgent agent(any_answer);
    const Ran ran = run_slotscope({"--socket", agent.socket(), "holders", "app1", "--direction", "outbound"});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_THAT(ran.out, testing::StartsWith("app1: 8 of 8 slots held; oldest 3.2s; by process: curl 1\n"));
    EXPECT_THAT(agent.targets(),
                testing::ElementsAre("/v1/holders?backend=app1&direction=outbound&offset=0&count=10000",
                                     "/v1/backends?backend=app1"));
}

TEST(Calls, AskForTheWindowThatIsWanted)
{
    const FakeAgent agent([](const std::string&) {
        return http_answer(calls({calls_of("app1", {share(81, "GET /a"), share(19, "GET /b")})}).dump());
    });
    const Ran ran = run_slotscope({"--socket", agent.socket(), "calls", "app1", "--direction", "outbound",
                                   "--seconds", "60", "--count", "1"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("GET /a"));
    EXPECT_THAT(ran.out, HasSubstr("the first 1 of 2; --count N or --all shows more\n"));
    EXPECT_THAT(agent.targets(),
                testing::ElementsAre("/v1/calls?backend=app1&direction=outbound&seconds=60"));
    const Ran json = run_slotscope({"--socket", agent.socket(), "calls", "--output", "json"});
    EXPECT_EQ(Json::parse(json.out)["schema"], "slotscope.calls/1");
    EXPECT_EQ(agent.targets().back(), "/v1/calls");
}

TEST(Calls, TellTheAgentsOwnWordsWhereItRefuses)
{
    const FakeAgent agent([](const std::string&) {
        return http_answer(R"({"error":"seconds is \"60\": give a number from 1 to 30"})", "400 Bad Request");
    });
    const Ran ran = run_slotscope({"--socket", agent.socket(), "calls", "--seconds", "60"});
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_THAT(ran.err, HasSubstr("1 to 30"));
    for (const char* wrong : {"0", "301", "1.5", "x"}) {
        const Ran refused = run_slotscope({"calls", "--seconds", wrong});
        EXPECT_EQ(refused.exit_code, 2) << wrong;
        EXPECT_THAT(refused.err, HasSubstr("is not a number from 1 to 300"));
    }
}

TEST(Events, StopAfterTheirCountWithoutCountingTheGreeting)
{
    const std::string lines = event_line("subscribed") + event_line("limit_reached") +
                              event_line("limit_left") + event_line("losses");
    const FakeAgent agent([&](const std::string&) { return stream_of(lines) + FakeAgent::kHang; });
    const Ran json =
        run_slotscope({"--socket", agent.socket(), "events", "--count", "2", "--output", "json"});
    EXPECT_EQ(json.exit_code, 0);
    EXPECT_EQ(json.out, event_line("subscribed") + event_line("limit_reached") + event_line("limit_left"));
    const Ran table = run_slotscope({"--socket", agent.socket(), "events", "--count", "1"});
    EXPECT_THAT(table.out, HasSubstr("08:15:30.250  app1              outbound  what happened\n"));
}

TEST(Events, EndWithZeroWhenTheUserInterrupts)
{
    EXPECT_EXIT(
        {
            FakeAgent own([](const std::string&) {
                ::kill(::getpid(), SIGINT); // the client asks only once it listens for signals
                return stream_of(event_line("subscribed")) + FakeAgent::kHang;
            });
            ::_exit(run_slotscope({"--socket", own.socket(), "events"}).exit_code);
        },
        testing::ExitedWithCode(0), "");
}

TEST(Events, EndWithThreeWhenTheAgentGoes)
{
    const FakeAgent agent([](const std::string&) { return stream_of(event_line("subscribed")); });
    const Ran ran = run_slotscope({"--socket", agent.socket(), "events"});
    EXPECT_EQ(ran.exit_code, 3);
    EXPECT_THAT(ran.err, HasSubstr("slotscoped"));
}

TEST(CheckCommand, ExitsWithItsVerdict)
{
    const FakeAgent agent(any_answer);
    const Ran full = run_slotscope({"--socket", agent.socket(), "check", "app1"});
    EXPECT_EQ(full.exit_code, 2);
    EXPECT_EQ(full.out, "SLOTSCOPE CRITICAL - app1 8/8 (100 %) | 'app1'=8;6.4;8;0;8\n");
    EXPECT_EQ(run_slotscope({"--socket", agent.socket(), "check", "--critical", "120"}).exit_code, 1);
    EXPECT_EQ(
        run_slotscope({"--socket", agent.socket(), "check", "--warn", "110", "--critical", "120"}).exit_code,
        0);
    const Ran other = run_slotscope({"--socket", agent.socket(), "check", "app9"});
    EXPECT_EQ(other.exit_code, 3);
}

TEST(CheckCommand, IsUnknownOnStandardOutputWithoutAnAgent)
{
    const TemporaryDirectory directory;
    const Ran table = run_slotscope({"--socket", directory.path("none"), "check"});
    EXPECT_EQ(table.exit_code, 3);
    EXPECT_THAT(table.out, testing::StartsWith("SLOTSCOPE UNKNOWN - no slotscoped answers on"));
    const Ran json = run_slotscope({"--socket", directory.path("none"), "check", "--output", "json"});
    EXPECT_EQ(json.exit_code, 3);
    EXPECT_EQ(Json::parse(json.out)["state"], "unknown");
    EXPECT_EQ(Json::parse(json.out)["complete"], false);
}

TEST(Tables, AreEmptyOnlyWithASentenceThatSaysWhatToDo)
{
    const FakeAgent agent([](const std::string&) { return http_answer(backends(Json::array()).dump()); });
    EXPECT_THAT(run_slotscope({"--socket", agent.socket(), "backends"}).out,
                HasSubstr("no connection has been seen yet"));
}

TEST(Commands, ReportIsAPageOnStandardOutput)
{
    const FakeAgent agent([](const std::string&) { return http_answer(episode_answer().dump()); });
    const Ran ran = run_slotscope({"--socket", agent.socket(), "report", "7"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_TRUE(ran.out.starts_with("<!doctype html>"));
    EXPECT_EQ(agent.targets(), std::vector<std::string>{"/v1/episode?id=7"});
    EXPECT_THAT(run_slotscope({"--socket", agent.socket(), "--output", "json", "report", "7"}).out,
                HasSubstr("\"slotscope.episode/1\""));
}

TEST(Commands, ReportIsAFileThatIsReplacedAsAWhole)
{
    const FakeAgent agent([](const std::string&) { return http_answer(episode_answer().dump()); });
    const TemporaryDirectory directory;
    const std::string file = directory.path("a.html");
    std::ofstream(file) << std::string(1'000'000, 'x');
    const Ran ran = run_slotscope({"--socket", agent.socket(), "report", "7", "--file", file});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(ran.out, "the report of episode 7 is in " + file + "\n");
    std::ifstream written(file);
    const std::string page((std::istreambuf_iterator<char>(written)), {});
    EXPECT_TRUE(page.starts_with("<!doctype html>"));
    EXPECT_TRUE(page.ends_with("</html>\n"));
    const auto entries = std::filesystem::directory_iterator(directory.path(""));
    EXPECT_EQ(std::distance(begin(entries), end(entries)), 1); // nothing unfinished is left
    EXPECT_EQ(run_slotscope({"--socket", agent.socket(), "report", "7", "--file", "/dev/null"}).exit_code, 0);
    EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
    EXPECT_TRUE(
        run_slotscope({"--socket", agent.socket(), "report", "7", "--file", "-"}).out.starts_with("<!doc"));
}

TEST(Commands, ReportThatCannotBeMadeSaysWhy)
{
    const FakeAgent agent([](const std::string& target) {
        return target.ends_with("id=7")
                   ? http_answer(episode_answer().dump())
                   : http_answer(R"({"schema":"slotscope.error/1","error":"there is no episode 8"})",
                                 "404 Not Found");
    });
    Ran ran = run_slotscope({"--socket", agent.socket(), "report", "8"});
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_THAT(ran.err, HasSubstr("there is no episode 8"));
    for (const char* id : {"x", "-1", "7x", "99999999999999999999"}) {
        ran = run_slotscope({"--socket", agent.socket(), "report", "--", id});
        EXPECT_EQ(ran.exit_code, 2) << id;
        EXPECT_THAT(ran.err, HasSubstr("not the number of an episode")) << id;
    }
    EXPECT_EQ(run_slotscope({"--socket", agent.socket(), "report"}).exit_code, 2);
    ran = run_slotscope({"--socket", agent.socket(), "report", "7", "--file", "/proc/none/a.html"});
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_THAT(ran.err, HasSubstr("cannot be written"));
}

} // namespace slotscope::cli::test
