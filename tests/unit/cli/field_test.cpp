// SPDX-License-Identifier: MIT
#include "cli/render/field.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::cli {

namespace {

std::string error_of(const Json& document, void (*read)(const Field&))
{
    const auto result = reading([&] {
        read(Field(document));
        return true;
    });
    return result ? "" : result.error().message;
}

} // namespace

TEST(Field, NamesThePathOfWhatIsWrong)
{
    const Json document = {{"a", {{"b", Json::array({1, "x"})}}}};
    const auto read = [](const Field& field) { field.at("a").at("b").elements()[1].count(); };
    EXPECT_THAT(error_of(document, read), testing::HasSubstr("a.b[1] is string, not a count"));
}

TEST(Field, SaysWhatIsMissing)
{
    EXPECT_THAT(error_of({{"a", nullptr}}, [](const Field& field) { field.at("a"); }),
                testing::HasSubstr("a is missing"));
}

TEST(Field, RefusesNegativeAndFractionalCounts)
{
    EXPECT_NE(error_of({{"n", -1}}, [](const Field& field) { field.at("n").count(); }), "");
    EXPECT_NE(error_of({{"n", 1.5}}, [](const Field& field) { field.at("n").count(); }), "");
    EXPECT_EQ(error_of({{"n", 7}}, [](const Field& field) { field.at("n").count(); }), "");
}

TEST(Field, RefusesEveryWrongType)
{
    const Json document = {{"v", Json::array()}};
    EXPECT_NE(error_of(document, [](const Field& field) { field.at("v").text(); }), "");
    EXPECT_NE(error_of(document, [](const Field& field) { field.at("v").number(); }), "");
    EXPECT_NE(error_of(document, [](const Field& field) { field.at("v").flag(); }), "");
    EXPECT_NE(error_of(document, [](const Field& field) { field.at("v").members(); }), "");
    EXPECT_NE(error_of(document, [](const Field& field) { field.at("v").find("x"); }), "");
    EXPECT_NE(error_of({{"v", 1}}, [](const Field& field) { field.at("v").elements(); }), "");
}

TEST(ParseObject, RefusesWhatIsNoObject)
{
    for (const char* text :
         {"", "[]", "nonsense", "{\"a\":", "\"text\"", "{\"a\":\"\xff\"}", "{\"a\":1e999}"})
        EXPECT_FALSE(parse_object(text)) << text;
}

TEST(ParseObject, RefusesDeepNestingWithoutExhaustingTheStack)
{
    const std::size_t depth = 1'000'000;
    EXPECT_FALSE(parse_object("{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}"));
}

TEST(ParseObject, TakesBracketsInStringsForText)
{
    const std::string brackets = std::string(1000, '[') + R"(\"\\)" + std::string(1000, '{');
    EXPECT_TRUE(parse_object(R"({"a":")" + brackets + R"("})"));
}

TEST(ParseAnswer, WantsTheSchemaThatItReads)
{
    EXPECT_TRUE(parse_answer(R"({"schema":"s/1"})", "s/1"));
    EXPECT_FALSE(parse_answer(R"({"schema":"s/2"})", "s/1"));
    EXPECT_FALSE(parse_answer(R"({"schema":1})", "s/1"));
    EXPECT_FALSE(parse_answer(R"({})", "s/1"));
}

} // namespace slotscope::cli
