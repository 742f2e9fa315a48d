// SPDX-License-Identifier: MIT
#include "daemon/command_line.h"

#include "temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::daemon {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

Result<Invocation> parse(std::vector<const char*> words)
{
    words.insert(words.begin(), "slotscoped");
    words.push_back(nullptr);
    return parse_command_line(static_cast<int>(words.size()) - 1, words.data());
}

Invocation parsed(const std::vector<const char*>& words)
{
    auto result = parse(words);
    EXPECT_TRUE(result.ok()) << (result ? "" : result.error().message);
    return result ? result.value() : Invocation{};
}

std::string refused(const std::vector<const char*>& words)
{
    auto result = parse(words);
    EXPECT_FALSE(result.ok());
    return result ? "" : result.error().message;
}

TEST(CommandLine, AsksForNothingWithoutOptions)
{
    const Invocation invocation = parsed({});
    EXPECT_EQ(invocation.action, Action::run);
    EXPECT_FALSE(invocation.foreground);
    EXPECT_FALSE(invocation.socket || invocation.metrics || invocation.state ||
                 invocation.configuration_file);
    EXPECT_TRUE(invocation.limits.empty());
}

TEST(CommandLine, TakesEveryOption)
{
    const Invocation invocation =
        parsed({"--config", "/c.toml", "--socket=/s", "--metrics", "off", "--state", "/d", "--foreground",
                "--limit", "a=10.0.0.1:80:8/calls", "--limit=b=10.0.0.2:80:9", "--log-level", "debug"});
    EXPECT_EQ(invocation.configuration_file, "/c.toml");
    EXPECT_EQ(invocation.socket, "/s");
    EXPECT_EQ(invocation.metrics, "off");
    EXPECT_EQ(invocation.state, "/d");
    EXPECT_EQ(invocation.log_level, "debug");
    EXPECT_TRUE(invocation.foreground);
    ASSERT_EQ(invocation.limits.size(), 2U);
    EXPECT_EQ(invocation.limits[0].kind, SlotKind::calls);
    EXPECT_EQ(invocation.limits[0].source, "--limit");
    EXPECT_EQ(invocation.limits[1].name, "b");
}

TEST(CommandLine, KeepsCommasAndBracketsOfALimit)
{
    const Invocation invocation = parsed({"--limit", "a=[::1]:80,[::2]:80:8"});
    ASSERT_EQ(invocation.limits.size(), 1U);
    EXPECT_EQ(invocation.limits[0].addresses.size(), 2U);
}

TEST(CommandLine, TellsTheActionsApart)
{
    EXPECT_EQ(parsed({"--check-config"}).action, Action::check_configuration);
    EXPECT_EQ(parsed({"--doctor"}).action, Action::doctor);
    EXPECT_EQ(parsed({"--version"}).action, Action::show_version);
    EXPECT_EQ(parsed({"--help"}).action, Action::show_help);
    EXPECT_THAT(refused({"--doctor", "--check-config"}), HasSubstr("exclude each other"));
}

TEST(CommandLine, HelpListsTheOptionsForPeopleOnly)
{
    EXPECT_THAT(parsed({"--help"}).help, AllOf(HasSubstr("--limit"), HasSubstr("--check-config"),
                                               HasSubstr("127.0.0.1:10048"), Not(HasSubstr("--hooks"))));
}

TEST(CommandLine, ReadsHookChoicesOfTests)
{
    EXPECT_THAT(parsed({"--hooks", "connect=tp_btf/inet_sock_set_state,accept=off"}).hooks,
                ElementsAre(Pair("connect", "tp_btf/inet_sock_set_state"), Pair("accept", "off")));
    EXPECT_THAT(refused({"--hooks", "connect"}), HasSubstr("SIGNAL=VARIANT"));
}

