// SPDX-License-Identifier: MIT
// The page of a report: what is on it, and that nothing breaks it.
#include "cli/report/chart.h"
#include "cli/report/page.h"
#include "cli/report/scale.h"
#include "render_checks.h"
#include "report_sample.h"

#include <gmock/gmock.h>

namespace slotscope::cli::test {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

std::string page_of(const Json& answer)
{
    const auto view = report::read_episode(answer);
    EXPECT_TRUE(view.ok()) << (view.ok() ? "" : view.error().message);
    return view ? report::report_page(*view) : "";
}

std::size_t times_in(const std::string& page, const std::string& words)
{
    std::size_t count = 0;
    for (std::size_t at = page.find(words); at != std::string::npos; at = page.find(words, at + 1))
        ++count;
    return count;
}

// Every tag is closed in the order in which they were opened, and no attribute ends early.
testing::AssertionResult is_well_formed(const std::string& page)
{
    std::vector<std::string> open;
    const std::size_t style_begin = page.find("<style>") + 7;
    const std::size_t style_end = page.find("</style>");
    for (std::size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at)) {
        if (at >= style_begin && at < style_end) {
            at = style_end;
            continue;
        }
        std::size_t end = at;
        for (bool quoted = false; end < page.size() && (page[end] != '>' || quoted); ++end)
            quoted = quoted != (page[end] == '"');
        const std::string tag = page.substr(at + 1, end - at - 1);
        const std::string name = tag.substr(0, tag.find_first_of(" /", 1));
        at = end;
        if (tag.ends_with("/") || tag.starts_with("!"))
            continue;
        if (!tag.starts_with("/")) {
            open.push_back(name);
            continue;
        }
        if (open.empty() || tag.substr(1) != open.back())
            return testing::AssertionFailure()
                   << "<" << tag << "> closes " << (open.empty() ? "nothing" : open.back());
        open.pop_back();
    }
    if (!open.empty())
        return testing::AssertionFailure() << "<" << open.back() << "> is not closed";
    return testing::AssertionSuccess();
}

} // namespace

TEST(Report, ShowsTheVerdictAndWhatItRestsOn)
{
    const std::string page = page_of(episode_answer());
    EXPECT_TRUE(is_well_formed(page));
    for (const char* words :
         {"<h1>8 of 8 slots of app1 are held; 81 % of the slot-seconds belong to GET /report/{id}",
          "slow dependency",
          "93 %",
          "over after 2m55s",
          "8 calls",
          "/etc/haproxy/haproxy.cfg:23",
          "2026-01-31 08:15:30",
          "limit reached 08:15:30",
          "10.0.0.5:5432",
          "php-fpm8.2",
          "server app1 127.0.0.1:8081 maxconn 19",
          "peak arrivals 12.9/s × p95 hold 1.4 s",
          "usually 3.1 of 8 are in use",
          "a baseline of more than 7 minutes",
          "14.1 times",
          "share from hold",
          "99 %",
          "40 of 60 holders are listed.",
          "15 more holders",
          "haproxy 812",
          "≥9.5s"})
        EXPECT_THAT(page, HasSubstr(words));
}

TEST(Report, NeedsNothingElse)
{
    const std::string page = page_of(episode_answer());
    for (const char* words : {"<script", "http://", "https://", "url(", "@import", "<link", "<img", "<iframe",
                              " src=", " href=", "javascript:", " onload"})
        EXPECT_THAT(page, Not(HasSubstr(words)));
    EXPECT_THAT(page, AllOf(HasSubstr("default-src &#39;none&#39;"), HasSubstr("width=device-width"),
                            HasSubstr("prefers-color-scheme: dark"), HasSubstr("@media print")));
}

