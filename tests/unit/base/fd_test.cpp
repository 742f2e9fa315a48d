// SPDX-License-Identifier: MIT
#include "base/fd.h"

#include <array>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <optional>

namespace slotscope {
namespace {

int open_one()
{
    return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

bool is_open(int number)
{
    return ::fcntl(number, F_GETFD) >= 0;
}

TEST(Fd, ClosesWhatItOwnsAtItsEnd)
{
    const int number = open_one();
    {
        const Fd owner(number);
        EXPECT_TRUE(is_open(number));
        EXPECT_EQ(owner.get(), number);
    }
    EXPECT_FALSE(is_open(number));
}

TEST(Fd, IsFalseWithoutOne)
{
    EXPECT_FALSE(Fd());
    EXPECT_FALSE(Fd(-1));
    EXPECT_TRUE(Fd(open_one()));
}

TEST(Fd, MovingLeavesOneOwner)
{
    const int number = open_one();
    std::optional<Fd> first(std::in_place, number);
    {
        const Fd second(std::move(*first));
        first.reset();
        EXPECT_TRUE(is_open(number));
    }
    EXPECT_FALSE(is_open(number));
}

TEST(Fd, AssigningOverOneClosesIt)
{
    const int old_number = open_one();
    const int new_number = open_one();
    Fd owner(old_number);
    owner = Fd(new_number);
    EXPECT_FALSE(is_open(old_number));
    EXPECT_TRUE(is_open(new_number));
}

TEST(Fd, ReleasedOneIsTheCallers)
{
    const int number = open_one();
    {
        Fd owner(number);
        EXPECT_EQ(owner.release(), number);
        EXPECT_FALSE(owner);
    }
    EXPECT_TRUE(is_open(number));
    ::close(number);
}

} // namespace
} // namespace slotscope
