// SPDX-License-Identifier: MIT
#include "protocol/text.h"

#include <gtest/gtest.h>

namespace slotscope::protocol {
namespace {

TEST(Shortened, CutsBetweenCharactersAndSaysSo)
{
    EXPECT_EQ(shortened("abc", 5), "abc");
    EXPECT_EQ(shortened("abcdef", 5), "ab…");
    EXPECT_EQ(shortened("aüüüü", 6), "aü…");
    EXPECT_EQ(shortened("ab cdef", 6), "ab…");
}

TEST(Printable, KeepsUtf8AndNothingElse)
{
    EXPECT_EQ(printable("a ü € 😀"), "a ü € 😀");
    EXPECT_EQ(printable("\x1b[0m\n\x7f"), "?[0m??");
    EXPECT_EQ(printable("\xc2\x9b"), "?");                 // a control character of two bytes
    EXPECT_EQ(printable("\xc0\x80\xed\xa0\x80"), "?????"); // overlong, surrogate
    EXPECT_EQ(printable("\xe2\x82"), "??");                // cut
    EXPECT_EQ(printable("\xf4\x90\x80\x80"), "????");      // beyond U+10FFFF
}

TEST(IsWord, HasAtLeastOneAndAtMostSoMany)
{
    EXPECT_TRUE(is_word("a-1", "-", 3));
    EXPECT_FALSE(is_word("a-1", "", 3));
    EXPECT_FALSE(is_word("", "", 3));
    EXPECT_FALSE(is_word("abcd", "", 3));
}

} // namespace
} // namespace slotscope::protocol
