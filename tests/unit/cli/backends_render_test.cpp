// SPDX-License-Identifier: MIT
#include "cli/render/render.h"
#include "cli/render/rows.h"
#include "cli/text/text.h"
#include "render_checks.h"
#include "samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::cli::test {

using testing::HasSubstr;
using testing::Not;

namespace {

std::string backends_text(const Json& answer, const BackendsView& view = {}, const Screen& screen = {})
{
    const Result<std::string> text = render_backends(answer, view, screen);
    return text ? *text : "ERROR " + text.error().message;
}

} // namespace

TEST(RenderBackends, ShowsWhatAnOperatorAsksFirst)
{
    const Json answer =
        backends({backend("10.0.0.12:3306", "10.0.0.12:3306", 41, nullptr),
                  backend("app1", "127.0.0.1:8081", 8, 8), backend("app2", "127.0.0.1:8082", 5, 8)});
    EXPECT_EQ(
        backends_text(answer),
        "BACKEND             DIR IN-USE LIMIT FULL            PEAK HITS AT-LIMIT   RATE   p50  p99 FAILED\n"
        "app1 127.0.0.1:8081 out      8     8 ██████████ 100%    8    2    410ms 12.5/s 200ms 1.9s      3\n"
        "app2 127.0.0.1:8082 out      5     8 ██████░░░░  62%    5    0       0s 12.5/s 200ms 1.9s      3\n"
        "10.0.0.12:3306      out     41     - -                 41    -        - 12.5/s 200ms 1.9s      3\n");
}

TEST(RenderBackends, PutsTheFullestFirstAndThoseWithoutALimitLast)
{
    const Json answer =
        backends({backend("none-few", "10.0.0.1:1", 1, nullptr), backend("half", "10.0.0.2:1", 50, 100),
                  backend("none-many", "10.0.0.3:1", 500, nullptr), backend("full", "10.0.0.4:1", 2, 2),
                  backend("over", "10.0.0.5:1", 48, 12)});
    std::vector<std::string> names;
    for (const BackendRow& row : backend_rows(answer))
        names.push_back(row.name);
    EXPECT_THAT(names, testing::ElementsAre("over", "full", "half", "none-many", "none-few"));
}

TEST(RenderBackends, ShowsBothDirectionsOfOneAddressAsRows)
{
    const std::string text = backends_text(backends(
        {backend("app1", "127.0.0.1:8081", 8, 8, "inbound"), backend("app1", "127.0.0.1:8081", 8, 8)}));
    EXPECT_THAT(text, HasSubstr("app1 127.0.0.1:8081 out"));
    EXPECT_THAT(text, HasSubstr("app1 127.0.0.1:8081 in "));
}

TEST(RenderBackends, ShowsTheHoldsOfTheLastMinutes)
{
    Json one = backend("app1", "127.0.0.1:8081", 3, 8);
    one["recent_hold_seconds"] = {{"seconds", 90}, {"count", 4}, {"mean", 5},
                                  {"p50", 5},      {"p90", 6},   {"p99", 7}};
    EXPECT_THAT(unfolded(backends_text(backends({one}))), HasSubstr(" 5s 7s 3"));
    one["recent_hold_seconds"] = {{"seconds", 90}, {"count", 0}, {"p50", nullptr}, {"p99", nullptr}};
    EXPECT_THAT(unfolded(backends_text(backends({one}))), HasSubstr(" - - 3")) << "none was given back";
    one["recent_hold_seconds"] = nullptr;
    EXPECT_THAT(unfolded(backends_text(backends({one}))), HasSubstr(" - - 3")) << "nobody looked";
}

TEST(RenderBackends, HidesIdleOnesAndSaysSo)
{
    const Json answer = backends({backend("app1", "127.0.0.1:8081", 1, 8), idle_backend("127.0.0.1:6379"),
                                  idle_backend("127.0.0.1:6380")});
    EXPECT_THAT(backends_text(answer), HasSubstr("2 idle backends are not shown; --all shows them\n"));
    EXPECT_THAT(backends_text(answer), Not(HasSubstr("6379")));
    EXPECT_THAT(backends_text(answer, {"", true}), HasSubstr("6379"));
    EXPECT_THAT(backends_text(backends({idle_backend("127.0.0.1:6379")})),
                HasSubstr("no backend is in use now"));
}

