// SPDX-License-Identifier: MIT
#include "aggregate/slot_series.h"

#include <gtest/gtest.h>
#include <vector>

namespace slotscope::aggregate {
namespace {

BackendCounters slots_of(std::uint64_t calls_limit, std::uint64_t connection_ns, std::uint64_t call_ns,
                         std::uint64_t created_ns = 1)
{
    BackendCounters counters;
    counters.index = 3;
    counters.created_ns = created_ns;
    counters.slot_ns = connection_ns;
    counters.hold.counts = {connection_ns};
    counters.calls.limit = calls_limit;
    counters.calls.slot_ns = call_ns;
    counters.calls.durations.counts = {call_ns};
    return counters;
}

class SlotSeriesOf : public ::testing::Test {
  protected:
    void observe(const BackendCounters& now)
    {
        series_.observe(std::vector{now}, [&](std::uint32_t) { return std::optional(now); });
    }
    SlotSeries series_;
};

TEST_F(SlotSeriesOf, OneKindHaveNothingBefore)
{
    observe(slots_of(8, 100, 10));
    observe(slots_of(8, 200, 20));
    EXPECT_FALSE(series_.before(slots_of(8, 300, 30)));
}

TEST_F(SlotSeriesOf, AnotherKindBeginAnew)
{
    observe(slots_of(0, 100, 10));
    EXPECT_EQ(series_.before(slots_of(8, 150, 15))->slot_ns, 15U) << "before it was looked at";
    observe(slots_of(8, 200, 20));
    const auto before = series_.before(slots_of(8, 300, 30));
    ASSERT_TRUE(before);
    EXPECT_EQ(before->slot_ns, 20U);
    EXPECT_EQ(before->held.counts, std::vector<std::uint64_t>{20});
    observe(slots_of(0, 400, 40)); // and back
    EXPECT_EQ(series_.before(slots_of(0, 500, 50))->slot_ns, 400U);
}

TEST_F(SlotSeriesOf, ARecordThatIsUsedAgainIsAnotherBackend)
{
    observe(slots_of(0, 100, 10));
    observe(slots_of(8, 200, 20));
    EXPECT_FALSE(series_.before(slots_of(8, 1, 1, 2)));
    observe(slots_of(8, 1, 1, 2));
    EXPECT_FALSE(series_.before(slots_of(8, 2, 2, 2)));
}

} // namespace
} // namespace slotscope::aggregate
