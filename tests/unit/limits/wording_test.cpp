// SPDX-License-Identifier: MIT
#include "limits/wording.h"

#include <array>
#include <gtest/gtest.h>

namespace slotscope::limits {
namespace {

constexpr std::array<std::string_view, 4> kWords = {"name", "address", "addresses", "slots"};

TEST(InQuotes, ShowsWhatATerminalMustNotInterpret)
{
    EXPECT_EQ(in_quotes("app=\x1b[2J\n"), "\"app=\\x1b[2J\\x0a\"");
    EXPECT_EQ(in_quotes(std::string_view("a\0b", 3)), "\"a\\x00b\"");
}

TEST(InQuotes, CutsWhatIsLong)
{
    EXPECT_EQ(in_quotes(std::string(5000, 'x')), "\"" + std::string(120, 'x') + "...\"");
}

TEST(Nearest, FindsAWordWithALetterMissingOrSwapped)
{
    EXPECT_EQ(nearest("adress", kWords), "address");
    EXPECT_EQ(nearest("addres", kWords), "address");
    EXPECT_EQ(nearest("slost", kWords), "slots");
    EXPECT_EQ(nearest("nmae", kWords), "name");
}

TEST(Nearest, IsSilentWhereNothingIsClose)
{
    EXPECT_EQ(nearest("maximum", kWords), "");
    EXPECT_EQ(nearest("", kWords), "");
    EXPECT_EQ(nearest("x", kWords), "");
    EXPECT_EQ(nearest(std::string(1000000, 'a'), kWords), "");
}

TEST(Suggestion, ListsWhatIsValidWhereNothingIsClose)
{
    EXPECT_EQ(suggestion("adress", kWords), "; did you mean \"address\"?");
    EXPECT_EQ(suggestion("maximum", kWords), "; valid: name, address, addresses, slots");
}

} // namespace
} // namespace slotscope::limits
