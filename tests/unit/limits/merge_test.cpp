// SPDX-License-Identifier: MIT
#include "limits/merge.h"

#include "limits/check.h"

#include <chrono>
#include <gtest/gtest.h>

namespace slotscope::limits {
namespace {

Limit given(const std::string& name, const std::string& address, std::uint32_t slots)
{
    Limit limit;
    limit.name = name;
    limit.addresses = {parse_endpoint(address).value()};
    limit.slots = slots;
    limit.source = "--limit";
    return limit;
}

Limit found(const std::string& name, const std::string& address, std::uint32_t slots,
            Direction direction = Direction::outbound)
{
    Limit limit = given(name, address, slots);
    limit.direction = direction;
    limit.source = "/etc/app.conf:1";
    limit.origin.product = "haproxy";
    limit.origin.pid = 812;
    limit.origin.arithmetic = {"maxconn " + std::to_string(slots)};
    return limit;
}

TEST(MergeLimits, AGivenLimitWinsOverAFoundOne)
{
    const auto merged = merge_limits({given("app", "10.0.0.1:80", 5)}, {found("back/app", "10.0.0.1:80", 8)});
    ASSERT_EQ(merged.size(), 2U);
    EXPECT_EQ(merged[0].set_aside, "");
    EXPECT_NE(merged[1].set_aside.find("app (--limit)"), std::string::npos) << merged[1].set_aside;
}

TEST(MergeLimits, TheOtherSideOfAnAddressIsAnotherBackend)
{
    Limit in = given("app", "10.0.0.1:80", 5);
    in.direction = Direction::inbound;
    EXPECT_EQ(merge_limits({in}, {found("back/app", "10.0.0.1:80", 8)})[1].set_aside, "");
}

TEST(MergeLimits, FoundOnesForTheSameAddressAreAddedUp)
{
    const auto merged =
        merge_limits({}, {found("a/app", "10.0.0.1:80", 8), found("b/app", "10.0.0.1:80", 4)});
    ASSERT_EQ(merged.size(), 1U);
    EXPECT_EQ(merged[0].slots, 12U);
    EXPECT_EQ(merged[0].origin.certainty, Certainty::at_most);
    EXPECT_EQ(merged[0].origin.arithmetic.back(), "= 12 at that address in all");
}

TEST(MergeLimits, OfTwoThatOverlapOtherwiseTheFirstHolds)
{
    Limit wide = found("b/app", "10.0.0.1:80", 4);
    wide.addresses.push_back(parse_endpoint("10.0.0.2:80").value());
    const auto merged = merge_limits({}, {found("a/app", "10.0.0.1:80", 8), wide});
    ASSERT_EQ(merged.size(), 2U);
    EXPECT_EQ(merged[0].set_aside, "");
    EXPECT_NE(merged[1].set_aside, "");

    Limit elsewhere = found("c/app", "10.0.0.1:80", 4);
    elsewhere.origin.netns = 7;
    EXPECT_NE(merge_limits({}, {found("a/app", "10.0.0.1:80", 8), elsewhere})[1].set_aside.find("namespace"),
              std::string::npos);
}

TEST(MergeLimits, NamesBecomeValidAndUnique)
{
    const auto merged = merge_limits({given("app", "10.0.0.9:80", 5)},
                                     {found("app", "10.0.0.1:80", 8), found("app", "10.0.0.2:80", 8),
                                      found("app", "10.0.0.3:80", 8), found("app", "10.0.0.4:80", 8),
                                      found("[é\n]", "10.0.0.5:80", 8), found("", "10.0.0.6:80", 8),
                                      found(std::string(200, 'n'), "10.0.0.7:80", 8)});
    EXPECT_EQ(merged[1].name, "app@haproxy");
    EXPECT_EQ(merged[2].name, "app@812");
    EXPECT_EQ(merged[3].name, "app@812-2");
    for (const Limit& limit : merged)
        EXPECT_TRUE(check_name(limit.name).ok()) << limit.name;
    EXPECT_TRUE(check_limits(merged).ok());
}

TEST(MergeLimits, NamesStayWhenAnotherOfTheNameComesAndGoes)
{
    const Limit mine = found("shop", "10.0.0.1:80", 8);
    const Limit other = found("shop", "10.0.0.2:80", 8);
    const auto alone = merge_limits({}, {mine});
    ASSERT_EQ(alone[0].name, "shop");
    const auto both = merge_limits({}, {other, mine}, alone); // the other one is found first
    EXPECT_EQ(both[1].name, "shop") << "it had the name";
    const std::string others = both[0].name;
    EXPECT_NE(others, "shop");
    const auto left = merge_limits({}, {other}, both);
    EXPECT_EQ(left[0].name, others) << "it keeps its own when the first has gone";
    EXPECT_EQ(merge_limits({given("shop", "10.0.0.9:80", 5)}, {mine}, alone)[1].name, both[0].name)
        << "what is given goes before what was";
    EXPECT_EQ(merge_limits({}, {found("store", "10.0.0.1:80", 8)}, alone)[0].name, "store")
        << "its configuration has renamed it";
}

TEST(ChangesBetween, SaysWhatIsNewGoneAndDifferent)
{
    const std::vector<Limit> before = {given("mine", "10.0.0.9:80", 5), found("a", "10.0.0.1:80", 8),
                                       found("b", "10.0.0.2:80", 8)};
    const std::vector<Limit> after = {found("a", "10.0.0.1:80", 12), found("c", "10.0.0.3:80", 3)};
    EXPECT_EQ(changes_between(before, after),
              (std::vector<std::string>{"haproxy: a has 12 slots instead of 8 (/etc/app.conf:1)",
                                        "haproxy: c has 3 slots (/etc/app.conf:1)",
                                        "haproxy: b has no limit any more"}));
    EXPECT_TRUE(changes_between(after, after).empty());
}

// On the agent's only loop: a host with thousands of limits must not stop it.
TEST(MergeLimits, ThousandsOfLimitsTakeNoTimeToSpeakOf)
{
    std::vector<Limit> many;
    for (int index = 0; index < 4000; ++index) {
        const std::string third = std::to_string(index / 250) + "." + std::to_string(index % 250);
        many.push_back(found("app", "10.1." + third + ":80", 8));
        for (int member = 1; member < 32; ++member)
            many.back().addresses.push_back(
                parse_endpoint("10.1." + third + ":" + std::to_string(80 + member)).value());
    }
    const auto start = std::chrono::steady_clock::now();
    const auto merged = merge_limits({}, many);
    const auto changes = changes_between(merged, merged);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
    EXPECT_EQ(merged.size(), 4000U);
    EXPECT_EQ(merged.back().name, "app@812-3998");
    EXPECT_TRUE(changes.empty());
}

TEST(MergeLimits, WhatThereIsNoRoomForIsSetAside)
{
    const Limit in = found("c", "10.0.0.3:80", 8, Direction::inbound); // takes three: its wildcards, too
    auto limits = merge_limits({given("a", "10.0.0.1:80", 5)},
                               {found("b", "10.0.0.2:80", 8), in, found("d", "10.0.0.4:80", 8)});
    set_aside_beyond(9, limits);
    for (const Limit& limit : limits)
        EXPECT_EQ(limit.set_aside, "") << limit.name;
    set_aside_beyond(6, limits);
    EXPECT_EQ(limits[1].set_aside, "");
    EXPECT_NE(limits[2].set_aside.find("(6)"), std::string::npos) << limits[2].set_aside;
    EXPECT_EQ(limits[3].set_aside, "");
    set_aside_beyond(0, limits);
    EXPECT_EQ(limits[0].set_aside, ""); // it was given
    EXPECT_NE(limits[1].set_aside, "");
}

} // namespace
} // namespace slotscope::limits