TEST(RenderBackends, ShowsThoseWithALimitAndOfManyOthersTheFirst)
{
    JsonList many;
    for (int i = 0; i < 30; ++i)
        many.push_back(backend("limited" + std::to_string(i), "10.0.0.1:1", 1, 8));
    for (int i = 0; i < 100; ++i)
        many.push_back(backend("other" + std::to_string(i), "10.0.0.2:1", 1, nullptr));
    const std::string text = backends_text(backends(many));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 50 + 1);
    EXPECT_THAT(text, HasSubstr("limited29"));
    EXPECT_THAT(text, HasSubstr("80 more backends without a limit are not shown; --all shows them\n"));
    many.push_back(idle_backend("127.0.0.1:6379"));
    EXPECT_THAT(
        backends_text(backends(many)),
        HasSubstr("80 more backends without a limit and 1 idle backend are not shown; --all shows them\n"));
    const std::string all = backends_text(backends(many), {"", true});
    EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 1 + 131);
}

TEST(RenderBackends, SaysThatCountsAreIncomplete)
{
    EXPECT_THAT(
        backends_text(lossy(backends({backend("app1", "127.0.0.1:8081", 1, 8)}))),
        HasSubstr(
            "! incomplete: connections_full 12 – these counts are too low; `slotscope status` says why"));
    EXPECT_THAT(backends_text(lossy(backends(Json::array()))), HasSubstr("! incomplete"));
}

TEST(RenderBackends, SaysWhatToDoWhereThereIsNothing)
{
    EXPECT_THAT(backends_text(backends(Json::array())), HasSubstr("no connection has been seen yet"));
    EXPECT_THAT(backends_text(backends(Json::array()), {"app1", true}),
                HasSubstr("no connection of app1 has been seen yet"));
    EXPECT_THAT(
        unfolded(backends_text(backends({backend("app1", "127.0.0.1:8081", 3, nullptr)}))),
        HasSubstr("no limit is known for app1: give one with `slotscoped --limit app1=127.0.0.1:8081:MAX` or "
                  "in /etc/slotscope/slotscope.toml"));
}

TEST(RenderBackends, ColoursByFullness)
{
    Screen screen;
    screen.colour = true;
    const std::string text =
        backends_text(backends({backend("full", "10.0.0.1:1", 8, 8), backend("nearly", "10.0.0.2:1", 80, 100),
                                backend("half", "10.0.0.3:1", 4, 8)}),
                      {}, screen);
    EXPECT_THAT(text, HasSubstr("\x1b[31mfull\x1b[0m"));
    EXPECT_THAT(text, HasSubstr("\x1b[33mnearly\x1b[0m"));
    EXPECT_THAT(text, HasSubstr("\nhalf "));
    EXPECT_THAT(backends_text(backends({backend("full", "10.0.0.1:1", 8, 8)})), Not(HasSubstr("\x1b")));
}

TEST(RenderBackends, StaysWithinTheScreenWhateverTheNames)
{
    Json nasty = backend(std::string(300, 'n'), "\x1b[2J\n" + std::string(300, 'a'), UINT64_MAX, UINT64_MAX);
    nasty["slots"]["time_at_limit_seconds"] = 1e300;
    nasty["slots"]["limit_hits"] = UINT64_MAX;
    nasty["arrivals_per_second"] = 1e300;
    nasty["hold_seconds"]["p50"] = 1e300;
    nasty["connections"]["failed"]["refused"] = UINT64_MAX / 2;
    const Json answer = lossy(backends({nasty, backend("データベースデータベースデータベース",
                                                       "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:1]:8443", 3, 8)}));
    for (std::size_t width = 40; width < 200; ++width)
        expect_well_formed(backends_text(answer, {}, {width, false, false}), width);
}

TEST(RenderBackends, NeverCrashesOnAWrongAnswer)
{
    expect_no_crash(backends({backend("app1", "127.0.0.1:8081", 8, 8)}), [](const Json& answer) {
        const Result<std::string> text = render_backends(answer, {}, {});
        return text ? "" : text.error().message;
    });
}

} // namespace slotscope::cli::test
