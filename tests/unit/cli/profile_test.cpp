// SPDX-License-Identifier: MIT
// What is made of two answers of the agent, and what the command does around it.
#include "cli/command.h"
#include "fake_agent.h"
#include "profile_samples.h"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sstream>
#include <unistd.h>

namespace slotscope::cli::test {

using profile::between;
using profile::Profile;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

double sum_of(const Profile& profile)
{
    double sum = 0;
    for (const auto& stack : profile.stacks)
        sum += stack.slot_seconds;
    return sum;
}

// Gives 1.5 seconds more with each question, and four slots that are held all the time.
class GrowingAgent {
  public:
    std::string operator()(const std::string&)
    {
        const double seconds = 1.5 * asked_++;
        return http_answer(recording(seconds, static_cast<std::uint64_t>(15 * seconds),
                                     {recorded_backend("app1", 4 * seconds, 4.1 * seconds,
                                                       {recorded_user("GET /a", 4.1 * seconds)})})
                               .dump());
    }

  private:
    int asked_ = 0;
};

} // namespace

TEST(ProfileBetween, IsWhatHasGrownScaledToTheCounters)
{
    const Json first = recording(
        100, 500,
        {recorded_backend("app1", 50, 60, {recorded_user("GET /a", 40), recorded_user("GET /b", 20)})});
    const Json last = recording(
        110, 600,
        {recorded_backend("app1", 90, 140, {recorded_user("GET /a", 100), recorded_user("GET /b", 40)})});
    const auto profile = between(first, last);
    ASSERT_TRUE(profile) << profile.error().message;
    EXPECT_DOUBLE_EQ(profile->seconds, 10);
    EXPECT_EQ(profile->looks, 100U);
    EXPECT_DOUBLE_EQ(profile->slot_seconds, 40);
    EXPECT_DOUBLE_EQ(profile->sampled_slot_seconds, 80);
    ASSERT_EQ(profile->stacks.size(), 2U);
    EXPECT_THAT(profile->stacks[0].frames, ElementsAre("app1 (outbound)", "haproxy", "GET /a", "(waiting)"));
    EXPECT_DOUBLE_EQ(profile->stacks[0].slot_seconds, 30);
    EXPECT_DOUBLE_EQ(profile->stacks[1].slot_seconds, 10);
}

TEST(ProfileBetween, NamesWhatHasNoNameAndWhatIsWaitedFor)
{
    const Profile profile = sample_profile();
    ASSERT_EQ(profile.stacks.size(), 3U);
    EXPECT_THAT(profile.stacks[0].frames, ElementsAre("app1 (outbound)", "haproxy", "GET /a",
                                                      "waits for 127.0.0.1:5432 SELECT \u2026"));
    EXPECT_THAT(profile.stacks[1].frames, ElementsAre("app1 (outbound)", "haproxy", "(no call)", "(idle)"));
    Json user = recorded_user("", 1, {{"address", "10.0.0.1:80"}, {"call", nullptr}, {"certain", false}});
    user["call"] = user["process"] = nullptr;
    const auto other =
        between(recording(0, 0, {}), recording(1, 1, {recorded_backend("b", 1, 3, {user}, 2)}));
    ASSERT_EQ(other->stacks.size(), 2U);
    EXPECT_THAT(other->stacks[0].frames, ElementsAre("b (outbound)", "(other)"));
    EXPECT_THAT(other->stacks[1].frames,
                ElementsAre("b (outbound)", "(unknown)", "(http)", "~ waits for 10.0.0.1:80"));
}

TEST(ProfileBetween, SumsToTheCountersAlsoWhereNoLookMetAnything)
{
    const auto profile =
        between(recording(0, 0, {}),
                recording(10, 100,
                          {recorded_backend("short", 0.75, 0, {}), recorded_backend("idle", 0, 0, {}),
                           recorded_backend("app1", 7, 6, {recorded_user("GET /a", 6)})}));
    EXPECT_DOUBLE_EQ(profile->slot_seconds, 7.75);
    EXPECT_DOUBLE_EQ(sum_of(*profile), 7.75);
    EXPECT_THAT(profile->stacks.back().frames, ElementsAre("short (outbound)", "(not seen by a look)"));
}

TEST(ProfileBetween, RefusesTwoRecordingsAndWhatIsNoAnswer)
{
    const auto anew = between(recording(5, 50, {}, 7), recording(1, 10, {}, 8));
    ASSERT_FALSE(anew);
    EXPECT_THAT(anew.error().message, HasSubstr("begun again"));
    Json broken = recording(1, 10, {recorded_backend("app1", 1, 1, {recorded_user("GET /a", 1)})});
    broken["backends"][0]["users"][0]["slot_seconds"] = "many";
    EXPECT_FALSE(between(recording(0, 0, {}), broken));
    EXPECT_FALSE(between(Json::object(), Json::object()));
}

