// SPDX-License-Identifier: MIT
#include "cli/render/check.h"
#include "render_checks.h"
#include "samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::cli::test {

using testing::HasSubstr;

namespace {

CheckResult judged(const Json& answer, const char* asked = "", const Json& all_limits = limits(Json::array()),
                   const Thresholds& thresholds = {})
{
    const Result<CheckResult> result = judge_all(answer, all_limits, Json(nullptr), asked, thresholds);
    EXPECT_TRUE(result);
    return result ? *result : CheckResult{};
}

CheckState state_of(std::uint64_t in_use, std::uint64_t limit, const Thresholds& thresholds = {})
{
    return judged(backends({backend("app1", "127.0.0.1:8081", in_use, limit)}), "", limits(Json::array()),
                  thresholds)
        .state;
}

} // namespace

TEST(Check, ReachesAThresholdAtItsValue)
{
    EXPECT_EQ(state_of(79, 100), CheckState::ok);
    EXPECT_EQ(state_of(80, 100), CheckState::warning);
    EXPECT_EQ(state_of(99, 100), CheckState::warning);
    EXPECT_EQ(state_of(100, 100), CheckState::critical);
    EXPECT_EQ(state_of(48, 12), CheckState::critical);
    EXPECT_EQ(state_of(50, 100, {50, 90}), CheckState::warning);
    EXPECT_EQ(state_of(90, 100, {50, 90}), CheckState::critical);
}

TEST(Check, SaysWhoIsFullOnOneLineWithPerformanceData)
{
    const CheckResult result =
        judged(backends({backend("app1", "127.0.0.1:8081", 8, 8), backend("app2", "127.0.0.1:8082", 9, 10),
                         backend("app3", "127.0.0.1:8083", 1, 10)}));
    EXPECT_EQ(check_line(result, {}),
              "SLOTSCOPE CRITICAL - app1 8/8 (100 %); warning: app2 9/10 (90 %) | 'app1'=8;6.4;8;0;8 "
              "'app2'=9;8;10;0;10 'app3'=1;8;10;0;10");
}

TEST(Check, AnEpisodeThatLastsIsCriticalAlsoWhileItsLimitFlickers)
{
    const auto state = [](const Json& limit, bool active) {
        Json why = envelope("slotscope.why/1");
        why["verdicts"] = JsonList{Json{{"backend", "app1"},
                                        {"address", "127.0.0.1:8081"},
                                        {"cause", "slow_backend"},
                                        {"episode", 7},
                                        {"active", active},
                                        {"limit", limit}}};
        const auto result = judge_all(backends({backend("app1", "127.0.0.1:8081", 3, 8)}),
                                      limits(Json::array()), why, "", {});
        EXPECT_TRUE(result);
        return *result;
    };
    EXPECT_EQ(state(8, true).state, CheckState::critical);
    EXPECT_THAT(state(8, true).reason, HasSubstr("app1: slow backend, episode 7"));
    EXPECT_EQ(state(nullptr, true).state, CheckState::warning);
    EXPECT_EQ(state(8, false).state, CheckState::ok);
}

TEST(Check, LearnedLimitAloneIsAWarningAtMost)
{
    Json pool = backend("app1", "127.0.0.1:8081", 8, 8);
    pool["slots"]["limit_source"] = "learned";
    EXPECT_EQ(judged(backends({pool})).state, CheckState::warning);
    EXPECT_THAT(judged(backends({pool})).reason, HasSubstr("app1 8/8 (100 %, learned)"));
    EXPECT_EQ(judged(backends({pool, backend("app2", "127.0.0.1:8082", 8, 8)})).state, CheckState::critical)
        << "the other one's is known";
    const auto with_episode = [&](const Json& source, std::uint64_t refusals) {
        Json why = envelope("slotscope.why/1");
        why["verdicts"] = JsonList{Json{{"backend", "app1"},
                                        {"address", "127.0.0.1:8081"},
                                        {"cause", "idle_holders"},
                                        {"episode", 7},
                                        {"active", true},
                                        {"limit", 8},
                                        {"limit_source", source},
                                        {"refusals", refusals}}};
        const auto result = judge_all(backends({pool}), limits(Json::array()), why, "", {});
        EXPECT_TRUE(result);
        return result->state;
    };
    EXPECT_EQ(with_episode("learned", 0), CheckState::warning);
    EXPECT_EQ(with_episode("learned", 3), CheckState::critical);
    EXPECT_EQ(with_episode("haproxy.cfg:23", 0), CheckState::critical);
    EXPECT_EQ(with_episode(nullptr, 0), CheckState::critical);
}

TEST(Check, NamesTheFullestWhereAllIsFine)
{
    const CheckResult result = judged(backends({backend("app1", "127.0.0.1:8081", 3, 8)}));
    EXPECT_EQ(check_line(result, {}),
              "SLOTSCOPE OK - 1 backend with a limit, fullest app1 3/8 (37 %) | 'app1'=3;6.4;8;0;8");
}

TEST(Check, TellsDirectionsOfOneNameApart)
{
    const CheckResult result = judged(backends(
        {backend("app1", "127.0.0.1:8081", 8, 8), backend("app1", "127.0.0.1:8081", 2, 8, "inbound")}));
    EXPECT_THAT(check_line(result, {}), HasSubstr("app1 outbound 8/8 (100 %) | 'app1 outbound'=8"));
}

