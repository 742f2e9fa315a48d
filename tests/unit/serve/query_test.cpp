// SPDX-License-Identifier: MIT
#include "serve/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::serve {
namespace {

using testing::HasSubstr;

TEST(ParseTarget, SplitsPathAndParameters)
{
    const auto target = parse_target("/v1/holders?backend=app%201&count=10");
    ASSERT_TRUE(target) << target.error().message;
    EXPECT_EQ(target->path, "/v1/holders");
    EXPECT_EQ(target->parameters.at("backend"), "app 1");
    EXPECT_EQ(target->parameters.at("count"), "10");
}

TEST(ParseTarget, KeepsAPlusAndAnEmptyValue)
{
    const auto target = parse_target("/v1/holders?backend=a+b&direction=");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->parameters.at("backend"), "a+b");
    EXPECT_EQ(target->parameters.at("direction"), "");
}

TEST(ParseTarget, TakesAnAbsoluteUrl)
{
    EXPECT_EQ(parse_target("http://slotscope/v1/status?a=b")->path, "/v1/status");
    EXPECT_EQ(parse_target("http://slotscope")->path, "/");
}

TEST(ParseTarget, TakesAQuestionMarkWithoutParameters)
{
    EXPECT_TRUE(parse_target("/v1/status?")->parameters.empty());
}

TEST(ParseTarget, SaysWhatIsWrong)
{
    const std::pair<const char*, const char*> wrong[] = {
        {"", "is not a path"},      {"v1/status", "is not a path"},   {"*", "is not a path"},
        {"/v1?a=%", "hexadecimal"}, {"/v1?a=%4", "hexadecimal"},      {"/v1?a=%zz", "hexadecimal"},
        {"/%+1", "hexadecimal"},    {"/v1?a=%00", "zero byte"},       {"/v1?a=1&a=2", "given twice"},
        {"/v1?a", "has no value"},  {"/v1?a=1&&b=2", "has no value"},
    };
    for (const auto& [target, message] : wrong) {
        const auto parsed = parse_target(target);
        ASSERT_FALSE(parsed) << target;
        EXPECT_THAT(parsed.error().message, HasSubstr(message));
    }
}

} // namespace
} // namespace slotscope::serve
