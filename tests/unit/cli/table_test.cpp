// SPDX-License-Identifier: MIT
#include "cli/text/table.h"

#include <gtest/gtest.h>
#include <sstream>

namespace slotscope::cli {

namespace {

Screen screen_of(std::size_t width, bool colour = false)
{
    return {width, false, colour};
}

std::size_t widest(const std::string& text)
{
    std::istringstream lines(text);
    std::size_t width = 0;
    for (std::string line; std::getline(lines, line);)
        width = std::max(width, display_width(line));
    return width;
}

} // namespace

TEST(Table, AlignsByColumnsOfTheTerminal)
{
    Table table({{"NAME", Align::left, true, false, ""}, {"N", Align::right, false, false, ""}});
    table.add({{"データ", Colour::plain, ""}, {"1", Colour::plain, ""}});
    table.add({{"ab", Colour::plain, ""}, {"100", Colour::plain, ""}});
    EXPECT_EQ(table.render(screen_of(100)), "NAME      N\n"
                                            "データ    1\n"
                                            "ab      100\n");
}

TEST(Table, ShowsAsidesWhereThereIsRoomOnly)
{
    Table table({{"NAME", Align::left, true, false, ""}, {"VALUE", Align::left, false, false, ""}});
    table.add({{"app1", Colour::plain, "127.0.0.1:80"}, {"0123456789", Colour::plain, ""}});
    EXPECT_EQ(table.render(screen_of(40)), "NAME               VALUE\napp1 127.0.0.1:80  0123456789\n");
    EXPECT_EQ(table.render(screen_of(20)), "NAME      VALUE\napp1      0123456789\n");
}

TEST(Table, PaintsOnlyOnAColourScreen)
{
    Table table({{"N", Align::left, false, false, ""}});
    table.add({{"8", Colour::red, ""}});
    EXPECT_EQ(table.render(screen_of(100)), "N\n8\n");
    EXPECT_EQ(table.render(screen_of(100, true)), "N\n\x1b[31m8\x1b[0m\n");
}

TEST(Table, FoldsTheLastColumnUnderItself)
{
    Table table({{"A", Align::left, false, false, ""}, {"TEXT", Align::left, true, true, ""}});
    table.add({{"x", Colour::plain, ""}, {"aaaa bbbb cccc dddd eeee ffff gggg hhhh", Colour::plain, ""}});
    EXPECT_EQ(table.render(screen_of(40)), "A  TEXT\nx  aaaa bbbb cccc dddd eeee ffff gggg\n   hhhh\n");
}

TEST(Table, SaysWhatIsBelowARowOverTheWholeWidth)
{
    Table table({{"A", Align::left, false, false, ""}, {"B", Align::left, false, false, ""}});
    table.add({{"x", Colour::plain, ""}, {"y", Colour::plain, ""}},
              {"aaaa bbbb cccc dddd eeee\nffff", Colour::plain, ""});
    table.add({{"z", Colour::plain, ""}, {"z", Colour::plain, ""}});
    EXPECT_EQ(table.render(screen_of(24)), "A  B\nx  y\n    aaaa bbbb cccc dddd\n    eeee\n    ffff\nz  z\n");
}

TEST(Table, NeverPassesTheScreenWhateverIsInIt)
{
    for (std::size_t width = 40; width <= 130; ++width) {
        Table table({{"NAME", Align::left, true, false, ""},
                     {"NUMBER", Align::right, false, false, ""},
                     {"OTHER", Align::left, true, false, ""}});
        table.add({{std::string(200, 'x'), Colour::red, std::string(50, 'y')},
                   {std::string(60, '9'), Colour::plain, ""},
                   {"データベースデータベースデータベース", Colour::plain, ""}});
        EXPECT_LE(widest(table.render(screen_of(width))), width);
    }
}

} // namespace slotscope::cli
