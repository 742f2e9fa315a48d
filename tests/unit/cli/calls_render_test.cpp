// SPDX-License-Identifier: MIT
#include "cli/render/render.h"
#include "render_checks.h"
#include "samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::cli::test {

using testing::HasSubstr;
using testing::Not;

namespace {

std::string render(const Json& answer, const std::string& asked = "app1", std::size_t width = 100,
                   std::size_t count = 20)
{
    const Result<std::string> text = render_calls(answer, {asked, count}, {width, false, false});
    return text ? *text : "ERROR " + text.error().message;
}

Json several()
{
    return calls({with_counts(
        calls_of("app1", {share(61, "GET /report/{id}", "waiting", waits_for("127.0.0.1:5432", "SELECT")),
                          share(20, "GET /report/{id}", "response"), share(14, nullptr, "idle"),
                          share(5, "GET /b", "waiting", waits_for("127.0.0.1:6379", nullptr, false))}),
        {named("GET /b", 12), named("GET /report/{id}", 160), named("GET /quick", 4000)})});
}

} // namespace

TEST(RenderCalls, RankSlotSecondsByCall)
{
    EXPECT_EQ(
        render(several(), "app1", 130),
        "app1 outbound, last 5m00s: 216 slot-seconds, 0.7 of 8 slots in use on average; calls: 900 started, "
        "897 finished (mean 240ms, p99\n"
        "  1.9s), 3 in flight\n"
        "SHARE  SLOT-S  COUNT   MEAN   P99  IN-USE  OLDEST  PROCESS  STATE        CALL              WAITS "
        "FOR\n"
        "  81%      81    160  500ms  1.9s     1.6    3.2s  haproxy  waiting 75%  GET /report/{id}  "
        "127.0.0.1:5432 SELECT 75%\n"
        "  14%      14      -      -     -     0.3    3.2s  haproxy  idle         -                 -\n"
        "   5%     5.0     12  500ms  1.9s     0.1    3.2s  haproxy  waiting      GET /b            "
        "~127.0.0.1:6379\n"
        "   0%     0.0   4000  500ms  1.9s     0.0       -  haproxy  -            GET /quick        -\n");
}

TEST(RenderCalls, LeaveOutWhatAnOrdinaryTerminalHasNoRoomFor)
{
    EXPECT_EQ(render(several(), "app1", 80),
              "app1 outbound, last 5m00s: 216 slot-seconds, 0.7 of 8 slots in use on average;\n"
              "  calls: 900 started, 897 finished (mean 240ms, p99 1.9s), 3 in flight\n"
              "SHARE SLOT-S COUNT  MEAN  P99 PROCESS CALL             WAITS FOR\n"
              "  81%     81   160 500ms 1.9s haproxy GET /report/{id} 127.0.0.1:5432 SELECT 75%\n"
              "  14%     14     -     -    - haproxy (idle)           -\n"
              "   5%    5.0    12 500ms 1.9s haproxy GET /b           ~127.0.0.1:6379\n"
              "   0%    0.0  4000 500ms 1.9s haproxy GET /quick       -\n");
}

TEST(RenderCalls, SayWhereCountsAreEstimates)
{
    const std::string text = render(
        calls({with_counts(calls_of("app1", {share(10, "GET /a")}), {named("GET /a", 123'456)}, false)}));
    EXPECT_THAT(text, HasSubstr(" ~123k "));
    EXPECT_THAT(text, HasSubstr("~ estimated: 500 calls were looked at, 7 more found no room to be"));
    EXPECT_THAT(render(several()), Not(HasSubstr("estimated")));
}

TEST(RenderCalls, SayHowManyCallsHaveNoRow)
{
    Json backend = with_counts(calls_of("app1", {}), {named("GET /a", 5)});
    backend["counted"]["nameless"] = 17;
    EXPECT_THAT(render(calls({backend})), HasSubstr("17 more calls ended that are in no row\n"));
}

TEST(RenderCalls, NameTheBackendsWhereAllAreAskedFor)
{
    const std::string text =
        render(calls({calls_of("app1", {share(10, "GET /a")}), calls_of("app2", {share(30, "GET /b")})}), "");
    EXPECT_THAT(text, HasSubstr("BACKEND  DIR  PROCESS  CALL"));
    EXPECT_LT(text.find("app2"), text.find("app1"));
}

TEST(RenderCalls, SayTheProtocolWhereACallHasNoName)
{
    EXPECT_THAT(render(calls({calls_of("app1", {share(10, nullptr)})})), HasSubstr("haproxy  (http)"));
}

TEST(RenderCalls, SayWhatIsNotListed)
{
    Json backend = calls_of("app1", {share(10, "GET /a"), share(5, "GET /b")}, nullptr);
    backend["other_slot_seconds"] = 2.5;
    const std::string text = render(calls({backend}), "app1", 100, 1);
    EXPECT_THAT(text, HasSubstr("the first 1 of 2; --count N or --all shows more\n"));
    EXPECT_THAT(text, HasSubstr("2.5 more slot-seconds"));
    EXPECT_THAT(text, HasSubstr("0.7 slots in use on average"));
}

TEST(RenderCalls, SayThatThereIsNothing)
{
    EXPECT_THAT(render(calls({}), ""), HasSubstr("no slot of any backend was seen held in this time\n"));
    EXPECT_THAT(render(calls({calls_of("app1", {})})), HasSubstr("897 finished"));
}

TEST(RenderCalls, StayWithinTheScreenWhateverTheNames)
{
    Json nasty = share(1e300, std::string(200, 'c') + "\n\x1b[2J", std::string(90, 's'),
                       waits_for(std::string(100, 'a'), std::string(300, 'q')));
    nasty["process"] = std::string(200, 'p');
    for (std::size_t width = 40; width < 160; width += 3) {
        expect_well_formed(
            render(lossy(calls({calls_of(std::string(200, 'b'), {nasty, share(1, "データ")})})), "", width),
            width);
        expect_well_formed(render(calls({calls_of("x", {nasty})}), "\x1b[31mred", width), width);
        expect_well_formed(render(calls({}), "\x1b[31mred", width), width);
    }
}

TEST(RenderCalls, NeverCrashOnAWrongAnswer)
{
    expect_no_crash(several(), [](const Json& document) {
        const Result<std::string> text = render_calls(document, {"app1", 20}, {});
        return text ? "" : text.error().message;
    });
}

} // namespace slotscope::cli::test
