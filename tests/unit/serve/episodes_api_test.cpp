// SPDX-License-Identifier: MIT
// What /v1/why, /v1/episodes and /v1/episode answer.
#include "serve/episode_handlers.h"
#include "serve/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::serve::test {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

class Agent final : public Provider {
  public:
    std::shared_ptr<const Snapshot> snapshot() const override
    {
        auto snapshot = std::make_shared<Snapshot>();
        Backend backend;
        backend.name = "app1";
        backend.address = "127.0.0.1:8081";
        snapshot->backends.push_back(backend);
        return snapshot;
    }
    Result<HolderPage> holders(const HolderQuery&) override { return HolderPage{}; }
    std::vector<LimitView> limits() const override { return {}; }
    std::vector<Episode> episodes(const EpisodeQuery& query) const override
    {
        asked = query;
        std::vector<Episode> list;
        for (const Episode& each : all)
            if ((query.backend.empty() || query.backend == each.backend) && !(query.active && each.ended) &&
                list.size() < query.count)
                list.push_back(each);
        return list;
    }
    std::optional<Episode> episode(std::uint64_t id) const override
    {
        for (const Episode& each : all)
            if (each.id == id)
                return each;
        return std::nullopt;
    }

    std::vector<Episode> all; // newest first
    mutable EpisodeQuery asked;
};

Episode make(std::uint64_t id, const std::string& backend)
{
    Episode episode;
    episode.id = id;
    episode.backend = backend;
    episode.address = "127.0.0.1:8081";
    episode.kind = SlotKind::calls;
    episode.limit = 8;
    episode.limit_source = "haproxy.cfg:23";
    episode.verdict.cause = Cause::slow_dependency;
    episode.verdict.confidence = 0.93;
    episode.verdict.sentence = "8 of 8 slots of app1 are held; …";
    episode.verdict.evidence = {{"arrival_ratio", 1.02}, {"hold_ratio", 14.1}};
    episode.verdict.culprits = {
        {"php-fpm8.2", "GET /report/{id}", "waiting", 0.81, 3.2, "127.0.0.1:5432", "SELECT …"}};
    episode.verdict.dependency = Dependency{"db", "127.0.0.1:5432", "SELECT …", 0.81, false};
    episode.verdict.advice = {
        {"haproxy", "server app1 … maxconn 19", "peak arrivals 12.9/s × p95 hold 1.4 s"}};
    episode.timeline.resize(3);
    episode.holders.resize(2);
    episode.holders_total = 8;
    return episode;
}

Json answer_of(const Reply& reply)
{
    EXPECT_EQ(reply.status, 200U) << reply.body;
    return Json::parse(reply.body, nullptr, false);
}

Target target(std::map<std::string, std::string> parameters = {})
{
    return {"/v1/x", std::move(parameters)};
}

TEST(Why, HasTheShapeOfTheContract)
{
    Agent agent;
    agent.all = {make(7, "app1")};
    const Json json = answer_of(why(agent, target()));
    EXPECT_EQ(json["schema"], "slotscope.why/1");
    EXPECT_EQ(json["complete"], true);
    ASSERT_EQ(json["verdicts"].size(), 1U);
    const Json& verdict = json["verdicts"][0];
    EXPECT_EQ(verdict["backend"], "app1");
    EXPECT_EQ(verdict["episode"], 7);
    EXPECT_EQ(verdict["cause"], "slow_dependency");
    EXPECT_EQ(verdict["confidence"], 0.93);
    EXPECT_EQ(verdict["evidence"]["hold_ratio"], 14.1);
    EXPECT_EQ(verdict["culprits"][0]["call"], "GET /report/{id}");
    EXPECT_EQ(verdict["culprits"][0]["process"], "php-fpm8.2");
    EXPECT_EQ(verdict["culprits"][0]["share"], 0.81);
    EXPECT_EQ(verdict["dependency"]["address"], "127.0.0.1:5432");
    EXPECT_EQ(verdict["dependency"]["call"], "SELECT …");
    EXPECT_EQ(verdict["advice"][0]["product"], "haproxy");
    EXPECT_EQ(verdict["advice"][0]["change"], "server app1 … maxconn 19");
    EXPECT_EQ(verdict["active"], true);
}

TEST(Why, OneIncidentIsOneVerdict)
{
    Agent agent;
    agent.all = {make(8, "front"), make(7, "app1")};
    agent.all[0].linked_to = 7;
    const Json json = answer_of(why(agent, target()));
    ASSERT_EQ(json["verdicts"].size(), 1U);
    EXPECT_EQ(json["verdicts"][0]["episode"], 7);
    EXPECT_EQ(json["verdicts"][0]["linked"][0]["episode"], 8);
    EXPECT_EQ(answer_of(why(agent, target({{"backend", "front"}})))["verdicts"][0]["episode"], 8)
        << "it was asked for";
}

