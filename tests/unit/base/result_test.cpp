// SPDX-License-Identifier: MIT
#include "base/result.h"

#include <cerrno>
#include <gtest/gtest.h>
#include <memory>

namespace slotscope {
namespace {

Result<int> half(int number)
{
    if (number % 2 != 0)
        return Error{std::to_string(number) + " is odd"};
    return number / 2;
}

TEST(Result, IsAValueOrAnError)
{
    const auto right = half(4);
    ASSERT_TRUE(right.ok());
    EXPECT_TRUE(right);
    EXPECT_EQ(*right, 2);
    const auto wrong = half(3);
    ASSERT_FALSE(wrong.ok());
    EXPECT_FALSE(wrong);
    EXPECT_EQ(wrong.error().message, "3 is odd");
    EXPECT_EQ(wrong.error().code, 0);
}

TEST(Result, GivesAwayAValueThatCannotBeCopied)
{
    Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
    const std::unique_ptr<int> taken = std::move(result).value();
    EXPECT_EQ(*taken, 7);
}

TEST(Result, OfNothingIsRightUntilItHasAnError)
{
    const Result<void> right;
    EXPECT_TRUE(right.ok());
    const Result<void> wrong(Error{"no"});
    EXPECT_FALSE(wrong.ok());
    EXPECT_EQ(wrong.error().message, "no");
}

TEST(SystemError, SaysWhatAndWhyAndKeepsTheCode)
{
    const Error error = system_error("cannot open \"/x\"", ENOENT);
    EXPECT_EQ(error.message, "cannot open \"/x\": No such file or directory");
    EXPECT_EQ(error.code, ENOENT);
}

} // namespace
} // namespace slotscope
