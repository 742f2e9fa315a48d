// SPDX-License-Identifier: MIT
#include "cli/render/episodes.h"
#include "cli/times.h"
#include "render_checks.h"
#include "samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::cli::test {

using testing::HasSubstr;
using testing::Not;

namespace {

Json window(const char* at, std::uint64_t in_use)
{
    return Json{{"at", at}, {"seconds", 1.0}, {"in_use", in_use}, {"peak", in_use}, {"limit", 8}};
}

Json facts()
{
    return Json{{"backend", "app1"},
                {"episode", 7},
                {"direction", "outbound"},
                {"address", "127.0.0.1:8081"},
                {"kind", "calls"},
                {"limit", 8},
                {"limit_source", "haproxy.cfg:23"},
                {"began", "2026-01-31T08:15:30.250Z"},
                {"ended", nullptr},
                {"active", true},
                {"cut_off", false},
                {"peak", 8},
                {"limit_hits", 3},
                {"refusals", 2},
                {"slot_seconds", 312.5},
                {"at_limit_seconds", 41.2},
                {"linked_to", nullptr}};
}

Json verdict()
{
    Json json = facts();
    json["cause"] = "slow_dependency";
    json["confidence"] = 0.93;
    json["sentence"] =
        "8 of 8 slots of app1 are held; 81 % of the slot-seconds belong to GET /report/{id}, which waits "
        "on 127.0.0.1:5432 (SELECT … FROM orders).";
    json["evidence"] = Json{{"arrival_ratio", 1.02}, {"hold_ratio", 14.1}};
    json["culprits"] =
        JsonList{Json{{"call", "GET /report/{id}"},
                      {"process", "php-fpm8.2"},
                      {"share", 0.81},
                      {"state", "waiting"},
                      {"oldest_seconds", 3.2},
                      {"waits_for", {{"address", "127.0.0.1:5432"}, {"call", "SELECT … FROM orders"}}}},
                 Json{{"call", nullptr},
                      {"process", nullptr},
                      {"share", 0.19},
                      {"state", "idle"},
                      {"oldest_seconds", 0.1}}};
    json["dependency"] =
        Json{{"address", "127.0.0.1:5432"}, {"call", "SELECT … FROM orders"}, {"share", 0.81}};
    json["advice"] = JsonList{
        Json{{"product", "haproxy"},
             {"change", "server app1 … maxconn 19"},
             {"reason", "peak arrivals 12.9/s × p95 hold 1.4 s = 18"}},
        Json{{"product", nullptr}, {"change", "look at 127.0.0.1:5432"}, {"reason", "81 % wait for it"}}};
    json["causes"] = JsonList{Json{
        {"cause", "slow_dependency"}, {"score", 0.95}, {"because", "81 % of the slot-seconds wait for it"}}};
    json["missing"] = Json::array();
    json["linked"] = JsonList{Json{{"episode", 8}, {"backend", "front"}, {"direction", "inbound"}}};
    json["timeline"] = JsonList{window("2026-01-31T08:15:28.250Z", 2), window("2026-01-31T08:15:29.250Z", 5),
                                window("2026-01-31T08:15:30.250Z", 8)};
    return json;
}

Json why(JsonList verdicts)
{
    Json answer = envelope("slotscope.why/1");
    answer["verdicts"] = std::move(verdicts);
    return answer;
}

Json episodes(JsonList list)
{
    Json answer = envelope("slotscope.episodes/1");
    answer["episodes"] = std::move(list);
    return answer;
}

Json closed_episode()
{
    Json answer = envelope("slotscope.episode/1");
    answer["episode"] = 7;
    answer["verdict"] = verdict();
    answer["timeline"] = verdict()["timeline"];
    answer["holders_total"] = 8;
    answer["holders"] = JsonList{holder(3.2, "haproxy")};
    answer["holders"][0]["call"] = "GET /report/{id}";
    return answer;
}

Json row()
{
    Json json = facts();
    json["cause"] = "slow_dependency";
    json["confidence"] = 0.93;
    json["sentence"] = "…";
    return json;
}

std::string text_of(const Result<std::string>& text)
{
    return text ? *text : "ERROR " + text.error().message;
}

std::string error_of(const Result<std::string>& text)
{
    return text ? "" : text.error().message;
}

const Screen kNarrow{80, false, false};

} // namespace