TEST(Why, TellsOfTheNewestThatIsOverWhereNoneLasts)
{
    Agent agent;
    agent.all = {make(8, "app1"), make(7, "app1")};
    agent.all[0].ended = std::chrono::system_clock::time_point(2h);
    agent.all[1].ended = std::chrono::system_clock::time_point(1h);
    const Json json = answer_of(why(agent, target()));
    ASSERT_EQ(json["verdicts"].size(), 1U);
    EXPECT_EQ(json["verdicts"][0]["episode"], 8);
    EXPECT_EQ(json["verdicts"][0]["active"], false);
    agent.all[1].ended.reset();
    EXPECT_EQ(answer_of(why(agent, target()))["verdicts"][0]["episode"], 7) << "this one lasts";
    EXPECT_EQ(answer_of(why(agent, target({{"id", "8"}})))["verdicts"][0]["episode"], 8);
}

TEST(Why, TellsOfOneThatLastsHoweverManyHaveComeSince)
{
    Agent agent;
    for (std::uint64_t id = 500; id > 1; --id) {
        agent.all.push_back(make(id, "dead"));
        agent.all.back().ended = std::chrono::system_clock::time_point(1h);
    }
    agent.all.push_back(make(1, "app1"));
    const Json json = answer_of(why(agent, target()));
    ASSERT_EQ(json["verdicts"].size(), 1U);
    EXPECT_EQ(json["verdicts"][0]["episode"], 1);
}

TEST(Why, SaysWhatThereIsNot)
{
    Agent agent;
    EXPECT_TRUE(answer_of(why(agent, target()))["verdicts"].empty());
    EXPECT_TRUE(answer_of(why(agent, target({{"backend", "app1"}})))["verdicts"].empty());
    EXPECT_EQ(why(agent, target({{"backend", "nope"}})).status, 404U);
    EXPECT_EQ(why(agent, target({{"id", "3"}})).status, 404U);
    EXPECT_EQ(why(agent, target({{"id", "three"}})).status, 400U);
    agent.all = {make(7, "app1")};
    EXPECT_THAT(why(agent, target({{"id", "3"}})).body, HasSubstr("the newest is 7"));
}

TEST(Why, OfANumberAndABackendWantsBothToFit)
{
    Agent agent;
    agent.all = {make(8, "front"), make(7, "app1")};
    for (const char* const own : {"app1", "127.0.0.1:8081"})
        EXPECT_EQ(answer_of(why(agent, target({{"id", "7"}, {"backend", own}})))["verdicts"][0]["episode"],
                  7);
    const Reply other = why(agent, target({{"id", "7"}, {"backend", "front"}}));
    EXPECT_EQ(other.status, 404U);
    EXPECT_THAT(other.body, HasSubstr("episode 7 is of app1, not of \\\"front\\\""));
}

TEST(Episodes, AreListedForAPeriod)
{
    Agent agent;
    agent.all = {make(7, "app1")};
    const Json json = answer_of(episodes(agent, target({{"since", "2026-01-31T08:15:30Z"}, {"count", "5"}})));
    EXPECT_EQ(json["schema"], "slotscope.episodes/1");
    EXPECT_EQ(json["episodes"][0]["cause"], "slow_dependency");
    EXPECT_FALSE(json["episodes"][0].contains("timeline"));
    EXPECT_TRUE(agent.asked.since);
    EXPECT_FALSE(agent.asked.until);
    EXPECT_EQ(agent.asked.count, 5U);
    EXPECT_EQ(episodes(agent, target({{"since", "yesterday"}})).status, 400U);
    EXPECT_EQ(episodes(agent, target({{"count", "0"}})).status, 400U);
}

TEST(OneEpisode, HasItsTimelineAndItsHolders)
{
    Agent agent;
    agent.all = {make(7, "app1")};
    const Json json = answer_of(episode(agent, target({{"id", "7"}})));
    EXPECT_EQ(json["schema"], "slotscope.episode/1");
    EXPECT_EQ(json["timeline"].size(), 3U);
    EXPECT_EQ(json["holders"].size(), 2U);
    EXPECT_EQ(json["holders_total"], 8);
    EXPECT_EQ(json["verdict"]["cause"], "slow_dependency");
    EXPECT_EQ(episode(agent, target()).status, 400U);
    EXPECT_EQ(episode(agent, target({{"id", "8"}})).status, 404U);
}

} // namespace
} // namespace slotscope::serve::test
