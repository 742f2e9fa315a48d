// SPDX-License-Identifier: MIT
#include "base/clock.h"
#include "base/parse_time.h"

#include <gtest/gtest.h>

namespace slotscope {
namespace {

TEST(ParseRfc3339, IsTheInverseOfWritingIt)
{
    for (const char* text :
         {"2026-01-31T08:15:30.250Z", "1970-01-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z"}) {
        const auto time = parse_rfc3339(text);
        ASSERT_TRUE(time) << text;
        EXPECT_EQ(rfc3339(*time), text);
    }
}

TEST(ParseRfc3339, TakesOffsetsAndFractionsOfAnyLength)
{
    EXPECT_EQ(rfc3339(*parse_rfc3339("2026-01-31T10:15:30+02:00")), "2026-01-31T08:15:30.000Z");
    EXPECT_EQ(rfc3339(*parse_rfc3339("2026-01-31T00:15:30-08:30")), "2026-01-31T08:45:30.000Z");
    EXPECT_EQ(rfc3339(*parse_rfc3339("2026-01-31T08:15:30.123456789123Z")), "2026-01-31T08:15:30.123Z");
}

// Nanoseconds since 1970 end in 2262: "until 9999" means for ever, and not 1816.
TEST(ParseRfc3339, WhatIsBeyondTheClockIsItsLastMoment)
{
    const auto last = std::chrono::system_clock::time_point::max();
    for (const char* text : {"2262-04-11T23:47:16Z", "2300-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z",
                             "9999-12-31T23:59:60-23:59"})
        EXPECT_EQ(*parse_rfc3339(text), last) << text;
    EXPECT_EQ(rfc3339(*parse_rfc3339("2262-04-11T23:47:15.5Z")), "2262-04-11T23:47:15.500Z");
    EXPECT_EQ(*parse_rfc3339(rfc3339(last)), last);
}

TEST(ParseRfc3339, SaysWhatIsWrong)
{
    for (const char* text :
         {"", "now", "2026-01-31", "2026-01-31T08:15:30", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
          "2026-01-31T24:00:00Z", "2026-01-31T08:60:00Z", "2026-01-31T08:15:30.Z", "2026-01-31T08:15:30Zx",
          "2026-01-31T08:15:30+2:00", "-026-01-31T08:15:30Z", "2026-1-31T08:15:30Z"}) {
        const auto time = parse_rfc3339(text);
        EXPECT_FALSE(time) << text;
    }
}

} // namespace
} // namespace slotscope
