// SPDX-License-Identifier: MIT
#include "limits/text.h"

#include <gtest/gtest.h>

namespace slotscope::limits {
namespace {

std::optional<std::string> value_of_a(std::string_view name)
{
    return name == "a" ? std::optional<std::string>("1") : std::nullopt;
}

TEST(WithVariables, FillsInWhatIsKnownAndLeavesTheRest)
{
    EXPECT_EQ(with_variables("x${a}y${b}z${a", "${", '}', value_of_a), "x1y${b}z${a");
    EXPECT_EQ(with_variables("{$a}${a}", "{$", '}', value_of_a), "1${a}");
    EXPECT_EQ(with_variables("", "${", '}', value_of_a), "");
}

TEST(WithVariables, OnesThatAreMadeOfEachOtherDoNotGrowWithoutEnd)
{
    std::string value = "xx";
    for (int line = 0; line < 100; ++line)
        value = with_variables("${a}${a}", "${", '}', [&](std::string_view) { return std::optional(value); });
    EXPECT_LT(value.size(), 100'000U);
}

} // namespace
} // namespace slotscope::limits