TEST(Report, TextsFromTheNetworkAreOnlyText)
{
    for (const std::string& text :
         {std::string("<script>alert(1)</script>"), std::string("\" onmouseover=\"alert(1)"),
          std::string("</title></style></svg><b>"), std::string("' & &lt; <!-- "), std::string("]]>\0<x", 6),
          std::string("a\xff\xfe<\x1b[31m\xe2\x80\xae>")}) {
        const std::string page = page_of(episode_answer_with(text));
        EXPECT_TRUE(is_well_formed(page)) << text;
        EXPECT_THAT(page, Not(HasSubstr("<script"))) << text;
        EXPECT_THAT(page, Not(HasSubstr("\" onmouseover"))) << text;
        EXPECT_THAT(page, Not(HasSubstr("<b>\xe2"))) << text;
        EXPECT_THAT(page, Not(HasSubstr("<!-- "))) << text;
        EXPECT_EQ(times_in(page, "</style>"), 1U) << text;
        EXPECT_EQ(page.find('\0'), std::string::npos) << text;
        EXPECT_EQ(page.find('\x1b'), std::string::npos) << text;
        EXPECT_EQ(page.find("\xe2\x80\xae"), std::string::npos) << text;
    }
}

TEST(Report, MissingPartsAreLeftOutOrSaid)
{
    const std::string page = page_of(Json{{"schema", "slotscope.episode/1"}});
    EXPECT_TRUE(is_well_formed(page));
    EXPECT_THAT(page,
                AllOf(HasSubstr("There is no verdict on a backend yet."), HasSubstr("No timeline was kept."),
                      HasSubstr("None were captured."), HasSubstr("Nobody was seen to hold them")));
    EXPECT_THAT(page, Not(HasSubstr("<svg class=\"chart")));
    Json answer = episode_answer();
    answer["verdict"]["ended"] = nullptr;
    answer["verdict"]["dependency"] = nullptr;
    answer["holders"] = Json::array();
    const std::string other = page_of(answer);
    EXPECT_THAT(other,
                AllOf(HasSubstr("lasted still"), HasSubstr("There were 60, and none of them was kept."),
                      Not(HasSubstr("What it waits for"))));
    answer["verdict"]["ended"] = "2026-01-31T08:16:30.000Z";
    answer["verdict"]["cut_off"] = true;
    EXPECT_THAT(page_of(answer), HasSubstr("the agent ended first, after 1m"));
}

TEST(Report, WrongTypesAreAnErrorAndNeverACrash)
{
    Json small = episode_answer();
    const auto shorten = [](Json& list, std::size_t to) {
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(to), list.end());
    };
    shorten(small["timeline"], 3);
    shorten(small["holders"], 1);
    expect_no_crash(small, [](const Json& answer) {
        const auto view = report::read_episode(answer);
        if (!view)
            return view.error().message;
        EXPECT_TRUE(is_well_formed(report::report_page(*view)));
        return std::string();
    });
}

TEST(Report, HugeEpisodeIsABoundedPage)
{
    Json answer = episode_answer();
    Json& timeline = answer["timeline"];
    while (timeline.size() < 5000)
        timeline.push_back(timeline[timeline.size() % 600]);
    while (answer["holders"].size() < 2000)
        answer["holders"].push_back(answer["holders"][0]);
    while (answer["verdict"]["culprits"].size() < 1000)
        answer["verdict"]["culprits"].push_back(answer["verdict"]["culprits"][0]);
    const std::string page = page_of(answer);
    EXPECT_TRUE(is_well_formed(page));
    EXPECT_LT(page.size(), 1'000'000U);
    EXPECT_EQ(times_in(page, "<tr>"), (1U + 50U) + (1U + 2U) + (1U + 25U) + (1U + 475U));
    EXPECT_THAT(page, HasSubstr("500 of 2000 holders are listed."));
}

