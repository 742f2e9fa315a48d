// SPDX-License-Identifier: MIT
// Episodes and verdicts: incidents made with real sockets, and what looks like one and is none.
#include "episode_load.h"
#include "harness/agent.h"
#include "harness/wait.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace slotscope::live {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::size_t kSlots = 8;

class EpisodeTest : public testing::Test {
  protected:
    void start(const std::string& limit)
    {
        AgentOptions options;
        if (!limit.empty())
            options.arguments = {"--limit", "app=" + to_string(place_.target()) + ":" + limit};
        agent_ = std::make_unique<Agent>(options);
    }
    // The verdicts of episodes in this test's namespace: others may run beside it.
    json verdicts() const
    {
        const json all = agent_->get("/v1/why").at("verdicts");
        json own = json::array();
        for (const json& each : all)
            if (each.at("backend") == "app" || each.at("address") == to_string(place_.target()))
                own.push_back(each);
        return own;
    }
    // Likewise.
    std::size_t episodes() const
    {
        const json all = agent_->get("/v1/episodes").at("episodes");
        return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const json& each) {
            return each.at("backend") == "app" || each.at("address") == to_string(place_.target());
        }));
    }
    // Waits until the one verdict is of this cause and active, and gives it; the last one seen where it never
    // is.
    json verdict(const std::string& cause, std::chrono::milliseconds deadline)
    {
        json last = json::object();
        const auto end = std::chrono::steady_clock::now() + deadline;
        while (std::chrono::steady_clock::now() < end) {
            for (const json& each : verdicts()) {
                last = each;
                if (each.at("cause") == cause && each.at("confidence") > 0.5)
                    return each;
            }
            std::this_thread::sleep_for(100ms);
        }
        return last;
    }

    Place place_{Path::loopback4};
    std::unique_ptr<Agent> agent_;
};

TEST_F(EpisodeTest, SlowBackendIsToldFromWhatWasUsual)
{
    start(std::to_string(kSlots) + "/calls/outbound");
    EpisodeLoad load(place_, kSlots);
    load.offer(40);
    std::this_thread::sleep_for(9s);
    EXPECT_TRUE(verdicts().empty()) << verdicts();
    EventStream events(agent_->socket());
    load.take(1500ms);
    ASSERT_TRUE(events.next("limit_reached", "app", 10s));
    const auto first = events.next("verdict", "app", 20s);
    ASSERT_TRUE(first);
    EXPECT_NE(first->at("text").get<std::string>().find("of app are held"), std::string::npos) << *first;
    const json told = verdict("slow_backend", 15s);
    ASSERT_EQ(told.value("cause", ""), "slow_backend") << told;
    EXPECT_GT(told.at("evidence").at("hold_ratio"), 3) << told;
    EXPECT_GT(told.at("evidence").at("share_from_hold"), 0.8) << told;
    EXPECT_FALSE(told.at("culprits").empty());
    EXPECT_FALSE(told.at("advice").empty());

    load.take(20ms);
    load.offer(5);
    ASSERT_TRUE(events.next("episode_ended", "app", 40s));
    const json after =
        agent_->get("/v1/episode?id=" + std::to_string(told.at("episode").get<std::uint64_t>()));
    EXPECT_EQ(after.at("verdict").at("cause"), "slow_backend");
    EXPECT_EQ(after.at("verdict").at("active"), false);
    EXPECT_FALSE(after.at("holders").empty());
    EXPECT_FALSE(after.at("timeline").empty());
    EXPECT_EQ(episodes(), 1U);
}

TEST_F(EpisodeTest, DemandSurgeIsToldFromWhatWasUsual)
{
    start(std::to_string(kSlots) + "/calls/outbound");
    EpisodeLoad load(place_, kSlots);
    load.offer(40);
    std::this_thread::sleep_for(9s);
    load.offer(250);
    const json told = verdict("demand_surge", 20s);
    ASSERT_EQ(told.value("cause", ""), "demand_surge") << told;
    EXPECT_GT(told.at("evidence").at("arrival_ratio"), 2) << told;
    EXPECT_GT(told.at("evidence").at("share_from_demand"), 0.7) << told;
}

TEST_F(EpisodeTest, IdleConnectionsFillALimitThatCountsThem)
{
    start("6/connections");
    const Fd listener = place_.listen();
    std::vector<Pair> idle;
    for (int i = 0; i < 6; ++i)
        idle.push_back(place_.establish(listener));
    const json told = verdict("idle_holders", 15s);
    ASSERT_EQ(told.value("cause", ""), "idle_holders") << told;
    EXPECT_TRUE(eventually([&] { return verdicts().size() == 1; }))
        << "both ends are one incident: " << verdicts();
}

TEST_F(EpisodeTest, RefusedConnectsAreAnEpisodeWithoutALimit)
{
    start("");
    const auto end = std::chrono::steady_clock::now() + 12s;
    json told = json::object();
    while (std::chrono::steady_clock::now() < end && told.value("cause", "") != "connect_trouble") {
        for (int i = 0; i < 5; ++i) {
            const Fd client = place_.client_socket();
            EXPECT_EQ(place_.connect(client), ECONNREFUSED);
        }
        std::this_thread::sleep_for(200ms);
        for (const json& each : verdicts())
            told = each;
    }
    ASSERT_EQ(told.value("cause", ""), "connect_trouble") << told;
    EXPECT_NE(told.at("sentence").get<std::string>().find("refused"), std::string::npos) << told;
    EXPECT_TRUE(told.at("limit").is_null());
}

TEST_F(EpisodeTest, BusyAndNeverFullIsNone)
{
    start("64/calls/outbound");
    EpisodeLoad load(place_, 64);
    load.offer(150);
    std::this_thread::sleep_for(12s);
    EXPECT_TRUE(verdicts().empty()) << verdicts();
    EXPECT_EQ(episodes(), 0U) << agent_->get("/v1/episodes");
}

TEST_F(EpisodeTest, ATouchOfTheLimitIsNone)
{
    start("4/connections/outbound");
    const Fd listener = place_.listen();
    EventStream events(agent_->socket());
    {
        std::vector<Pair> some;
        for (int i = 0; i < 4; ++i)
            some.push_back(place_.establish(listener));
    }
    ASSERT_TRUE(events.next("limit_reached", "app", 10s));
    std::this_thread::sleep_for(5s);
    EXPECT_TRUE(verdicts().empty()) << verdicts();
}

} // namespace
} // namespace slotscope::live
