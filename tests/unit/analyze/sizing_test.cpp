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
    e.baseline.hold_seconds = 1.1;
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
    e.baseline.hold_seconds = 20;
    EXPECT_NE(sizing(e).arithmetic.find("less buys little: limit 16 fills in 820 ms"), std::string::npos)
        << sizing(e).arithmetic;
}

TEST(Sizing, MakesRoomForTheUsualHoldAndNotForThatOfTheIncident)
{
    Evidence e = surge();
    flow(e, 60, 1, 60);
    e.during.hold_p95_seconds = 60;
    EXPECT_EQ(sizing(e).arithmetic, "peak arrivals 60.0/s × usual p95 hold 150 ms = 9");
}

TEST(Sizing, TwoCallsThatHangNeedTwoSlots)
{
    Evidence e = at_limit();
    e.baseline = {};
    e.limit = e.in_use = e.peak = 2;
    flow(e, 2, 0, 51, 2);
    e.during.arrivals = 2;
    EXPECT_EQ(sizing(e).slots, 2);
    EXPECT_EQ(sizing(e).arithmetic,
              "peak arrivals 2.0/s × mean hold 51 s = 102; but no more than 2 were wanted (2 in use)");
}

TEST(Sizing, OfWhatIsWantedIsWhatIsHeldWaitsAndWasRefused)
{
    Evidence e = surge();
    e.baseline.hold_seconds = 4;
    flow(e, 20, 2, 5);
    e.demand = Demand{20, 20, 10};
    e.during.refusals = 3;
    EXPECT_EQ(sizing(e).slots, 8 + 2 * 2 + 3);
    EXPECT_NE(sizing(e).arithmetic.find("no more than 15 were wanted (8 in use, 4 waiting, 3 refused)"),
              std::string::npos)
        << sizing(e).arithmetic;
}

TEST(Rates, PeakIsNotOfAMomentThatIsShorterThanAHold)
{
    std::vector<Second> seconds(20);
    for (Second& each : seconds)
        each.window.seconds = 1;
    seconds[10].calls = {.arrivals = 40, .completions = 0, .slot_seconds = 20};
    for (std::size_t i = 11; i < seconds.size(); ++i)
        seconds[i].calls.slot_seconds = 40;
    const Rates rates = rates_of(seconds, Unit::calls); // 380 slot-seconds of 40 calls: 9.5 s each
    EXPECT_NEAR(rates.peak_arrivals_per_second, 40 / 9.5, 0.3);
    seconds[11].calls.completions = 40;
    seconds[11].calls.held_seconds = 40;
    for (std::size_t i = 11; i < seconds.size(); ++i)
        seconds[i].calls.slot_seconds = 0;
    EXPECT_NEAR(rates_of(seconds, Unit::calls).peak_arrivals_per_second, 40 / 3.0, 0.01);
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
