// SPDX-License-Identifier: MIT
#include "cli/text/text.h"

#include <gtest/gtest.h>

namespace slotscope::cli {

TEST(Printable, EscapesWhatWouldControlATerminal)
{
    EXPECT_EQ(printable("a\x1b[31mb\nc\td\x7f"), "a\\x1b[31mb\\nc\\td\\x7f");
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m"),
              "\\x9b31m"); // C1: an escape sequence in one character
    EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
}

TEST(Printable, EscapesWhatReordersOrHides)
{
    EXPECT_EQ(printable("a\u202eb\u200b"), "a\\u202eb\\u200b");
}

TEST(Printable, EscapesInvalidUtf8ByteByByte)
{
    EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
    EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");          // overlong
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80"); // surrogate
    EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

TEST(Printable, KeepsOrdinaryTextOfAnyLanguage)
{
    EXPECT_EQ(printable("Zürich データ 🙂"), "Zürich データ 🙂");
}

TEST(DisplayWidth, CountsColumnsNotBytes)
{
    EXPECT_EQ(display_width("app1"), 4U);
    EXPECT_EQ(display_width("Zürich"), 6U);
    EXPECT_EQ(display_width("データ"), 6U);
    EXPECT_EQ(display_width("e\u0301"), 1U);
    EXPECT_EQ(display_width("🙂"), 2U);
    EXPECT_EQ(display_width("█░…≥µ→"), 6U);
}

TEST(Shortened, KeepsBothEnds)
{
    EXPECT_EQ(shortened("api-gateway-production-1", 11), "api-g…ion-1");
    EXPECT_EQ(shortened("short", 5), "short");
}

TEST(Shortened, NeverPassesTheWidthNorCutsACharacter)
{
    const std::string text = "デe\u0301ータ🙂ベース-x";
    for (std::size_t width = 0; width < 20; ++width) {
        const std::string result = shortened(text, width);
        EXPECT_LE(display_width(result), width);
        EXPECT_EQ(printable(result), result) << "invalid UTF-8 at width " << width;
    }
}

TEST(CutOff, KeepsTheBeginning)
{
    EXPECT_EQ(cut_off("limit reached", 6), "limit…");
    EXPECT_EQ(cut_off("limit", 5), "limit");
    EXPECT_EQ(cut_off("limit", 0), "");
}

TEST(Padded, FillsByColumns)
{
    EXPECT_EQ(padded("ü", 3, Align::right), "  ü");
    EXPECT_EQ(padded("デ", 3, Align::left), "デ ");
    EXPECT_EQ(padded("long", 2, Align::left), "long");
}

TEST(Folded, BreaksAtSpacesAndLineEnds)
{
    EXPECT_EQ(folded("one two three", 8), (std::vector<std::string>{"one two", "three"}));
    EXPECT_EQ(folded("a\nb", 8), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(folded("", 8), (std::vector<std::string>{""}));
    EXPECT_EQ(folded("abcdefghijkl", 5), (std::vector<std::string>{"ab…kl"}));
}

} // namespace slotscope::cli
