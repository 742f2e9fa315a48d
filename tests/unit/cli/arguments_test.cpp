// SPDX-License-Identifier: MIT
#include "cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::cli {

using testing::HasSubstr;

TEST(CommandLine, TakesCommonOptionsBeforeAndAfterTheCommand)
{
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"--output", "json", "--socket", "/s", "backends"},
          std::vector<std::string>{"backends", "--output", "json", "--socket=/s"}}) {
        const CommandLine line = parse_command_line(words);
        ASSERT_NE(line.command, nullptr) << line.err;
        EXPECT_EQ(line.command->name, "backends");
        EXPECT_EQ(line.arguments.format, Format::json);
        EXPECT_EQ(line.arguments.socket, "/s");
    }
}

TEST(CommandLine, KnowsItsDefaults)
{
    const CommandLine line = parse_command_line({"holders"});
    ASSERT_NE(line.command, nullptr);
    EXPECT_EQ(line.arguments.socket, "/run/slotscope/slotscope.sock");
    EXPECT_EQ(line.arguments.format, Format::table);
    EXPECT_EQ(line.arguments.backend, "");
    EXPECT_FALSE(line.arguments.count);
}

TEST(CommandLine, ReadsTheOptionsOfHolders)
{
    const CommandLine line =
        parse_command_line({"holders", "app1", "--count", "5", "--direction", "inbound", "--captured"});
    ASSERT_NE(line.command, nullptr) << line.err;
    EXPECT_EQ(line.arguments.backend, "app1");
    EXPECT_EQ(line.arguments.count, 5U);
    EXPECT_EQ(line.arguments.direction, "inbound");
    EXPECT_TRUE(line.arguments.captured);
}

TEST(CommandLine, TakesABackendWithTheNameOfACommand)
{
    const CommandLine line = parse_command_line({"holders", "status"});
    ASSERT_NE(line.command, nullptr) << line.err;
    EXPECT_EQ(line.command->name, "holders");
    EXPECT_EQ(line.arguments.backend, "status");
}

TEST(CommandLine, SuggestsTheNearestCommand)
{
    const CommandLine line = parse_command_line({"backend"});
    EXPECT_EQ(line.command, nullptr);
    EXPECT_EQ(line.exit_code, 2);
    EXPECT_EQ(line.out, "");
    EXPECT_EQ(line.err,
              "slotscope: unknown command 'backend', did you mean 'backends'? See `slotscope --help`\n");
}

TEST(CommandLine, SuggestsTheNearestOptionOfTheCommandOrOfAll)
{
    EXPECT_THAT(parse_command_line({"holders", "--captuerd"}).err, HasSubstr("did you mean '--captured'?"));
    EXPECT_THAT(parse_command_line({"status", "--ouput", "json"}).err, HasSubstr("did you mean '--output'?"));
    EXPECT_THAT(parse_command_line({"--sokcet=/x", "status"}).err,
                HasSubstr("unknown option '--sokcet', did you mean '--socket'?"));
}

TEST(CommandLine, RefusesWhatIsWrongWithExitCodeTwo)
{
    for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                  {"zzzzzz"},
                                                  {"status", "extra"},
                                                  {"status", "--count", "5"},
                                                  {"status", "--output", "xml"},
                                                  {"status", "--socket"},
                                                  {"holders", "--count", "0"},
                                                  {"holders", "--count", "-1"},
                                                  {"holders", "--count", "1.5"},
                                                  {"holders", "--count", "99999999999999999999999"},
                                                  {"holders", "--count", "5", "--all"},
                                                  {"holders", "--direction", "up"},
                                                  {"check", "--warn", "x"},
                                                  {"check", "--warn", "90", "--critical", "80"},
                                                  {"status", "\x1b[2J"}}) {
        const CommandLine line = parse_command_line(words);
        EXPECT_EQ(line.command, nullptr) << testing::PrintToString(words);
        EXPECT_EQ(line.exit_code, 2) << testing::PrintToString(words);
        EXPECT_THAT(line.err, testing::StartsWith("slotscope: "));
        EXPECT_LT(line.err.size(), 200U) << line.err;
        EXPECT_EQ(line.err.find('\x1b'), std::string::npos);
    }
}

TEST(CommandLine, PrintsHelpAndVersionOnStandardOutput)
{
    const CommandLine help = parse_command_line({"--help"});
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_EQ(help.err, "");
    for (const Command& command : commands())
        EXPECT_THAT(help.out, HasSubstr(std::string(command.name)));
    EXPECT_THAT(parse_command_line({"check", "--help"}).out, HasSubstr("--critical"));
    EXPECT_THAT(parse_command_line({"--version"}).out, HasSubstr("slotscope 0."));
}

TEST(Nearest, FindsMisspellingsAndBeginnings)
{
    const std::vector<std::string> names = {"status", "backends", "holders"};
    EXPECT_EQ(nearest("statsu", names), "status");
    EXPECT_EQ(nearest("back", names), "backends");
    EXPECT_EQ(nearest("xyz", names), "");
    EXPECT_EQ(nearest("", names), "");
    EXPECT_EQ(nearest(std::string(100000, 'x'), names), "");
}

} // namespace slotscope::cli