TEST(RenderWhy, SaysTheVerdictWithAllThatSupportsIt)
{
    const std::string text = text_of(render_why(why({verdict()}), nullptr, "", kNarrow));
    expect_well_formed(text, 80);
    const std::string flat = unfolded(text);
    EXPECT_THAT(flat, HasSubstr("app1 (outbound): slow dependency, sure (93%)"));
    EXPECT_THAT(flat, HasSubstr("which waits on 127.0.0.1:5432"));
    EXPECT_THAT(flat, HasSubstr("▂▅█ limit 8, over 3s"));
    EXPECT_THAT(flat, HasSubstr("1. haproxy: server app1 … maxconn 19"));
    EXPECT_THAT(flat, HasSubstr("peak arrivals 12.9/s × p95 hold 1.4 s = 18"));
    EXPECT_THAT(flat, HasSubstr("GET /report/{id} → 127.0.0.1:5432 SELECT … FROM orders"));
    EXPECT_THAT(flat, HasSubstr("front (inbound, episode 8)"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(RenderWhy, SaysHowNearTheLimitsAreWhereNothingIsWrong)
{
    const std::string text = text_of(
        render_why(why({}), backends({backend("app1", "127.0.0.1:8081", 6, 8), idle_backend("10.0.0.1:80")}),
                   "", kNarrow));
    expect_well_formed(text, 80);
    EXPECT_THAT(unfolded(text), HasSubstr("nothing is wrong"));
    EXPECT_THAT(unfolded(text), HasSubstr("app1 out 6/8 (peak 6)"));
    const std::string none =
        text_of(render_why(why({}), backends({idle_backend("10.0.0.1:80")}), "", kNarrow));
    EXPECT_THAT(unfolded(none), HasSubstr("no limit is known"));
    EXPECT_THAT(text_of(render_why(why({}), nullptr, "app1", kNarrow)),
                HasSubstr("nothing is wrong with app1"));
}

TEST(RenderWhy, RefusesWhatIsNoAnswer)
{
    expect_no_crash(why({verdict()}),
                    [](const Json& answer) { return error_of(render_why(answer, nullptr, "", kNarrow)); });
}

TEST(RenderEpisodes, IsATableThatFits)
{
    Json over = row();
    over["ended"] = "2026-01-31T08:17:32.250Z";
    over["active"] = false;
    over["episode"] = 6;
    over["cause"] = "unknown";
    const std::string text = text_of(render_episodes(episodes({row(), over}), true, kNarrow));
    expect_well_formed(text, 80);
    EXPECT_THAT(text, HasSubstr("lasts"));
    EXPECT_THAT(text, HasSubstr("2m02s"));
    over["began"] = "2026-01-31T23:59:50Z";
    over["ended"] = "2026-02-01T00:00:12Z";
    EXPECT_THAT(text_of(render_episodes(episodes({over}), true, kNarrow)), HasSubstr("22s"));
    EXPECT_THAT(text, HasSubstr("slow_dependency"));
    EXPECT_THAT(text_of(render_episodes(episodes({}), true, kNarrow)), HasSubstr("no episodes: no limit"));
    EXPECT_THAT(text_of(render_episodes(episodes({}), false, kNarrow)), HasSubstr("no such episodes"));
    expect_no_crash(episodes({row(), over}),
                    [](const Json& answer) { return error_of(render_episodes(answer, true, kNarrow)); });
}

TEST(RenderEpisode, HasTheHoldersOfThatMoment)
{
    const std::string text = text_of(render_episode(closed_episode(), kNarrow));
    expect_well_formed(text, 80);
    EXPECT_THAT(unfolded(text), HasSubstr("the oldest of 8"));
    EXPECT_THAT(unfolded(text), HasSubstr("limit reached 3 times"));
    EXPECT_THAT(unfolded(text), HasSubstr("haproxy[812] GET /report/{id}"));
    expect_no_crash(closed_episode(),
                    [](const Json& answer) { return error_of(render_episode(answer, kNarrow)); });
}

TEST(Sparkline, ShowsTheHighestOfEachColumn)
{
    EXPECT_EQ(sparkline({0, 1, 4, 8}, 8, 10), " ▁▄█");
    EXPECT_EQ(sparkline({0, 8, 0, 0, 0, 0}, 8, 3), "█  ");
    EXPECT_EQ(sparkline({9}, 8, 3), "█");
    EXPECT_EQ(sparkline({}, 8, 3), "");
    EXPECT_EQ(sparkline({1}, 0, 3), " ");
}

TEST(ApiTime, TakesHowLongAgoOrAMoment)
{
    const std::chrono::system_clock::time_point now(std::chrono::hours(24 * 365));
    EXPECT_EQ(*api_time("", "--since", now), "");
    EXPECT_EQ(*api_time("15m", "--since", now), "1970-12-31T23:45:00.000Z");
    EXPECT_EQ(*api_time("2d", "--since", now), "1970-12-30T00:00:00.000Z");
    EXPECT_EQ(*api_time("100000d", "--since", now), "1970-01-01T00:00:00.000Z"); // as far as the agent goes
    EXPECT_EQ(*api_time("now", "--since", now), "1971-01-01T00:00:00.000Z");
    EXPECT_EQ(*api_time("2026-01-31T10:15:30+02:00", "--since", now), "2026-01-31T08:15:30.000Z");
    for (const char* wrong :
         {"15", "m", "-5m", "15 m", "yesterday", "2026-01-31", "2026-02-30T08:15:30Z", "999999999d"}) {
        const auto time = api_time(wrong, "--since", now);
        ASSERT_FALSE(time) << wrong;
        EXPECT_EQ(time.error().code, 2);
        EXPECT_THAT(time.error().message, HasSubstr("--since"));
    }
}

} // namespace slotscope::cli::test
