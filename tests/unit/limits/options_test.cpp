// SPDX-License-Identifier: MIT
#include "limits/options.h"

#include <gtest/gtest.h>

namespace slotscope::limits {
namespace {

using Words = std::vector<std::string>;

TEST(Options, AreFoundInEachOfTheirWays)
{
    const Words argv = {"x", "-w", "1", "-w2", "--workers", "3", "--workers=4", "--other", "--", "-w", "9"};
    EXPECT_EQ(option_values(argv, {"-w", "--workers"}), (Words{"1", "2", "3", "4"}));
    EXPECT_EQ(option_value(argv, {"-w", "--workers"}), "4");
    EXPECT_FALSE(option_value(argv, {"-z", "--zeal"}).has_value());
    EXPECT_TRUE(has_option(argv, {"", "--other"}));
    EXPECT_FALSE(has_option(argv, {"", "--oth"}));
    EXPECT_TRUE(option_values({"x", "-w"}, {"-w", "--workers"}).empty()); // its value is missing
    EXPECT_TRUE(option_values({}, {"-w", "--workers"}).empty());
}

TEST(Options, TheScriptOfAnInterpreterStandsBehindItsOwnOptions)
{
    EXPECT_EQ(script_of({"python3", "-u", "-W", "error", "/usr/bin/gunicorn", "app"}, "WX"),
              "/usr/bin/gunicorn");
    EXPECT_EQ(script_of({"python3", "-m", "gunicorn"}, "WX"), "gunicorn");
    EXPECT_EQ(script_of({"python3", "-c", "gunicorn"}, "WX"), "");
    EXPECT_EQ(script_of({"python3"}, "WX"), "");
    EXPECT_EQ(script_of({}, "WX"), "");
}

TEST(Options, AnEmptyWordIsNone)
{
    EXPECT_EQ(option_value({"gunicorn", "", "--threads", "4"}, {"", "--threads"}), "4");
    EXPECT_EQ(option_values({"java", "", "-Da=1"}, {"-D", ""}), (Words{"a=1"}));
}

TEST(Options, AreSplitAsAShellDoes)
{
    EXPECT_EQ(shell_words("-w 4  --bind='a b' \"c\\\"d\" e\\ f ''"),
              (Words{"-w", "4", "--bind=a b", "c\"d", "e f", ""}));
    EXPECT_EQ(shell_words("'open"), (Words{"open"}));
    EXPECT_TRUE(shell_words("  ").empty());
}

TEST(Options, TheEnvironmentIsKnownByName)
{
    const Words environment = {"A=1", "AB=2", "C", "D="};
    EXPECT_EQ(environment_value(environment, "AB"), "2");
    EXPECT_EQ(environment_value(environment, "D"), "");
    EXPECT_FALSE(environment_value(environment, "C").has_value());
    EXPECT_FALSE(environment_value(environment, "B").has_value());
}

} // namespace
} // namespace slotscope::limits
