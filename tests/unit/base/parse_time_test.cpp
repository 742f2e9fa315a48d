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
