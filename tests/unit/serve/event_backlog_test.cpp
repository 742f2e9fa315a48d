// SPDX-License-Identifier: MIT
#include "serve/event_backlog.h"

#include "serve/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::serve {
namespace {

using testing::HasSubstr;

constexpr std::size_t kRoomy = 4096;

std::string take_all(EventBacklog& backlog)
{
    std::string taken;
    for (std::string_view next = backlog.next(); !next.empty(); next = backlog.next()) {
        taken += next;
        backlog.sent(next.size());
    }
    return taken;
}

TEST(EventBacklog, FramesLinesAsChunks)
{
    EventBacklog backlog(kRoomy, true);
    backlog.add("0123456789abcde");
    EXPECT_EQ(take_all(backlog), "10\r\n0123456789abcde\n\r\n");
}

TEST(EventBacklog, LeavesLinesAloneWithoutChunks)
{
    EventBacklog backlog(kRoomy, false);
    backlog.add("one");
    backlog.add("two");
    EXPECT_EQ(take_all(backlog), "one\ntwo\n");
}

TEST(EventBacklog, GoesOnAfterAPartWasSent)
{
    EventBacklog backlog(kRoomy, false);
    backlog.add("one");
    EXPECT_EQ(backlog.next(), "one\n");
    backlog.sent(2);
    backlog.add("two");
    EXPECT_EQ(backlog.next(), "e\n");
    EXPECT_EQ(take_all(backlog), "e\ntwo\n");
}

TEST(EventBacklog, NeverHoldsMoreThanItsBound)
{
    EventBacklog backlog(1000, true);
    for (int i = 0; i < 1000; ++i) {
        backlog.add(std::string(static_cast<std::size_t>(i % 90), 'x'));
        EXPECT_LE(backlog.size_bytes(), 1000U);
    }
    EXPECT_GT(backlog.dropped(), 900U);
}

TEST(EventBacklog, TellsHowManyWereDroppedBeforeTheNextLine)
{
    EventBacklog backlog(1000, false);
    backlog.add(std::string(900, 'x'));
    for (int i = 0; i < 3; ++i)
        backlog.add(std::string(200, 'y'));
    EXPECT_EQ(backlog.dropped(), 3U);
    backlog.sent(backlog.next().size());
    backlog.add("z");
    const std::string taken = take_all(backlog);
    const Json line = Json::parse(taken.substr(0, taken.find('\n')));
    EXPECT_EQ(line["schema"], "slotscope.event/1");
    EXPECT_EQ(line["event"], "dropped");
    EXPECT_EQ(line["count"], 3);
    EXPECT_EQ(taken.substr(taken.find('\n') + 1), "z\n");
    EXPECT_EQ(backlog.dropped(), 0U);
}

TEST(EventBacklog, TellsOfDroppedLinesEvenIfNoneFollows)
{
    EventBacklog backlog(1000, false);
    backlog.add(std::string(900, 'x'));
    backlog.add(std::string(900, 'y'));
    EXPECT_THAT(take_all(backlog), HasSubstr("\"event\":\"dropped\""));
}

TEST(EventBacklog, LetsNothingOvertakeAnUntoldLoss)
{
    EventBacklog backlog(1000, false);
    backlog.add(std::string(900, 'x'));
    backlog.add(std::string(200, 'y'));
    backlog.add("short enough to fit, but the loss comes first");
    EXPECT_EQ(backlog.dropped(), 2U);
}

TEST(EventBacklog, DropsALineThatNeverFits)
{
    EventBacklog backlog(1000, false);
    backlog.add(std::string(2000, 'x'));
    backlog.add("next");
    const std::string taken = take_all(backlog);
    EXPECT_THAT(taken, HasSubstr("\"count\":1"));
    EXPECT_THAT(taken, HasSubstr("next\n"));
}

} // namespace
} // namespace slotscope::serve
