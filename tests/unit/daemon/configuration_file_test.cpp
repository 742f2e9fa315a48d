// SPDX-License-Identifier: MIT
#include "daemon/configuration_file.h"

#include "temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace slotscope::daemon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string refused(const std::string& text)
{
    auto result = parse_configuration(text, "/etc/slotscope/slotscope.toml");
    EXPECT_FALSE(result.ok()) << text;
    return result ? "" : result.error().message;
}

std::string refused_file(const std::string& path)
{
    auto result = read_configuration_file(path);
    EXPECT_FALSE(result.ok()) << path;
    return result ? "" : result.error().message;
}

TEST(ConfigurationFile, SampleSetsEveryKeyAndShowsTheDefaults)
{
    const auto sample = read_configuration_file(TEST_DATA "/slotscope.toml");
    ASSERT_TRUE(sample.ok()) << sample.error().message;
    const Configuration defaults;
    EXPECT_EQ(sample->socket, defaults.socket);
    EXPECT_EQ(sample->metrics, defaults.metrics);
    EXPECT_EQ(sample->state, defaults.state);
    EXPECT_EQ(sample->log_level, defaults.log_level);
    EXPECT_EQ(sample->max_connections, defaults.max_connections);
    EXPECT_EQ(sample->max_backends, defaults.max_backends);
    EXPECT_EQ(sample->audit_seconds, defaults.audit_seconds);
    EXPECT_EQ(sample->fold_idle_seconds, defaults.fold_idle_seconds);
    EXPECT_EQ(sample->slow_calls.enabled, defaults.slow_calls.enabled);
    EXPECT_EQ(sample->slow_calls.floor_milliseconds, defaults.slow_calls.floor_milliseconds);
    EXPECT_EQ(sample->slow_calls.percent_of_p99, defaults.slow_calls.percent_of_p99);
    EXPECT_EQ(sample->slow_calls.milliseconds.at("app1"), 5000U);
    EXPECT_EQ(sample->history_megabytes, defaults.history_megabytes);
    EXPECT_EQ(sample->history_days, defaults.history_days);

    ASSERT_EQ(sample->limits.size(), 3U);
    const Limit& app = sample->limits[0];
    EXPECT_EQ(app.name, "app1");
    EXPECT_EQ(to_string(app.addresses.at(0)), "127.0.0.1:8081");
    EXPECT_EQ(app.slots, 8U);
    EXPECT_EQ(app.kind, SlotKind::calls);
    EXPECT_EQ(app.direction, Direction::outbound);
    EXPECT_EQ(app.source, "slotscope.toml:12");
    EXPECT_EQ(app.line, 12);
    EXPECT_EQ(sample->limits[1].addresses.size(), 2U);
    EXPECT_FALSE(sample->limits[1].direction.has_value());
    EXPECT_EQ(to_string(sample->limits[2].addresses.at(0)), "unix:/run/php/php-fpm.sock");
}

TEST(ConfigurationFile, EveryKeyChangesItsOwnSetting)
{
    const auto file = parse_configuration(R"(
socket = "/s"
metrics = "off"
state = "/d"
log_level = "debug"
[tables]
connections = 3000
backends = 17
[audit]
seconds = 0
[fold]
idle_seconds = 1
[history]
megabytes = 2
days = 3650
)",
                                          "x.toml");
    ASSERT_TRUE(file.ok()) << file.error().message;
    EXPECT_EQ(file->socket, "/s");
    EXPECT_EQ(file->metrics, "off");
    EXPECT_EQ(file->state, "/d");
    EXPECT_EQ(file->log_level, "debug");
    EXPECT_EQ(file->max_connections, 4096U);
    EXPECT_EQ(file->max_backends, 17U);
    EXPECT_EQ(file->audit_seconds, 0U);
    EXPECT_EQ(file->fold_idle_seconds, 1U);
    EXPECT_EQ(file->history_megabytes, 2U);
    EXPECT_EQ(file->history_days, 3650U);
}

TEST(ConfigurationFile, SlowCallsAreSetForAllAndForSingleBackends)
{
    const auto file = parse_configuration(R"(
[slow_calls]
enabled = false
floor_milliseconds = 250
percent_of_p99 = 300
[slow_calls.milliseconds]
app1 = 5000
"[::1]:80" = 10
batch = 0
)",
                                          "x.toml");
    ASSERT_TRUE(file.ok()) << file.error().message;
    const SlowCallSettings expected{false, 250, 300, {{"app1", 5000}, {"[::1]:80", 10}, {"batch", 0}}};
    EXPECT_EQ(file->slow_calls, expected);
}