TEST(CommandLine, SaysWhatIsWrongAndWhatIsValid)
{
    EXPECT_THAT(refused({"--sokcet", "/s"}), AllOf(HasSubstr("\"--sokcet\"; did you mean \"--socket\"?"),
                                                   HasSubstr("--help"), Not(HasSubstr("unexpected"))));
    EXPECT_THAT(refused({"--nonsense"}), HasSubstr("valid: --config"));
    EXPECT_THAT(refused({"start"}), HasSubstr("unexpected argument \"start\""));
    EXPECT_THAT(refused({"--socket"}), HasSubstr("--socket"));
    EXPECT_THAT(refused({"--socket", "/a", "--socket", "/b"}), HasSubstr("--socket"));
    EXPECT_THAT(refused({"--socket", ""}), HasSubstr("--socket: the path is empty"));
    EXPECT_THAT(refused({"--config", ""}), HasSubstr("--config: the path is empty"));
    EXPECT_THAT(refused({"--metrics", "10048"}), HasSubstr("127.0.0.1:10048"));
    EXPECT_THAT(refused({"--log-level", "wran"}), HasSubstr("did you mean \"warn\"?"));
    const std::string long_path = "/" + std::string(107, 'x');
    EXPECT_THAT(refused({"--socket", long_path.c_str()}), HasSubstr("at most 107"));
}

TEST(CommandLine, ReportsEveryWrongValueAtOnce)
{
    EXPECT_THAT(refused({"--metrics", "x", "--limit", "y", "--limit", "a=10.0.0.1:80:0"}),
                AllOf(HasSubstr("--metrics: "), HasSubstr("\"y\""), HasSubstr("a limit of 0")));
}

TEST(CommandLine, RejectsLimitsThatConflict)
{
    EXPECT_THAT(refused({"--limit", "a=10.0.0.1:80:8", "--limit", "a=10.0.0.2:80:8"}),
                HasSubstr("name \"a\""));
}

TEST(CommandLine, AnEmptyOneIsNoCrash)
{
    const char* none[] = {nullptr};
    EXPECT_TRUE(parse_command_line(0, none).ok());
}

TEST(LoadConfiguration, OptionsOverrideTheFile)
{
    const TemporaryDirectory directory;
    const std::string file =
        directory.write("c.toml", "socket = \"/from-file\"\nmetrics = \"off\"\n"
                                  "[[limit]]\nname = \"a\"\naddress = \"10.0.0.1:80\"\nslots = 8\n");
    const auto loaded = load_configuration(
        parsed({"--config", file.c_str(), "--socket", "/from-option", "--limit", "a=10.0.0.1:80:5"}));
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    EXPECT_EQ(loaded->socket, "/from-option");
    EXPECT_EQ(loaded->metrics, "off");
    ASSERT_EQ(loaded->limits.size(), 1U);
    EXPECT_EQ(loaded->limits[0].slots, 5U);
}

TEST(LoadConfiguration, NamesBothSourcesOfAConflict)
{
    const TemporaryDirectory directory;
    const std::string file =
        directory.write("c.toml", "[[limit]]\nname = \"a\"\naddress = \"10.0.0.1:80\"\nslots = 8\n");
    const auto loaded = load_configuration(parsed({"--config", file.c_str(), "--limit", "b=10.0.0.1:80:5"}));
    ASSERT_FALSE(loaded.ok());
    EXPECT_THAT(loaded.error().message,
                AllOf(HasSubstr("c.toml:4"), HasSubstr("--limit"), HasSubstr("10.0.0.1:80")));
}

TEST(LoadConfiguration, OnlyTheDefaultFileMayBeMissing)
{
    const TemporaryDirectory directory;
    const std::string missing = directory / "none.toml";
    const auto loaded = load_configuration(parsed({}), missing);
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    EXPECT_EQ(loaded->metrics, "127.0.0.1:10048");
    const auto named = load_configuration(parsed({"--config", missing.c_str()}));
    ASSERT_FALSE(named.ok());
    EXPECT_THAT(named.error().message, HasSubstr("none.toml"));
}

TEST(LoadConfiguration, AWrongDefaultFileIsAnError)
{
    const TemporaryDirectory directory;
    EXPECT_FALSE(load_configuration(parsed({}), directory.write("c.toml", "nonsense")).ok());
}

} // namespace
} // namespace slotscope::daemon
