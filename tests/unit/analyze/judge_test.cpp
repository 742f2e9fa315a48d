// SPDX-License-Identifier: MIT
#include "analyze/judge.h"
#include "situations.h"

#include <gtest/gtest.h>

namespace slotscope::analyze::test {
namespace {

TEST(Judge, SaysUnknownAndWhatIsMissingRatherThanGuess)
{
    Evidence e = at_limit();
    e.baseline = {};
    e.tally = {};
    e.during = {};
    const Verdict verdict = judge(e);
    EXPECT_EQ(verdict.cause, Cause::unknown);
    EXPECT_EQ(verdict.confidence, 0);
    EXPECT_GE(verdict.missing.size(), 2U);
    EXPECT_NE(verdict.sentence.find("not known"), std::string::npos) << verdict.sentence;
}

TEST(Judge, NamesThePrimaryCauseFirstAndThenWhatContributes)
{
    Evidence e = at_limit(); // twice as many, and each takes twice as long
    flow(e, 40, 38, 0.25);
    e.long_completions = 5;
    const Verdict verdict = judge(e);
    ASSERT_GE(verdict.causes.size(), 2U);
    EXPECT_EQ(verdict.causes.front().cause, verdict.cause);
    EXPECT_LT(verdict.confidence, 0.8) << "two causes are true";
}

TEST(Judge, IsLessSureOfWhatHappenedWhileTheHostStoodStill)
{
    Evidence e = slow();
    const double sure = judge(e).confidence;
    e.stalled_seconds = 0.5;
    EXPECT_EQ(judge(e).confidence, sure) << "a small part of " << e.lasted_seconds << " s";
    e.stalled_seconds = 3;
    const Verdict verdict = judge(e);
    EXPECT_EQ(verdict.cause, Cause::slow_backend);
    EXPECT_LT(verdict.confidence, 0.6 * sure);
    ASSERT_FALSE(verdict.missing.empty());
    EXPECT_NE(verdict.missing.front().find("stood still for 3.0 s"), std::string::npos)
        << verdict.missing.front();
}

TEST(Judge, KeepsACauseThatIsStillAsGood)
{
    Evidence e = at_limit();
    flow(e, 40, 38, 0.22);
    const Verdict fresh = judge(e);
    for (const Cause cause : {Cause::demand_surge, Cause::slow_backend}) {
        Verdict before = fresh;
        before.cause = cause;
        before.confidence = 0.5;
        const double first = fresh.causes[0].score;
        const double second = fresh.causes[1].score;
        if (first - second < 0.1) {
            EXPECT_EQ(judge(e, &before).cause, cause);
        }
    }
    Verdict wrong = fresh;
    wrong.cause = Cause::stuck_calls;
    wrong.confidence = 0.5;
    EXPECT_EQ(judge(slow(), &wrong).cause, Cause::slow_backend) << "what has no support is left";
}

// A next hop that is asked by about one at a time, as one look has it, and nothing is known of before.
Evidence doubtful()
{
    Evidence e = at_limit();
    e.baseline = {};
    flow(e, 1, 1, 0.25);
    held(e, 8, {.age_seconds = 0.3}, 1);
    e.next_hop =
        NextHop{.address = "127.0.0.1:8082", .concurrency = 0.86, .idle_share = 0.3, .variance = 0.6};
    return e;
}

TEST(Judge, SaysUnknownWhereItIsNotSureEnoughAndNamesWhatIsLikely)
{
    const Verdict verdict = judge(doubtful());
    EXPECT_EQ(verdict.cause, Cause::unknown) << verdict.confidence;
    EXPECT_EQ(verdict.confidence, 0);
    ASSERT_FALSE(verdict.causes.empty());
    EXPECT_EQ(verdict.causes.front().cause, Cause::serialisation);
    EXPECT_GE(verdict.causes.front().score, kLeastScore);
    EXPECT_NE(verdict.sentence.find("most likely serialisation, which is not proven: 8 calls are here"),
              std::string::npos)
        << verdict.sentence;
}

TEST(Judge, DoesNotTakeBackWhatHasBecomeALittleLessSure)
{
    Verdict before;
    before.cause = Cause::serialisation;
    before.confidence = 0.35;
    const Verdict verdict = judge(doubtful(), &before);
    EXPECT_EQ(verdict.cause, Cause::serialisation);
    EXPECT_GT(verdict.confidence, 0.2);
}

TEST(Judge, GetsSurerWithMoreSamples)
{
    Evidence one = slow();
    held(one, 8, {.age_seconds = 0.8}, 1);
    EXPECT_LT(judge(one).confidence, judge(slow()).confidence);
}

TEST(Judge, GivesTheEvidenceByTheContractsNames)
{
    const Verdict verdict = judge(slow());
    for (const char* name : {"arrival_ratio", "hold_ratio", "share_from_demand", "share_from_hold"})
        EXPECT_TRUE(verdict.evidence.contains(name)) << name;
    EXPECT_NEAR(verdict.evidence.at("hold_ratio"), 15, 0.01);
    EXPECT_NEAR(verdict.evidence.at("share_from_demand") + verdict.evidence.at("share_from_hold"), 1, 1e-9);
}

TEST(Sentence, SaysWhatIsHeldByWhomAndWhatThatWaitsOn)
{
    Evidence e = slow();
    std::vector<HolderIs> all(
        4, {.age_seconds = 0.8, .label = "GET /report/{id}", .waits_for = "127.0.0.1:5432"});
    all.push_back({.age_seconds = 0.1});
    held(e, all);
    EXPECT_EQ(judge(e).sentence,
              "8 of 8 slots of app are held; 80 % of the slot-seconds belong to GET /report/{id}, "
              "which waits on 127.0.0.1:5432 (SELECT … FROM orders).");
}

TEST(Sentence, ComparesWithBefore)
{
    EXPECT_EQ(judge(slow()).sentence,
              "8 of 8 slots of app are held; 100 % of the slot-seconds belong to GET /item/{id}, "
              "a call takes 1.5 s, 15 times the 100 ms from before.");
    EXPECT_EQ(judge(surge()).sentence, "8 of 8 slots of app are held; 80.0/s arrive, 4 times what did "
                                       "before, and a call takes 100 ms as before.");
}

TEST(Sentence, IsInThePastAfterwards)
{
    Evidence e = slow();
    e.active = false;
    e.in_use = 1;
    EXPECT_EQ(judge(e).sentence.find("8 of 8 slots of app were held"), 0U);
}

TEST(Detectors, EachSaysWhyWhereItScores)
{
    for (const Evidence& e : {slow(), surge(), at_limit()})
        for (const Detector& each : detectors()) {
            const Finding finding = each.detect(e);
            EXPECT_GE(finding.score, 0);
            EXPECT_LE(finding.score, 1);
            EXPECT_EQ(finding.score > 0, !finding.because.empty()) << to_string(each.cause);
        }
}

TEST(Sentence, MultipliesWhatTheSlotsAreOfOnly)
{
    Evidence e = at_limit();
    e.baseline.slots_in_use = 7;
    Verdict verdict;
    verdict.cause = Cause::limit_too_low;
    EXPECT_NE(sentence(e, verdict).find("(20.0/s × 100 ms)"), std::string::npos) << sentence(e, verdict);
    e.kind = SlotKind::connections; // seven of a pool, and two calls on them at a time
    EXPECT_NE(sentence(e, verdict).find("7 were in use on average before already."), std::string::npos)
        << sentence(e, verdict);
}

} // namespace
} // namespace slotscope::analyze::test
