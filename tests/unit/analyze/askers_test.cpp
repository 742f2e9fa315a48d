// SPDX-License-Identifier: MIT
#include "analyze/askers.h"

#include <gtest/gtest.h>

namespace slotscope::analyze {
namespace {

Scan look(std::uint64_t at_ns, std::uint32_t pid, std::uint32_t record)
{
    Scan scan;
    scan.at_ns = at_ns;
    scan.processes[pid].asks[record] = 1;
    return scan;
}

TEST(Askers, RemembersWhoHasAskedWhom)
{
    Askers askers;
    askers.note(look(1, 10, 5));
    askers.note(look(2, 11, 6));
    EXPECT_TRUE(askers.has_asked(5, {9, 10}));
    EXPECT_FALSE(askers.has_asked(6, {9, 10}));
    EXPECT_FALSE(askers.has_asked(7, {10, 11}));
    EXPECT_FALSE(askers.has_asked(5, {}));
}

TEST(Askers, ForgetsWhatIsLongAgoAndARecordThatIsUsedAgain)
{
    Askers askers;
    askers.note(look(1, 10, 5));
    askers.note(look(1, 10, 6));
    askers.forget(6);
    EXPECT_FALSE(askers.has_asked(6, {10}));
    askers.note(look(Askers::kRemembered_ns + 20'000'000'000, 11, 7));
    EXPECT_FALSE(askers.has_asked(5, {10}));
    EXPECT_TRUE(askers.has_asked(7, {11}));
}

TEST(Askers, IsBounded)
{
    Askers askers;
    for (std::uint32_t pid = 1; pid <= Askers::kMostAskers + 1; ++pid)
        askers.note(look(pid, pid, 5));
    EXPECT_TRUE(askers.has_asked(5, {Askers::kMostAskers}));
    EXPECT_FALSE(askers.has_asked(5, {Askers::kMostAskers + 1}));
    askers.forget(5);
    askers.note(look(1, 7, 6));
    EXPECT_TRUE(askers.has_asked(6, {7}));
}

} // namespace
} // namespace slotscope::analyze
