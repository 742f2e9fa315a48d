// SPDX-License-Identifier: MIT
#include "../fake_agent.h"
#include "samples.h"

#include "cli/top/fetcher.h"

#include <atomic>
#include <gmock/gmock.h>
#include <poll.h>

namespace slotscope::cli::top::test {

using cli::test::FakeAgent;
using cli::test::http_answer;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

namespace {

constexpr std::chrono::milliseconds kPeriod{20};
constexpr int kPatienceLooks = 500;

// Delivers news, as the screen does, until the condition holds.
template <typename Condition>
bool eventually(Fetcher& fetcher, Model& model, Condition condition)
{
    for (int i = 0; i < kPatienceLooks && !condition(); ++i) {
        pollfd news{fetcher.news_fd(), POLLIN, 0};
        ::poll(&news, 1, 20);
        fetcher.deliver(model);
        fetcher.wish(model.wish());
    }
    return condition();
}

std::string calm_agent(const std::string& target)
{
    if (target.starts_with("/v1/backends"))
        return http_answer(backends({backend("app1", "127.0.0.1:8081", 8, 8)}).dump());
    if (target.starts_with("/v1/holders"))
        return http_answer(holders({holder(3.2, "curl")}).dump());
    return http_answer(R"({"error":"there is no \"/v1/why\" here; there are /v1/status"})", "404 Not Found");
}

std::string wise_agent(const std::string& target)
{
    if (!target.starts_with("/v1/why"))
        return calm_agent(target);
    Json answer = cli::test::envelope("slotscope.why/1");
    answer["verdicts"].push_back(
        Json{{"backend", "app1"}, {"cause", "slow_backend"}, {"sentence", "it is slow"}});
    return http_answer(answer.dump());
}

} // namespace

TEST(TopFetcher, BringsBackendsThenTheHoldersOfTheSelectedOne)
{
    const FakeAgent agent(calm_agent);
    Fetcher fetcher(agent.socket(), kPeriod);
    Model model;
    EXPECT_TRUE(eventually(fetcher, model, [&] { return model.holders().size() == 1; }));
    EXPECT_EQ(model.at(), "08:15:30");
    EXPECT_THAT(agent.targets(), Contains("/v1/holders?backend=app1&direction=outbound&count=200"));
}

TEST(TopFetcher, BringsTheVerdictWhereTheAgentGivesOne)
{
    const FakeAgent agent(wise_agent);
    Fetcher fetcher(agent.socket(), kPeriod);
    Model model;
    EXPECT_TRUE(eventually(fetcher, model, [&] { return model.verdict() == "slow_backend: it is slow"; }));
}

TEST(TopFetcher, AsksAnOlderAgentForVerdictsOnce)
{
    const FakeAgent agent(calm_agent);
    Fetcher fetcher(agent.socket(), kPeriod);
    Model model;
    EXPECT_TRUE(eventually(fetcher, model, [&] { return agent.targets().size() > 12; }));
    const auto targets = agent.targets();
    EXPECT_EQ(std::count(targets.begin(), targets.end(), "/v1/why?backend=app1"), 1);
    EXPECT_EQ(model.trouble(), "");
}

TEST(TopFetcher, SaysThatTheAgentIsGoneAndComesBackByItself)
{
    std::atomic<bool> ill = true;
    const FakeAgent agent(
        [&](const std::string& target) { return ill ? http_answer("<html>") : calm_agent(target); });
    Fetcher fetcher(agent.socket(), kPeriod);
    Model model;
    EXPECT_TRUE(eventually(fetcher, model, [&] { return !model.trouble().empty(); }));
    EXPECT_THAT(model.trouble(), HasSubstr("not a JSON object"));
    ill = false;
    EXPECT_TRUE(eventually(fetcher, model, [&] { return model.trouble().empty() && model.known() == 1; }));
}

TEST(TopFetcher, NeverKeepsTheScreenWaiting)
{
    const FakeAgent agent([](const std::string&) { return FakeAgent::kHang; });
    const auto began = std::chrono::steady_clock::now();
    {
        Fetcher fetcher(agent.socket(), kPeriod);
        Model model;
        fetcher.deliver(model);
        fetcher.wish(Wish{"app1", "outbound"});
        EXPECT_LT(std::chrono::steady_clock::now() - began, Fetcher::kPatience / 2);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, 4 * Fetcher::kPatience); // and ends
}

} // namespace slotscope::cli::top::test
