// SPDX-License-Identifier: MIT
// Calls that are long by nature, beside those that have become it.
#include "analyze/causes.h"
#include "analyze/judge.h"
#include "situations.h"

#include <gtest/gtest.h>

namespace slotscope::analyze::test {
namespace {

// Five long polls at any time, of which none was seen to end, beside items of 20 ms.
UsualCalls polls_and_items()
{
    UsualCalls usual;
    usual["GET /poll"] = {.slots = 5, .longest_seconds = 6};
    usual["GET /item/{id}"] = {.slots = 0.3, .longest_seconds = 0.03};
    tell_long_ones(usual, 0.02, 1);
    return usual;
}

const HolderIs kPoll{.age_seconds = 14, .label = "GET /poll"};
const HolderIs kItem{.age_seconds = 0.4};

TEST(UsualCalls, AreLongComparedWithWhatABackendIsMostlyAsked)
{
    const UsualCalls usual = polls_and_items();
    EXPECT_TRUE(usual.at("GET /poll").long_by_nature);
    EXPECT_FALSE(usual.at("GET /item/{id}").long_by_nature);
    EXPECT_DOUBLE_EQ(slots_of_long_ones(usual), 5);

    UsualCalls reports; // all of them take three seconds
    reports["GET /report"] = {.slots = 3, .longest_seconds = 3.2};
    tell_long_ones(reports, 3, 1);
    EXPECT_FALSE(reports.at("GET /report").long_by_nature);
    tell_long_ones(reports, 0, 1);
    EXPECT_FALSE(reports.at("GET /report").long_by_nature) << "nothing is known to compare with";
}

TEST(UsualCalls, AreNotLongWhereTheyGotItInTheRiseToTheLimit)
{
    UsualCalls usual = polls_and_items();
    tell_long_ones(usual, 0.02, 5);
    EXPECT_FALSE(usual.at("GET /poll").long_by_nature);
    EXPECT_DOUBLE_EQ(slots_of_long_ones(usual), 0);
}

TEST(UsualCalls, MayGetOldAndNotForEver)
{
    UsualCalls usual = polls_and_items();
    EXPECT_DOUBLE_EQ(patience_seconds(usual, "GET /poll"), 60);
    EXPECT_DOUBLE_EQ(patience_seconds(usual, "GET /item/{id}"), 0);
    EXPECT_DOUBLE_EQ(patience_seconds(usual, "GET /other"), 0);
    usual["GET /poll"].longest_done_seconds = 30;
    EXPECT_DOUBLE_EQ(patience_seconds(usual, "GET /poll"), 90);
}

TEST(UsualCalls, ThatAreLongAreNotStuck)
{
    Evidence e = slow();
    held(e, {kPoll, kPoll, kPoll, kPoll, kPoll, kItem, kItem, kItem});
    e.long_completions = 0;
    EXPECT_GT(stuck_calls(e).score, 0.3) << "where nothing is known of them";
    e.usual_calls = polls_and_items();
    EXPECT_EQ(stuck_calls(e).score, 0);
    held(e, 8, {.age_seconds = 70, .label = "GET /poll"});
    EXPECT_GT(stuck_calls(e).score, 0.5) << "far older than they were seen to get";
}

TEST(UsualCalls, ThatAreLongAreNotWhatHasChanged)
{
    Evidence e = slow();
    held(e, {kPoll, kPoll, kPoll, kPoll, kPoll, kItem, kItem, kItem});
    EXPECT_EQ(judge(e, nullptr).culprits.at(0).call, "GET /poll");
    e.usual_calls = polls_and_items();
    EXPECT_EQ(judge(e, nullptr).culprits.at(0).call, "GET /item/{id}");
    EXPECT_FLOAT_EQ(static_cast<float>(e.tally.median_age_seconds(e.usual_calls)), 0.4F);

    held(e, 8, kPoll); // three more than usual
    EXPECT_EQ(judge(e, nullptr).culprits.at(0).call, "GET /poll");
}

TEST(UsualCalls, ThatAreLongDoNotHideThatOthersTakeLonger)
{
    Baseline baseline;
    baseline.from = Baseline::From::minutes_before;
    baseline.hold_seconds = 0.35;
    Rates before;
    before.arrivals_per_second = before.completions_per_second = 15;
    before.in_use = 5.3;
    before.completed_hold_seconds = 0.05;
    EXPECT_NEAR(without_long_ones(baseline, before, 5).hold_seconds, 0.02, 0.001);
    EXPECT_DOUBLE_EQ(without_long_ones(baseline, before, 6).hold_seconds, 0.05) << "there were not as many";
    EXPECT_DOUBLE_EQ(without_long_ones(baseline, before, 0.4).hold_seconds, 0.35) << "too few to matter";

    Rates during;
    during.arrivals_per_second = during.completions_per_second = 6;
    during.in_use = 8;
    during.hold_seconds = 1.3;
    leave_out_long_ones(during, 5);
    EXPECT_NEAR(*during.hold_seconds, 0.5, 0.001);
}

// Polls of 2.5 s, three at a time, and items of 20 ms.
UsualCalls steady()
{
    UsualCalls usual;
    usual["GET /poll"] = {.slots = 3,
                          .longest_seconds = 2.5,
                          .longest_done_seconds = 2.6,
                          .done = 30,
                          .mean_done_seconds = 2.5};
    usual["GET /item/{id}"] = {.slots = 0.3,
                               .longest_seconds = 0.03,
                               .longest_done_seconds = 0.03,
                               .done = 300,
                               .mean_done_seconds = 0.02};
    return usual;
}

TEST(UsualCalls, AreAsUsualUpToTheAgeThatAllOfThemReach)
{
    UsualCalls usual = steady();
    EXPECT_TRUE(is_as_usual(usual, "GET /poll", 2.4));
    EXPECT_FALSE(is_as_usual(usual, "GET /poll", 5));
    EXPECT_FALSE(is_as_usual(usual, "GET /other", 0.01));
    usual["GET /poll"].mean_done_seconds = 0.5; // now this, now that
    EXPECT_FALSE(is_as_usual(usual, "GET /poll", 1));
    usual["GET /poll"] = {.longest_done_seconds = 2.5, .done = 3, .mean_done_seconds = 2.5};
    EXPECT_FALSE(is_as_usual(usual, "GET /poll", 1)) << "three are too few";
}

// The mean hold is six times what it was, as there are more polls.
Evidence more_polls(double oldest_seconds, double arrivals)
{
    Evidence e = at_limit();
    flow(e, 12, 11, 0.6);
    e.demand = Demand{20, arrivals, 30};
    e.usual_calls = steady();
    held(e, 8, {.age_seconds = oldest_seconds, .label = "GET /poll"});
    return e;
}

TEST(UsualCalls, OfWhichMoreComeAreDemandThoughTheMeanHoldRises)
{
    const Verdict verdict = judge(more_polls(2.4, 32), nullptr);
    EXPECT_EQ(verdict.cause, Cause::demand_surge);
    EXPECT_GT(verdict.confidence, 0.6);
}

TEST(UsualCalls, ThatGetOlderThanEverAreSlow)
{
    EXPECT_EQ(judge(more_polls(6, 32), nullptr).cause, Cause::slow_backend);
}

TEST(UsualCalls, ThatMayStillGetOlderLeaveItOpen)
{
    Evidence e = more_polls(1, 20); // as many arrive as before: they may pile up
    e.lasted_seconds = 1.2;
    EXPECT_TRUE(e.none_is_older());
    EXPECT_EQ(e.more_of_the_same(), 0);
    EXPECT_EQ(judge(e, nullptr).cause, Cause::unknown);
}

TEST(UsualCalls, OfWhichAsManyAreThereAsEverSayNothingOfTheOthers)
{
    Evidence e = more_polls(2.4, 20);
    std::vector<HolderIs> all(3, {.age_seconds = 2.4, .label = "GET /poll"});
    all.insert(all.end(), 5, {.age_seconds = 1.2});
    held(e, all);
    EXPECT_FALSE(e.none_is_older());
    EXPECT_EQ(judge(e, nullptr).cause, Cause::slow_backend);
}

} // namespace
} // namespace slotscope::analyze::test
