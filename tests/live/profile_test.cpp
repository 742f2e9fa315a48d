// SPDX-License-Identifier: MIT
// `slotscope profile` against the kernel's own sums.
#include "harness/fixture.h"
#include "harness/wait.h"

#include <atomic>
#include <random>
#include <sstream>
#include <thread>

namespace slotscope::live {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Connections that are held all the time, and others that come and go.
class ProfileTest : public testing::Test {
  protected:
    static constexpr std::size_t kHeld = 40;

    ProfileTest()
    {
        AgentOptions options;
        options.arguments = {"--limit", "front=" + to_string(place_.target()) + ":500"};
        agent_ = std::make_unique<Agent>(options);
        listener_ = place_.listen();
        for (std::size_t i = 0; i < kHeld; ++i)
            held_.push_back(place_.establish(listener_));
        churn_ = std::thread([this] {
            std::minstd_rand random(1);
            while (!done_) {
                const std::vector<Pair> some = [&] {
                    std::vector<Pair> pairs;
                    for (std::size_t i = 0; i < random() % 8; ++i)
                        pairs.push_back(place_.establish(listener_));
                    return pairs;
                }();
                std::this_thread::sleep_for(std::chrono::milliseconds(5 + random() % 60));
            }
        });
    }
    ~ProfileTest() override
    {
        done_ = true;
        churn_.join();
    }

    double counted() const { return look_at(*agent_, place_.outbound()).at("slot_seconds"); }

    Outcome profile(std::vector<std::string> options) const
    {
        std::vector<std::string> command = {client_path(), "--socket", agent_->socket(), "profile"};
        command.insert(command.end(), options.begin(), options.end());
        return run({.command = std::move(command)}, 60s);
    }

    Place place_{Path::loopback4};
    std::unique_ptr<Agent> agent_;
    Fd listener_;
    std::vector<Pair> held_;
    std::atomic<bool> done_ = false;
    std::thread churn_;
};

double folded_sum(const std::string& lines)
{
    double sum = 0;
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);)
        sum += std::stod(line.substr(line.rfind(' '))) / 1e6;
    return sum;
}

TEST_F(ProfileTest, FoldedTotalsAreTheSlotSecondsOfTheCounters)
{
    const double before = counted();
    const auto began = Clock::now();
    const Outcome json_of =
        profile({"front", "--direction", "outbound", "--seconds", "8", "--output", "json"});
    const double mean = (counted() - before) / std::chrono::duration<double>(Clock::now() - began).count();
    ASSERT_EQ(json_of.exit, 0) << json_of.err;
    const json profiled = json::parse(json_of.out);
    const double seconds = profiled.at("seconds");
    const double total = profiled.at("slot_seconds");
    EXPECT_GE(seconds, 8);
    EXPECT_LT(seconds, 10);
    EXPECT_GE(profiled.at("looks"), 20) << "a profile is looked at more often than a quiet host";
    EXPECT_GT(mean, kHeld);
    EXPECT_NEAR(total, mean * seconds, 0.01 * total);
    EXPECT_NEAR(profiled.at("sampled_slot_seconds"), total, 0.05 * total) << "before it is scaled";

    const Outcome folded = profile({"front", "--direction", "outbound", "--seconds", "3"});
    ASSERT_EQ(folded.exit, 0) << folded.err;
    const std::string said = " slot-seconds by the counters";
    const std::size_t end = folded.err.find(said);
    ASSERT_NE(end, std::string::npos) << folded.err;
    const double told = std::stod(folded.err.substr(folded.err.rfind(' ', end - 1)));
    EXPECT_NEAR(folded_sum(folded.out), told, 0.01 * told) << folded.out;
    EXPECT_EQ(folded.out.find("front (outbound);"), 0U) << folded.out;
}

TEST_F(ProfileTest, TwoAtATimeDoNotDisturbEachOther)
{
    Program other({.command = {client_path(), "--socket", agent_->socket(), "profile", "--seconds", "6",
                               "--output", "json"}});
    std::this_thread::sleep_for(1500ms);
    const json second =
        json::parse(profile({"front", "--direction", "inbound", "--seconds", "3", "--output", "json"}).out);
    EXPECT_NEAR(second.at("slot_seconds").get<double>() / second.at("seconds").get<double>(), kHeld + 3, 4);
    const Outcome first = other.wait(30s);
    EXPECT_EQ(first.exit, 0) << first.err;
    EXPECT_GE(json::parse(first.out).at("seconds"), 6);
}

TEST_F(ProfileTest, ThatIsInterruptedGivesWhatThereIs)
{
    Program program(
        {.command = {client_path(), "--socket", agent_->socket(), "profile", "front", "--seconds", "600"}});
    std::this_thread::sleep_for(2500ms);
    program.signal(SIGINT);
    const Outcome ended = program.wait(10s);
    EXPECT_EQ(ended.exit, 0) << ended.err;
    EXPECT_GT(folded_sum(ended.out), kHeld) << ended.out;
}

} // namespace
} // namespace slotscope::live
