// SPDX-License-Identifier: MIT
#include "cli/text/units.h"

#include <gtest/gtest.h>
#include <limits>

namespace slotscope::cli {

TEST(DurationText, HasAUnitForEachMagnitude)
{
    EXPECT_EQ(duration_text(0), "0s");
    EXPECT_EQ(duration_text(2e-8), "<1µs");
    EXPECT_EQ(duration_text(0.00085), "850µs");
    EXPECT_EQ(duration_text(0.0015), "1.5ms");
    EXPECT_EQ(duration_text(0.012), "12ms");
    EXPECT_EQ(duration_text(3.2), "3.2s");
    EXPECT_EQ(duration_text(42.9), "42s");
    EXPECT_EQ(duration_text(250), "4m10s");
    EXPECT_EQ(duration_text(65), "1m05s");
    EXPECT_EQ(duration_text(720), "12m");
    EXPECT_EQ(duration_text(7500), "2h05m");
    EXPECT_EQ(duration_text(3 * 86400 + 4 * 3600), "3d4h");
    EXPECT_EQ(duration_text(120 * 86400), "120d");
}

TEST(DurationText, RoundsDownAtTheBorders)
{
    EXPECT_EQ(duration_text(0.9999), "999ms");
    EXPECT_EQ(duration_text(9.99), "9.9s");
    EXPECT_EQ(duration_text(59.99), "59s");
    EXPECT_EQ(duration_text(86399), "23h59m");
}

TEST(DurationText, SurvivesNonsense)
{
    EXPECT_EQ(duration_text(-1), "0s");
    EXPECT_EQ(duration_text(1e300), ">250y");
    EXPECT_EQ(duration_text(std::numeric_limits<double>::quiet_NaN()), "0s");
}

TEST(SizeText, HasAUnitForEachMagnitude)
{
    EXPECT_EQ(size_text(0), "0 B");
    EXPECT_EQ(size_text(118), "118 B");
    EXPECT_EQ(size_text(1229), "1.2 KiB");
    EXPECT_EQ(size_text(126000), "123 KiB");
    EXPECT_EQ(size_text(std::uint64_t{5} << 30U), "5 GiB");
    EXPECT_EQ(size_text(std::numeric_limits<std::uint64_t>::max()), "16 EiB");
}

TEST(RateText, ShowsSmallRatesToo)
{
    EXPECT_EQ(rate_text(0), "0/s");
    EXPECT_EQ(rate_text(0.02), "0.02/s");
    EXPECT_EQ(rate_text(0.001), "<0.01/s");
    EXPECT_EQ(rate_text(12.5), "12.5/s");
    EXPECT_EQ(rate_text(1240), "1.2k/s");
    EXPECT_EQ(rate_text(1e300), "999T/s");
}

TEST(CountText, IsExactBelowAHundredThousand)
{
    EXPECT_EQ(count_text(99999), "99999");
    EXPECT_EQ(count_text(123456), "123k");
    EXPECT_EQ(count_text(12345678), "12.3M");
    EXPECT_EQ(count_text(std::numeric_limits<std::uint64_t>::max()), "18.4E");
}

TEST(PercentOf, SaysHundredOnlyWhenFull)
{
    EXPECT_EQ(percent_of(999, 1000), 99U);
    EXPECT_EQ(percent_of(8, 8), 100U);
    EXPECT_EQ(percent_of(48, 12), 400U);
    EXPECT_EQ(percent_of(0, 0), 100U);
    EXPECT_EQ(percent_of(std::numeric_limits<std::uint64_t>::max(), 1), 9999U);
}

TEST(Counted, KnowsOneFromMany)
{
    EXPECT_EQ(counted(1, "backend"), "1 backend");
    EXPECT_EQ(counted(0, "backend"), "0 backends");
}

} // namespace slotscope::cli
