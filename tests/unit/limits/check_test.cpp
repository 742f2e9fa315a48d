// SPDX-License-Identifier: MIT
#include "limits/check.h"
#include "limits/explicit/limit_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::limits {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Limit limit(const std::string& text, const std::string& source)
{
    auto parsed = parse_limit_spec(text, source);
    EXPECT_TRUE(parsed.ok()) << parsed.error().message;
    return parsed.value();
}

std::string conflict(const std::string& first, const std::string& second)
{
    auto checked = check_limits({limit(first, "slotscope.toml:12"), limit(second, "--limit")});
    return checked ? "" : checked.error().message;
}

TEST(CheckName, AllowsWhatATableAndAPrometheusLabelCanCarry)
{
    for (const char* name : {"a", "9", "app1", "be_app/srv-1", "db.example:5432", "php-fpm@www"})
        EXPECT_TRUE(check_name(name).ok()) << name;
    EXPECT_TRUE(check_name(std::string(64, 'a')).ok());
}

TEST(CheckName, RejectsEverythingElse)
{
    for (const char* name :
         {"", " ", "a b", "a=b", "a\"b", "a\\b", "a\nb", "a,b", "-a", "/a", ".", "\xc3\xa4"})
        EXPECT_FALSE(check_name(name).ok()) << name;
    EXPECT_FALSE(check_name(std::string(65, 'a')).ok());
}

TEST(ParseLimitAddress, RejectsControlCharacters)
{
    EXPECT_FALSE(parse_limit_address(std::string_view("127.0.0.1\0x:80", 14)).ok());
    EXPECT_FALSE(parse_limit_address("unix:/run/a\nb").ok());
    EXPECT_TRUE(parse_limit_address("unix:/run/a b").ok());
}

TEST(CheckLimits, AcceptsLimitsThatShareNothing)
{
    EXPECT_EQ(conflict("a=10.0.0.1:80:8", "b=10.0.0.1:81:8"), "");
    EXPECT_TRUE(check_limits({}).ok());
}

TEST(CheckLimits, AcceptsOneNameAndAddressOnceInEachDirection)
{
    EXPECT_EQ(conflict("a=10.0.0.1:80:8/inbound", "a=10.0.0.1:80:9/outbound"), "");
}

TEST(CheckLimits, RejectsANameTwiceNamingBothSources)
{
    EXPECT_THAT(conflict("a=10.0.0.1:80:8", "a=10.0.0.2:80:8"),
                AllOf(HasSubstr("name \"a\""), HasSubstr("slotscope.toml:12"), HasSubstr("--limit")));
    EXPECT_NE(conflict("a=10.0.0.1:80:8/inbound", "a=10.0.0.2:80:8"), "");
    EXPECT_NE(conflict("a=10.0.0.1:80:8/inbound", "a=10.0.0.2:80:8/inbound"), "");
}

TEST(CheckLimits, RejectsAnAddressTwiceHoweverItIsWritten)
{
    EXPECT_THAT(
        conflict("a=10.0.0.1:80:8", "b=10.0.0.9:80,[::ffff:10.0.0.1]:80:8/inbound"),
        AllOf(HasSubstr("address 10.0.0.1:80"), HasSubstr("slotscope.toml:12"), HasSubstr("--limit")));
}

TEST(CheckLimits, ReportsEveryConflictOnALineOfItsOwn)
{
    const std::string both = conflict("a=10.0.0.1:80:8", "a=10.0.0.1:80:8");
    EXPECT_THAT(both, AllOf(HasSubstr("name"), HasSubstr("\n"), HasSubstr("address")));
}

TEST(CheckLimits, RejectsAnAddressTwiceInOneLimit)
{
    Limit twice = limit("a=10.0.0.1:80:8", "slotscope.toml:3");
    twice.addresses.push_back(twice.addresses.front());
    auto checked = check_limits({twice});
    ASSERT_FALSE(checked.ok());
    EXPECT_THAT(checked.error().message, HasSubstr("slotscope.toml:3"));
}

} // namespace
} // namespace slotscope::limits