TEST(ConfigurationFile, SlowCallsThatAreWrongSaySo)
{
    EXPECT_THAT(refused("[slow_calls]\nenabled = 1\n"),
                HasSubstr("toml:2:11: enabled must be true or false"));
    EXPECT_THAT(refused("[slow_calls]\nfloor_milliseconds = 0\n"), HasSubstr("floor_milliseconds"));
    EXPECT_THAT(refused("[slow_calls]\npercent_of_p99 = 10001\n"), HasSubstr("10000"));
    EXPECT_THAT(refused("[slow_calls]\nfloor = 3\n"), HasSubstr("floor_milliseconds"));
    EXPECT_THAT(refused("[slow_calls]\nmilliseconds = 3\n"), HasSubstr("[slow_calls.milliseconds]"));
    EXPECT_THAT(refused("[slow_calls.milliseconds]\napp1 = -1\n"), HasSubstr("app1"));
    EXPECT_THAT(refused("[slow_calls.milliseconds]\n\"a b\" = 1\n"), HasSubstr("cannot be a name"));
    EXPECT_THAT(refused("slow_calls = true\n"), HasSubstr("must be a table under [slow_calls]"));
}

TEST(ConfigurationFile, EmptyOneIsAllDefaults)
{
    const auto file = parse_configuration("", "x.toml");
    ASSERT_TRUE(file.ok());
    EXPECT_EQ(file->socket, Configuration().socket);
    EXPECT_TRUE(file->limits.empty());
}

TEST(ConfigurationFile, UnknownKeyNamesFileLineAndTheNearestValidKey)
{
    EXPECT_EQ(
        refused(
            "[[limit]]\nname = \"a\"\nslots = 3\naddress = \"10.0.0.1:80\"\n  adress = \"10.0.0.1:80\"\n"),
        "/etc/slotscope/slotscope.toml:5:3: unknown key \"adress\" in [[limit]]; did you mean \"address\"?");
    EXPECT_EQ(refused("sokcet = \"/s\"\n"),
              "/etc/slotscope/slotscope.toml:1:1: unknown key \"sokcet\"; did you mean \"socket\"?");
    EXPECT_EQ(refused("[audit]\n\nevery = 3\n"),
              "/etc/slotscope/slotscope.toml:3:1: unknown key \"every\" in [audit]; valid: seconds");
}

TEST(ConfigurationFile, ReportsEverythingThatIsWrongInTheOrderOfTheFile)
{
    const std::string errors = refused("socket = 3\n"
                                       "metrics = \"nowhere\"\n"
                                       "[[limit]]\n"
                                       "name = \"a b\"\n"
                                       "address = \"10.0.0.1\"\n"
                                       "slots = 0\n"
                                       "kind = \"conections\"\n"
                                       "direction = \"sideways\"\n"
                                       "[[limit]]\n"
                                       "[tables]\n"
                                       "backends = 3\n"
                                       "connections = 1.5\n");
    std::istringstream lines(errors);
    const std::pair<int, const char*> expected[] = {
        {1, "socket must be text in quotes, not a whole number"},
        {2, "metrics: \"nowhere\" is neither off nor an address"},
        {4, "\"a b\" cannot be a name"},
        {5, "\"10.0.0.1\" is not an address: it has no port"},
        {6, "a limit of 0"},
        {7, "did you mean \"connections\"?"},
        {8, "valid: inbound, outbound"},
        {9, "no name"},
        {9, "no slots"},
        {9, "no address"},
        {11, "backends must be a whole number from 16 to 65536, not 3"},
        {12, "connections must be a whole number from 1024 to 16777216, not a number with a fraction"},
    };
    std::string line;
    for (const auto& [number, why] : expected) {
        ASSERT_TRUE(std::getline(lines, line)) << errors;
        EXPECT_THAT(line, AllOf(HasSubstr("slotscope.toml:" + std::to_string(number) + ":"), HasSubstr(why)));
    }
    EXPECT_FALSE(std::getline(lines, line)) << line;
}

