// SPDX-License-Identifier: MIT
#include "analyze/left_open.h"

#include <gtest/gtest.h>

namespace slotscope::analyze {
namespace {

Standing standing(Direction direction, std::uint64_t left_open, std::uint64_t open)
{
    Standing each;
    each.direction = direction;
    each.left_open = left_open;
    each.open = open;
    return each;
}

TEST(LeftOpen, ByAServerIsALeakFromFiveOn)
{
    LeftOpen left;
    EXPECT_FALSE(left.note(1, standing(Direction::inbound, 4, 20)));
    EXPECT_TRUE(left.note(1, standing(Direction::inbound, 5, 20)));
}

TEST(LeftOpen, ByAnIdlePoolIsNone)
{
    LeftOpen left;
    for (int look = 0; look < 10; ++look)
        EXPECT_FALSE(left.note(1, standing(Direction::outbound, 12, 12)));
}

TEST(LeftOpen, ByAnIdlePoolWhoseServerClosesOneAfterTheOtherIsNone)
{
    LeftOpen left;
    for (std::uint64_t closed = 0; closed <= 25; ++closed)
        EXPECT_FALSE(left.note(1, standing(Direction::outbound, closed, 25))) << closed;
}

TEST(LeftOpen, ByAClientThatOpensOthersInsteadIsALeak)
{
    LeftOpen left;
    for (std::uint64_t lost = 0; lost < 10; ++lost)
        EXPECT_FALSE(left.note(1, standing(Direction::outbound, lost, 4 + lost))) << lost;
    EXPECT_TRUE(left.note(1, standing(Direction::outbound, 10, 14)));
}

TEST(LeftOpen, ByAClientIsALeakWhereThereAreMany)
{
    LeftOpen left;
    EXPECT_TRUE(left.note(1, standing(Direction::outbound, 30, 30)));
}

TEST(LeftOpen, GrowthIsFromTheFewestOn)
{
    LeftOpen left;
    EXPECT_FALSE(left.note(1, standing(Direction::outbound, 12, 12)));
    EXPECT_FALSE(left.note(1, standing(Direction::outbound, 6, 12)));
    EXPECT_TRUE(left.note(1, standing(Direction::outbound, 11, 17)));
    EXPECT_FALSE(left.note(1, standing(Direction::outbound, 2, 17))) << "it has closed them";
    EXPECT_FALSE(left.note(1, standing(Direction::outbound, 8, 24))) << "it begins anew";
}

} // namespace
} // namespace slotscope::analyze
