// SPDX-License-Identifier: MIT
// The evidence survives: the agent is killed in the middle of an episode, and its history still answers.
#include "harness/fixture.h"
#include "harness/wait.h"

#include <filesystem>
#include <gmock/gmock.h>
#include <sys/stat.h>

namespace slotscope::live {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr int kSlots = 6;

class HistoryTest : public testing::Test {
  protected:
    HistoryTest()
    {
        AgentOptions options;
        options.arguments = {"--limit", "app=" + to_string(place_.target()) + ":" + std::to_string(kSlots) +
                                            "/outbound"};
        agent_ = std::make_unique<Agent>(options);
    }
    ~HistoryTest() override
    {
        if (agent_->running()) {
            EXPECT_EQ(agent_->stop().exit, 0) << agent_->log();
        }
    }

    void fill()
    {
        while (clients_.size() < kSlots)
            clients_.push_back(place_.connect());
    }
    // Of this test's backend: what others do beside it may be an episode, too.
    json episodes() const
    {
        const json all = agent_->get("/v1/episodes").at("episodes");
        json own = json::array();
        for (const json& each : all)
            if (each.at("backend") == "app")
                own.push_back(each);
        return own;
    }
    // The newest episode once it has a verdict with a cause.
    json first_episode() const
    {
        json newest;
        EXPECT_TRUE(eventually([&] {
            const json all = episodes();
            newest = all.empty() ? json() : all.front();
            return !all.empty() && !newest.at("sentence").get<std::string>().empty();
        })) << episodes().dump()
            << agent_->log();
        return newest;
    }
    Outcome client(std::vector<std::string> words) const
    {
        ProgramOptions options;
        options.command = {client_path(), "--socket", agent_->socket()};
        options.command.insert(options.command.end(), words.begin(), words.end());
        return run(options);
    }
    std::string database() const { return agent_->state() + "/history.sqlite"; }
    json warnings() const { return agent_->get("/v1/status").at("warnings"); }

    Place place_{Path::loopback4};
    Fd listener_ = place_.listen({.backlog = 64});
    std::vector<Fd> clients_;
    std::unique_ptr<Agent> agent_;
};

TEST_F(HistoryTest, KilledInTheMiddleOfAnEpisodeItStillAnswers)
{
    clients_.push_back(place_.connect());
    const auto uptime = [&] {
        return agent_->get("/v1/status").at("agent").at("uptime_seconds").get<double>();
    };
    const double before_it = uptime() + 3; // of which some seconds are recorded
    EXPECT_TRUE(eventually([&] { return uptime() > before_it; }));
    fill();
    const json before = first_episode();
    const std::string id = std::to_string(before.at("episode").get<std::uint64_t>());
    const json whole = agent_->get("/v1/episode?id=" + id);
    EXPECT_EQ(whole.at("holders_total"), kSlots);
    agent_->kill();
    clients_.clear(); // the holders are gone, too
    agent_->start_again();

    const json after = agent_->get("/v1/episode?id=" + id);
    EXPECT_EQ(after.at("verdict").at("cut_off"), true) << after.dump();
    EXPECT_EQ(after.at("verdict").at("active"), false);
    EXPECT_EQ(after.at("verdict").at("began"), whole.at("verdict").at("began"));
    EXPECT_FALSE(after.at("verdict").at("ended").is_null());
    EXPECT_FALSE(after.at("verdict").at("sentence").get<std::string>().empty());
    EXPECT_EQ(after.at("holders"), whole.at("holders"));
    EXPECT_FALSE(after.at("timeline").empty());
    const json why = agent_->get("/v1/why?id=" + id).at("verdicts");
    ASSERT_EQ(why.size(), 1U);
    EXPECT_EQ(why.at(0).at("cut_off"), true);
    EXPECT_EQ(why.at(0).at("cause"), after.at("verdict").at("cause"));

    for (const char* command : {"why", "episode"}) {
        const Outcome told = client({command, id});
        EXPECT_EQ(told.exit, 0) << told.said();
        EXPECT_THAT(told.out, HasSubstr("app")) << command;
    }
    EXPECT_THAT(client({"episode", id}).out, HasSubstr("agent"));
    const Outcome page = client({"report", id});
    EXPECT_EQ(page.exit, 0) << page.said();
    EXPECT_TRUE(page.out.starts_with("<!doctype html>"));
    EXPECT_THAT(page.out, HasSubstr("the agent ended first"));
    EXPECT_EQ(warnings(), json::array()) << agent_->log();
}

TEST_F(HistoryTest, NumbersGoOnAfterARestartAndAStopIsNoLossEither)
{
    fill();
    const auto first = first_episode().at("episode").get<std::uint64_t>();
    clients_.clear();
    EXPECT_EQ(agent_->stop().exit, 0);
    agent_->start_again();
    ASSERT_EQ(episodes().size(), 1U);
    EXPECT_EQ(episodes().at(0).at("active"), false);
    fill();
    EXPECT_TRUE(eventually([&] { return first_episode().at("episode").get<std::uint64_t>() > first; }))
        << episodes().dump();
}

TEST_F(HistoryTest, StateIsForTheAgentAndItsGroupOnly)
{
    struct stat status {};
    ASSERT_EQ(::stat(agent_->state().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0750U);
    ASSERT_EQ(::stat(database().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0640U);
}

TEST_F(HistoryTest, DamagedFileIsSetAsideAndTheAgentGoesOn)
{
    EXPECT_EQ(agent_->stop().exit, 0);
    write_file(database(), std::string(100'000, 'x'));
    agent_->start_again();
    ASSERT_EQ(warnings().size(), 1U) << warnings().dump();
    EXPECT_THAT(warnings().at(0).get<std::string>(), HasSubstr("is set aside as"));
    EXPECT_THAT(client({"status"}).out, HasSubstr("set aside"));
    fill();
    EXPECT_GE(first_episode().at("episode"), 1);
}

TEST_F(HistoryTest, DirectoryThatCannotBeUsedMeansMemoryAndAWarning)
{
    EXPECT_EQ(agent_->stop().exit, 0);
    std::filesystem::remove_all(agent_->state());
    write_file(agent_->state(), "a file");
    agent_->start_again();
    ASSERT_EQ(warnings().size(), 1U) << warnings().dump();
    EXPECT_THAT(warnings().at(0).get<std::string>(), HasSubstr("in memory only"));
    fill();
    const std::string id = std::to_string(first_episode().at("episode").get<std::uint64_t>());
    EXPECT_EQ(agent_->get("/v1/why?id=" + id).at("verdicts").size(), 1U);
}

} // namespace
} // namespace slotscope::live
