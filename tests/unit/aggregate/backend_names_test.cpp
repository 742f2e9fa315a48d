// SPDX-License-Identifier: MIT
#include "aggregate/backend_names.h"

#include <gtest/gtest.h>

namespace slotscope {
namespace {

BackendCounters counters(std::uint32_t index, Direction direction = Direction::outbound)
{
    BackendCounters result;
    result.index = index;
    result.direction = direction;
    return result;
}

TEST(BackendNames, TwoOfOneDirectionNeverShareAName)
{
    aggregate::BackendNames names;
    EXPECT_EQ(names.name(counters(1), "app", ""), "app");
    EXPECT_EQ(names.name(counters(2), "app", "blue"), "app@blue");
    EXPECT_EQ(names.name(counters(3), "app", "blue"), "app@blue#3");
    EXPECT_EQ(names.name(counters(4, Direction::inbound), "app", ""), "app");
}

TEST(BackendNames, ANameStaysWhenAnotherBackendGoes)
{
    aggregate::BackendNames names;
    names.name(counters(1), "app", "");
    names.name(counters(2), "app", "blue");
    names.forget(1);
    EXPECT_EQ(names.name(counters(2), "app", "blue"), "app@blue");
    EXPECT_EQ(names.name(counters(5), "app", ""), "app");
}

TEST(BackendNames, AChangedLimitGivesItsNewName)
{
    aggregate::BackendNames names;
    EXPECT_EQ(names.name(counters(1), "127.0.0.1:80", ""), "127.0.0.1:80");
    EXPECT_EQ(names.name(counters(1), "web", ""), "web");
    EXPECT_EQ(names.name(counters(2), "127.0.0.1:80", ""), "127.0.0.1:80");
}

} // namespace
} // namespace slotscope