TEST(ConfigurationFile, RejectsNumbersOutOfRange)
{
    EXPECT_THAT(refused("[audit]\nseconds = -1\n"), HasSubstr("from 0 to 86400, not -1"));
    EXPECT_THAT(refused("[history]\nmegabytes = 1\n"), HasSubstr("from 2 to 65536, not 1"));
    EXPECT_THAT(refused("[history]\ndays = 0\n"), HasSubstr("from 1 to 3650, not 0"));
    EXPECT_THAT(refused("[history]\nday = 9\n"), HasSubstr("did you mean \"days\"?"));
    EXPECT_THAT(refused("[[limit]]\nname = \"a\"\naddress = \"10.0.0.1:80\"\nslots = 4294967296\n"),
                HasSubstr("from 1 to 4294967295, not 4294967296"));
    EXPECT_THAT(refused("[audit]\nseconds = 99999999999999999999\n"), HasSubstr("slotscope.toml:2:"));
}

TEST(ConfigurationFile, RejectsTheWrongShape)
{
    EXPECT_THAT(refused("[limit]\nname = \"a\"\n"), HasSubstr("[[limit]]"));
    EXPECT_THAT(refused("limit = [3]\n"), HasSubstr("[[limit]]"));
    EXPECT_THAT(refused("tables = 3\n"), HasSubstr("[tables]"));
    EXPECT_THAT(refused("[[limit]]\nname=\"a\"\nslots=1\naddresses=[]\n"), HasSubstr("not empty"));
    EXPECT_THAT(refused("[[limit]]\nname=\"a\"\nslots=1\naddresses=\"10.0.0.1:80\"\n"),
                HasSubstr("an array"));
    EXPECT_THAT(refused("[[limit]]\nname=\"a\"\nslots=1\naddresses=[80]\n"),
                HasSubstr("an address must be text"));
    EXPECT_THAT(
        refused("[[limit]]\nname=\"a\"\nslots=1\naddress=\"10.0.0.1:80\"\naddresses=[\"10.0.0.1:81\"]\n"),
        HasSubstr("both address and addresses"));
}

TEST(ConfigurationFile, RejectsLimitsThatConflict)
{
    const std::string one = "[[limit]]\nname = \"a\"\naddress = \"10.0.0.1:80\"\nslots = 8\n";
    EXPECT_THAT(refused(one + one), AllOf(HasSubstr("slotscope.toml:4"), HasSubstr("slotscope.toml:8")));
}

TEST(ConfigurationFile, SyntaxErrorNamesItsLine)
{
    EXPECT_THAT(refused("socket = \"/s\"\nmetrics = \n"), StartsWith("/etc/slotscope/slotscope.toml:2:"));
    EXPECT_THAT(refused("socket = \"/s\"\nsocket = \"/t\"\n"),
                StartsWith("/etc/slotscope/slotscope.toml:2:"));
    EXPECT_THAT(refused("socket = \"\xff\"\n"), StartsWith("/etc/slotscope/slotscope.toml:1:"));
}

TEST(ConfigurationFile, DeepNestingIsAnErrorAndNoStackOverflow)
{
    std::string dots = "a";
    for (int i = 0; i < 100000; ++i)
        dots += ".a";
    EXPECT_THAT(refused("\n" + dots + " = 1\n"),
                HasSubstr("slotscope.toml:2: the line has more than 4096 bytes"));
    EXPECT_THAT(refused("[" + dots.substr(0, 4001) + "]\n"), HasSubstr("unknown key \"a\""));
    EXPECT_THAT(refused("a = " + std::string(4000, '[') + "\n"),
                StartsWith("/etc/slotscope/slotscope.toml:1:"));
}

TEST(ConfigurationFile, MissingFileIsToldByItsCode)
{
    const TemporaryDirectory directory;
    const auto missing = read_configuration_file(directory / "none.toml");
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().code, ENOENT);
    EXPECT_THAT(missing.error().message, HasSubstr("none.toml"));
}

TEST(ConfigurationFile, ReadsOnlyRegularFilesOfABoundedSize)
{
    const TemporaryDirectory directory;
    const std::string fifo = directory / "fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_THAT(refused_file(fifo), HasSubstr("not a regular file"));
    EXPECT_THAT(refused_file(directory / "."), HasSubstr("not a regular file"));
    EXPECT_THAT(refused_file("/dev/zero"), HasSubstr("not a regular file"));
    const std::string comment = "#" + std::string(62, 'x') + "\n";
    std::string content;
    while (content.size() < kLargestConfigurationFile)
        content += comment;
    EXPECT_TRUE(read_configuration_file(directory.write("full.toml", content)).ok());
    EXPECT_THAT(refused_file(directory.write("large.toml", content + "#")),
                HasSubstr("more than 1048576 bytes"));
}

} // namespace
} // namespace slotscope::daemon