TEST(ProfileCommand, AsksUntilTheTimeIsCoveredAndPrintsFoldedStacks)
{
    const FakeAgent agent{GrowingAgent()};
    const Ran ran = run_slotscope(
        {"--socket", agent.socket(), "profile", "app1", "--direction", "outbound", "--seconds", "2"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(ran.out, "app1 (outbound);haproxy;GET /a;(waiting) 12000000\n");
    EXPECT_EQ(
        ran.err,
        "slotscope: 3.0 s, 45 looks: 12.0 slot-seconds by the counters, 12.3 as seen by the looks, scaled "
        "to the former\n");
    const std::string asked = "/v1/recording?backend=app1&direction=outbound";
    EXPECT_THAT(agent.targets(), ElementsAre(asked, asked, asked));
}

TEST(ProfileCommand, WarnsOfFewLooksAndOfWhatWasMissed)
{
    int asked = 0;
    const FakeAgent agent([&](const std::string&) {
        Json answer = recording(2.0 * asked, asked, {recorded_backend("a", 2.0 * asked, 0, {})});
        answer["complete"] = false;
        ++asked;
        return http_answer(answer.dump());
    });
    const Ran ran = run_slotscope({"--socket", agent.socket(), "profile", "--seconds", "1"});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_THAT(ran.err, HasSubstr("only roughly"));
    EXPECT_THAT(ran.err, HasSubstr("has missed something"));
}

TEST(ProfileCommand, GivesWhatThereIsWhenTheUserInterrupts)
{
    EXPECT_EXIT(
        {
            sigset_t interrupt; // not to the agent's thread
            ::sigemptyset(&interrupt);
            ::sigaddset(&interrupt, SIGINT);
            ::pthread_sigmask(SIG_BLOCK, &interrupt, nullptr);
            GrowingAgent growing;
            const FakeAgent agent([&](const std::string& target) {
                ::kill(::getpid(), SIGINT);
                return growing(target);
            });
            const Ran ran = run_slotscope({"--socket", agent.socket(), "profile", "--seconds", "60"});
            ::_exit(ran.out == "app1 (outbound);haproxy;GET /a;(waiting) 6000000\n" ? ran.exit_code : 99);
        },
        testing::ExitedWithCode(0), "");
}

TEST(ProfileCommand, GivesWhatThereIsWhenTheAgentGoesAndSaysSo)
{
    GrowingAgent growing;
    std::atomic<int> asked = 0;
    const FakeAgent agent([&](const std::string& target) {
        return ++asked <= 2 ? growing(target) : http_answer(recording(0, 0, {}, 99).dump());
    });
    const Ran ran = run_slotscope({"--socket", agent.socket(), "profile", "--seconds", "60"});
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_EQ(ran.out, "app1 (outbound);haproxy;GET /a;(waiting) 6000000\n");
    EXPECT_THAT(ran.err, HasSubstr("begun again"));
}

TEST(ProfileCommand, ReplacesItsFileAsAWholeInEveryFormat)
{
    const TemporaryDirectory directory;
    const std::string file = directory.path("out");
    for (const char* format : {"folded", "pprof", "svg"}) {
        const FakeAgent agent{GrowingAgent()};
        const Ran ran = run_slotscope(
            {"--socket", agent.socket(), "profile", "--seconds", "1", "--format", format, "--file", file});
        EXPECT_EQ(ran.exit_code, 0) << ran.err;
        EXPECT_EQ(ran.out, "the profile is in " + file + "\n");
        EXPECT_GT(std::filesystem::file_size(file), 40U);
    }
    const FakeAgent agent{GrowingAgent()};
    EXPECT_EQ(
        run_slotscope({"--socket", agent.socket(), "profile", "--seconds", "1", "--file", "/proc/none/a"})
            .exit_code,
        1);
}

TEST(ProfileCommand, IsJsonForPrograms)
{
    const FakeAgent agent{GrowingAgent()};
    const Ran ran =
        run_slotscope({"--socket", agent.socket(), "profile", "--seconds", "1", "--output", "json"});
    const Json json = Json::parse(ran.out);
    EXPECT_EQ(json["schema"], "slotscope.profile/1");
    EXPECT_EQ(json["complete"], true);
    EXPECT_EQ(json["slot_seconds"], 6.0);
    EXPECT_EQ(json["stacks"][0]["frames"][2], "GET /a");
}

TEST(ProfileCommand, RefusesWrongUsageBeforeItCollectsAnything)
{
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"--seconds", "0"},
                                               {"--seconds", "3601"},
                                               {"--seconds", "x"},
                                               {"--format", "png"},
                                               {"--direction", "up"}}) {
        std::vector<std::string> all = {"profile"};
        all.insert(all.end(), words.begin(), words.end());
        EXPECT_EQ(run_slotscope(all).exit_code, 2) << words[1];
    }
    const TemporaryDirectory directory;
    EXPECT_EQ(run_slotscope({"--socket", directory.path("none"), "profile"}).exit_code, 3);
    const FakeAgent agent([](const std::string&) {
        return http_answer(R"({"schema":"slotscope.error/1","error":"there is no backend \"x\""})",
                           "404 Not Found");
    });
    const Ran ran = run_slotscope({"--socket", agent.socket(), "profile", "x"});
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_THAT(ran.err, HasSubstr("no backend"));
}

TEST(ProfileCommand, WritesNothingBinaryToATerminal)
{
    const FakeAgent agent{GrowingAgent()};
    for (const char* format : {"pprof", "svg"})
        for (const char* file : {"", "-"}) {
            Arguments arguments;
            arguments.socket = agent.socket();
            arguments.profile = format;
            arguments.file = file;
            std::ostringstream out;
            std::ostringstream err;
            Output output{out, err, Screen{}};
            output.screen.terminal = true;
            EXPECT_EQ(run_profile(arguments, output), 2);
            EXPECT_EQ(out.str(), "");
            EXPECT_THAT(err.str(), HasSubstr("is not for a terminal: name a file with --file"));
        }
    EXPECT_TRUE(agent.targets().empty()) << "it is refused before anything is collected";
}

} // namespace slotscope::cli::test
