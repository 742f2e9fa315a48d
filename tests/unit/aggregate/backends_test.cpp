// SPDX-License-Identifier: MIT
#include "aggregate/backends.h"

#include "model/histogram.h"

#include <gtest/gtest.h>

namespace slotscope {
namespace {

using aggregate::make_backends;
using aggregate::Surroundings;

class Backends : public testing::Test {
  protected:
    Backends()
    {
        around.own_netns = 1;
        around.now_ns = 10'000'000'000;
        around.netns_name = [](std::uint32_t inode) { return "ns" + std::to_string(inode); };
    }

    static BackendCounters record(std::uint32_t index, std::uint64_t in_use, std::uint64_t limit)
    {
        BackendCounters counters;
        counters.index = index;
        counters.created_ns = 1;
        counters.in_use = in_use;
        counters.limit = limit;
        counters.opened = in_use;
        counters.address = parse_address("10.0.0.1:" + std::to_string(1000 + index)).value();
        return counters;
    }

    std::vector<std::string> names_of(std::vector<BackendCounters> counters)
    {
        std::vector<std::string> result;
        for (const Backend& backend : make_backends(std::move(counters), around, activity, names))
            result.push_back(backend.name);
        return result;
    }

    Surroundings around;
    aggregate::Activity activity;
    aggregate::BackendNames names;
};

TEST_F(Backends, TheFullestComesFirstAndThoseWithoutLimitLast)
{
    EXPECT_EQ(names_of({record(1, 500, 0), record(2, 5, 10), record(3, 8, 8), record(4, 2, 0)}),
              (std::vector<std::string>{"10.0.0.1:1003", "10.0.0.1:1002", "10.0.0.1:1001", "10.0.0.1:1004"}));
}

TEST_F(Backends, OtherIsShownOnlyWithSomethingInIt)
{
    EXPECT_TRUE(names_of({record(0, 0, 0)}).empty());
    EXPECT_EQ(names_of({record(0, 3, 0)}), (std::vector<std::string>{"other"}));
}

TEST_F(Backends, ALimitGivesNameSourceAndMembers)
{
    LimitView view;
    view.limit.name = "app";
    view.limit.addresses = {parse_endpoint("10.0.0.1:1001").value(), parse_endpoint("10.0.0.2:1001").value()};
    view.limit.slots = 10;
    view.limit.source = "slotscope.toml:3";
    around.limits = {&view, 1};
    auto counters = record(1, 5, 10);
    counters.group = 1;
    const auto backends = make_backends({counters}, around, activity, names);
    ASSERT_EQ(backends.size(), 1U);
    EXPECT_EQ(backends[0].name, "app");
    EXPECT_EQ(backends[0].limit_source, "slotscope.toml:3");
    EXPECT_EQ(backends[0].members, (std::vector<std::string>{"10.0.0.1:1001", "10.0.0.2:1001"}));
}

TEST_F(Backends, OnlyAForeignNamespaceIsNamed)
{
    auto own = record(1, 1, 0);
    own.netns = 1;
    auto foreign = record(2, 1, 0);
    foreign.netns = 7;
    const auto backends = make_backends({own, foreign}, around, activity, names);
    EXPECT_EQ(backends[0].netns, "");
    EXPECT_EQ(backends[1].netns, "ns7");
}

TEST_F(Backends, HoldTimesAreAbsentUntilSomethingEnded)
{
    auto counters = record(1, 1, 0);
    counters.hold.counts.resize(kHistogramBuckets);
    EXPECT_FALSE(make_backends({counters}, around, activity, names)[0].hold.has_value());
    counters.hold.counts[41] = 2;
    counters.hold.sum_ns = 2'400'000;
    counters.hold_max_ns = 1'250'000;
    const auto hold = make_backends({counters}, around, activity, names)[0].hold;
    ASSERT_TRUE(hold);
    EXPECT_DOUBLE_EQ(hold->mean, 0.0012);
    EXPECT_DOUBLE_EQ(hold->max, 0.00125);
    EXPECT_LE(hold->p99, hold->max);
}

} // namespace
} // namespace slotscope