TEST(Report, LongTextsAreCutOff)
{
    const std::string page = page_of(episode_answer_with(std::string(20'000, 'x')));
    EXPECT_TRUE(is_well_formed(page));
    EXPECT_THAT(page, Not(HasSubstr(std::string(2001, 'x'))));
}

TEST(Report, ImpossibleNumbersStayOnThePaper)
{
    Json answer = episode_answer();
    answer["timeline"][3]["arrivals"] = 18'446'744'073'709'551'615ULL;
    answer["timeline"][4]["in_use"] = 18'446'744'073'709'551'615ULL;
    answer["timeline"][5]["seconds"] = 1e-300;
    answer["timeline"][6]["seconds"] = -1;
    answer["timeline"][7]["hold_seconds"]["mean"] = 1e300;
    answer["timeline"][8]["at"] = "9999-12-31T23:59:59.999Z";
    answer["timeline"][9]["at"] = "yesterday";
    answer["verdict"]["confidence"] = 1e300;
    answer["verdict"]["culprits"][0]["share"] = -5;
    answer["verdict"]["slot_seconds"] = -1;
    answer["verdict"]["evidence"]["hold_ratio"] = 1e300;
    const std::string page = page_of(answer);
    EXPECT_TRUE(is_well_formed(page));
    const std::string chart = page.substr(page.find("<svg"), page.rfind("</svg>") - page.find("<svg"));
    for (const char* words :
         {"\"nan", "\"-nan", "\"inf", "\"-inf", "Hnan", "Vnan", "Hinf", "Vinf", "V-", "H-"})
        EXPECT_EQ(chart.find(words), std::string::npos) << words;
}

TEST(Report, OneMomentIsNoTimeline)
{
    Json answer = episode_answer();
    answer["timeline"].erase(answer["timeline"].begin() + 1, answer["timeline"].end());
    EXPECT_THAT(page_of(answer), HasSubstr("No timeline was kept."));
}

TEST(ReportChart, JoiningKeepsMeansAndMaxima)
{
    std::vector<report::Moment> timeline(10);
    for (std::size_t index = 0; index < timeline.size(); ++index) {
        timeline[index].at = static_cast<double>(index);
        timeline[index].seconds = 1;
        timeline[index].in_use = static_cast<double>(index);
        timeline[index].peak = index == 3 ? 99 : 1;
    }
    timeline[1].hold_mean = 4;
    const auto fewer = report::condensed(timeline, 5);
    ASSERT_EQ(fewer.size(), 5U);
    EXPECT_EQ(fewer[0].seconds, 2);
    EXPECT_EQ(fewer[0].in_use, 0.5);
    EXPECT_EQ(fewer[0].hold_mean, 4);
    EXPECT_EQ(fewer[1].peak, 99);
    EXPECT_FALSE(fewer[1].hold_mean.has_value());
    EXPECT_EQ(report::condensed(timeline, 10).size(), 10U);
}

TEST(ReportChart, MarksAreRoundAndFew)
{
    EXPECT_EQ(report::decimal_step(8.6, 4), 5);
    EXPECT_EQ(report::decimal_step(8, 4), 2);
    EXPECT_EQ(report::decimal_step(0.9, 3), 0.5);
    EXPECT_EQ(report::time_step(600, 7), 120);
    EXPECT_EQ(report::time_step(600, 3), 300);
    EXPECT_EQ(report::time_step(16, 3), 10);
    EXPECT_EQ(report::time_step(1e7, 5), 24 * 86400);
    EXPECT_EQ(report::marks(0, 8.6, 2), (std::vector<double>{0, 2, 4, 6, 8}));
    EXPECT_LE(report::marks(0, 1e18, 1e-9).size(), 100U);
}

TEST(ReportTimes, AreReadAndWritten)
{
    EXPECT_EQ(report::parse_time("2026-01-31T08:15:30.250Z"), 1'769'847'330.25);
    EXPECT_EQ(report::date_and_time(1'769'847'330.25), "2026-01-31 08:15:30");
    EXPECT_EQ(report::time_of_day(1'769'847'330, false), "08:15");
    for (const char* text : {"", "2026-01-31", "2026-01-31T08:15:30", "2026-13-31T08:15:30Z",
                             "2026-01-31T25:15:30Z", "2026-01-31T08:15:nanZ", "2026-01-31T08:15:30Zx"})
        EXPECT_FALSE(report::parse_time(text)) << text;
    EXPECT_EQ(report::date_and_time(1e300), "?");
    EXPECT_EQ(report::date_and_time(-1), "?");
}

} // namespace slotscope::cli::test