TEST(Check, LooksAtTheBackendThatIsAskedFor)
{
    const Json answer =
        backends({backend("app1", "127.0.0.1:8081", 8, 8), backend("app2", "127.0.0.1:8082", 1, 8)});
    EXPECT_EQ(judged(answer, "app2").state, CheckState::ok);
    EXPECT_EQ(judged(answer, "127.0.0.1:8081").state, CheckState::critical);
    EXPECT_EQ(judged(answer, "app3").state, CheckState::unknown);
}

TEST(Check, IsUnknownWithoutALimit)
{
    const CheckResult result = judged(backends({backend("app1", "127.0.0.1:8081", 8, nullptr)}), "app1");
    EXPECT_EQ(result.state, CheckState::unknown);
    EXPECT_THAT(result.reason, HasSubstr("no limit is known for app1"));
}

TEST(Check, IsFineBeforeTheFirstConnectionToALimit)
{
    EXPECT_EQ(judged(backends(Json::array()), "app1", limits({limit("app1")})).state, CheckState::ok);
    EXPECT_EQ(judged(backends(Json::array()), "127.0.0.1:8081", limits({limit("app1")})).state,
              CheckState::ok);
    EXPECT_EQ(judged(backends(Json::array()), "app2", limits({limit("app1")})).state, CheckState::unknown);
}

TEST(Check, IsUnknownWhereTheLimitIsNotInForce)
{
    const CheckResult result =
        judged(backends(Json::array()), "", limits({limit("app1", "calls are not counted")}));
    EXPECT_EQ(result.state, CheckState::unknown);
    EXPECT_THAT(result.reason, HasSubstr("app1 is not in force: calls are not counted"));
}

TEST(Check, IsUnknownWhereCountsAreIncompleteAndStillShowsThem)
{
    const CheckResult result = judged(lossy(backends({backend("app1", "127.0.0.1:8081", 1, 8)})));
    EXPECT_EQ(result.state, CheckState::unknown);
    EXPECT_THAT(result.reason, HasSubstr("incomplete (connections_full 12), as counted: 1 backend"));
}

TEST(Check, IsSureWhereWhatWasMissedLeavesTheCountsRight)
{
    Json answer = lossy(backends({backend("app1", "127.0.0.1:8081", 1, 8)}));
    answer["losses_recent"] = Json::object();
    const CheckResult result = judged(answer);
    EXPECT_EQ(result.state, CheckState::ok);
    EXPECT_FALSE(result.complete);
    EXPECT_THAT(result.reason,
                HasSubstr("missed earlier, or without effect on these counts: connections_full 12"));
    answer["losses_recent"] = Json{{"backends_full", 3}};
    EXPECT_EQ(judged(answer).state, CheckState::unknown);
    EXPECT_THAT(judged(answer).reason, HasSubstr("incomplete (backends_full 3), as counted"));
}

TEST(Check, IsCriticalWhereALimitIsReachedEvenByCountsThatAreTooLow)
{
    const CheckResult result = judged(lossy(backends({backend("app1", "127.0.0.1:8081", 8, 8)})));
    EXPECT_EQ(result.state, CheckState::critical);
    EXPECT_THAT(result.reason, HasSubstr("incomplete (connections_full 12)"));
}

TEST(Check, KeepsItsLineInShapeWhateverTheNames)
{
    const CheckResult result = judged(backends({backend("a|b'c=d\ne", "127.0.0.1:8081", 8, 8)}));
    const std::string line = check_line(result, {});
    EXPECT_EQ(line, "SLOTSCOPE CRITICAL - a/b'c=d\\ne 8/8 (100 %) | 'a/b_c_d\\ne'=8;6.4;8;0;8");
}

TEST(Check, NamesTenAtMost)
{
    Json list = Json::array();
    for (int i = 0; i < 15; ++i)
        list.push_back(backend("app" + std::to_string(i), "127.0.0.1:80", 8, 8));
    EXPECT_THAT(judged(backends(list)).reason, HasSubstr(", and 5 more"));
}

TEST(Check, HasADocumentForPrograms)
{
    const CheckResult result = judged(lossy(backends({backend("app1", "127.0.0.1:8081", 8, 8)})));
    const Json document = check_document(result, {}, "2026-01-31T08:15:30.250Z");
    EXPECT_EQ(document["schema"], "slotscope.check/1");
    EXPECT_EQ(document["state"], "critical");
    EXPECT_EQ(document["exit_code"], 2);
    EXPECT_EQ(document["complete"], false);
    EXPECT_EQ(document["losses"]["connections_full"], 12);
    EXPECT_EQ(document["backends"][0]["state"], "critical");
    EXPECT_EQ(document["backends"][0]["percent"], 100);
}

TEST(Check, NeverCrashesOnAWrongAnswer)
{
    expect_no_crash(lossy(backends({backend("app1", "127.0.0.1:8081", 8, 8)})), [](const Json& answer) {
        const Result<CheckResult> result = judge_all(answer, limits({limit("app1")}), Json(nullptr), "", {});
        return result ? "" : result.error().message;
    });
}

} // namespace slotscope::cli::test
