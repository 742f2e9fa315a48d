// SPDX-License-Identifier: MIT
#include "limits/expression.h"

#include <gtest/gtest.h>

namespace slotscope::limits {
namespace {

Script script()
{
    Script script;
    script.variables["cores"] = std::int64_t{3};
    script.variables["name"] = std::string("gthread");
    script.environment = {"SET=7", "EMPTY="};
    script.processors = 4;
    return script;
}

std::string shown(std::string_view text)
{
    const auto value = evaluate(text, script());
    if (!value)
        return "unknown";
    if (const auto* number = std::get_if<std::int64_t>(&*value))
        return std::to_string(*number);
    if (const auto* word = std::get_if<std::string>(&*value))
        return "'" + *word + "'";
    return std::holds_alternative<std::monostate>(*value) ? "none" : "texts";
}

TEST(Expression, WorksOutArithmetic)
{
    EXPECT_EQ(shown("4"), "4");
    EXPECT_EQ(shown(" 2 * (1 + 3) - 1 # why"), "7");
    EXPECT_EQ(shown("7 // 2"), "3");
    EXPECT_EQ(shown("1_000"), "1000");
    EXPECT_EQ(shown("max(2, min(9, cores))"), "3");
    EXPECT_EQ(shown("multiprocessing.cpu_count() * 2 + 1"), "9");
    EXPECT_EQ(shown("Etc.nprocessors"), "4");
}

TEST(Expression, FractionsOfPythonAreUnknown)
{
    const auto python = [](std::string_view text) {
        Script script;
        script.is_python = true;
        const auto value = evaluate(text, script);
        return value ? std::get<std::int64_t>(*value) : -1;
    };
    EXPECT_EQ(python("int(8 / 2 * 3)"), 12);
    EXPECT_EQ(python("int(7 / 2 * 2)"), -1); // 7, and not 6
    EXPECT_EQ(python("7 // 2 * 2"), 6);
    EXPECT_EQ(python("8 / 0"), -1);
    EXPECT_EQ(shown("7 / 2 * 2"), "6"); // Ruby
}

TEST(Expression, LooksIntoTheEnvironment)
{
    EXPECT_EQ(shown("int(os.environ.get('SET', 5))"), "7");
    EXPECT_EQ(shown("int(os.environ.get('NONE', 5))"), "5");
    EXPECT_EQ(shown("os.environ['NONE']"), "none");
    EXPECT_EQ(shown("os.getenv(\"EMPTY\") or 6"), "6"); // Python's empty text counts as false
    EXPECT_EQ(shown("ENV[\"EMPTY\"] || 6"), "''");      // Ruby's does not
    EXPECT_EQ(shown("ENV.fetch(\"NONE\") { 5 }"), "5");
    EXPECT_EQ(shown("ENV.fetch('SET', 5).to_i"), "'7'");
    EXPECT_EQ(shown("Integer(ENV['NONE'] || 9)"), "9");
}

TEST(Expression, KnowsVariablesAndTexts)
{
    EXPECT_EQ(shown("cores"), "3");
    EXPECT_EQ(shown("name"), "'gthread'");
    EXPECT_EQ(shown("['a', \"b\"]"), "texts");
    EXPECT_EQ(shown("None"), "none");
}

TEST(Expression, EverythingElseIsUnknown)
{
    for (const char* text : {"", "other", "cores +", "f(1)", "1 if x else 2", "'a' + 'b'", "1 / 0", "(1",
                             "1)", "'open", "[1, 2]", "1.5", "3x", "f'{cores}'", "\"a\\n\"", "99999999999",
                             "1000000 * 1000000", "None + 1", "['a'"})
        EXPECT_EQ(shown(text), "unknown") << text;
    EXPECT_EQ(shown(std::string(100'000, '(')), "unknown");
    EXPECT_EQ(shown(std::string(100'000, '[')), "unknown");
}

TEST(Expression, ListsAreSeparatedByCommas)
{
    const auto values = evaluate_list("cores, 2 * 3", script());
    ASSERT_TRUE(values.has_value());
    ASSERT_EQ(values->size(), 2U);
    EXPECT_EQ(number_of(values->at(1)), 6U);
    EXPECT_FALSE(evaluate_list("1, other", script()).has_value());
    EXPECT_FALSE(evaluate_list("1,", script()).has_value());
}

TEST(Expression, NumbersMayBeTexts)
{
    EXPECT_EQ(number_of(ScriptValue{std::string(" 12 ")}), 12U);
    EXPECT_FALSE(number_of(ScriptValue{std::string("12a")}).has_value());
    EXPECT_FALSE(number_of(ScriptValue{std::int64_t{-1}}).has_value());
    EXPECT_FALSE(number_of(ScriptValue{}).has_value());
}

} // namespace
} // namespace slotscope::limits
