// SPDX-License-Identifier: MIT
#include "base/clock.h"

#include <gtest/gtest.h>

namespace slotscope {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

TEST(Rfc3339, IsUtcWithMilliseconds)
{
    EXPECT_EQ(rfc3339(system_clock::time_point(seconds(0))), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(rfc3339(system_clock::time_point(seconds(1769847330) + milliseconds(250))),
              "2026-01-31T08:15:30.250Z");
}

TEST(Rfc3339, RoundsDownSoThatNoMomentLiesInTheFuture)
{
    EXPECT_EQ(rfc3339(system_clock::time_point(seconds(1) - std::chrono::microseconds(1))),
              "1970-01-01T00:00:00.999Z");
    EXPECT_EQ(rfc3339(system_clock::time_point(milliseconds(-1))), "1969-12-31T23:59:59.999Z");
}

TEST(MonotonicNs, DoesNotRunBackwards)
{
    const std::uint64_t first = monotonic_ns();
    EXPECT_GT(first, 0U);
    EXPECT_GE(monotonic_ns(), first);
}

} // namespace
} // namespace slotscope
