// SPDX-License-Identifier: MIT
#include "analyze/sizing.h"
#include "situations.h"

#include <cmath>
#include <gtest/gtest.h>

namespace slotscope::analyze::test {
namespace {

// 110 a second, of which 80 take 150 ms and 30 take 20 ms.
Evidence mixed()
{
    Evidence e = surge();
    flow(e, 110, 110, 0.1145);
    e.baseline.arrivals_per_second = 0;
    e.during.hold_p50_seconds = 0.02;
    e.during.hold_p95_seconds = 1.2;
    return e;
}

TEST(Sizing, OfLikeCallsIsPeakArrivalsTimesP95Hold)
{
    Evidence e = surge();
    flow(e, 12.9, 12, 1.1);
    e.baseline.arrivals_per_second = 4;
    e.during.hold_p95_seconds = 1.4;
    const Sizing size = sizing(e);
    EXPECT_NEAR(size.slots, 12.9 * 1.4, 1e-9);
    EXPECT_EQ(size.arithmetic, "peak arrivals 12.9/s × p95 hold 1.4 s = 18");
}

TEST(Sizing, OfMixedCallsIsTheirMeanAndRoomForChance)
{
    const Sizing size = sizing(mixed());
    EXPECT_NEAR(size.slots, 12.6 + 1.64 * std::sqrt(12.6), 0.05);
    EXPECT_NE(size.arithmetic.find(
                  "peak arrivals 110/s × mean hold 110 ms (half of them within 20 ms, 95 % within 1.2 s) "
                  "= 13 in use on average"),
              std::string::npos)
        << size.arithmetic;
    EXPECT_NE(size.arithmetic.find("1.64 × √13"), std::string::npos) << size.arithmetic;
}

TEST(Sizing, NamesTheCallThatTakesMostOfThem)
{
    Evidence e = mixed();
    held(e, 8, {.label = "GET /report/{id}"});
    EXPECT_NE(sizing(e).arithmetic.find("of which 13 by GET /report/{id}"), std::string::npos)
        << sizing(e).arithmetic;
}

TEST(Sizing, CountsWhatAQueueHides)
{
    Evidence e = surge();
    flow(e, 26, 26, 0.3);
    e.baseline.hold_seconds = 0.3;
    e.demand = Demand{20, 60, 30};
    EXPECT_NEAR(sizing(e).slots, 60 * 0.3, 1e-9);
}

TEST(Sizing, SaysSoWhereALargerLimitFillsAgain)
{
    Evidence e = slow();
    flow(e, 20, 0.5, 20);
    EXPECT_NE(sizing(e).arithmetic.find("less buys little: limit 16 fills in 820 ms"), std::string::npos)
        << sizing(e).arithmetic;
}

TEST(Sizing, SaysNothingWhereNothingMoves)
{
    Evidence e = at_limit();
    flow(e, 0, 0, 0);
    e.baseline = {};
    EXPECT_EQ(sizing(e).arithmetic, "");
}

} // namespace
} // namespace slotscope::analyze::test
