// SPDX-License-Identifier: MIT
#include "enrich/credentials.h"

#include "temporary_directory.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace slotscope::enrich {
namespace {

TEST(Credentials, AreTheRealOnes)
{
    const auto found =
        parse_credentials("Name:\tsudo\nUid:\t1000\t0\t0\t0\nGid:\t1001\t5\t5\t5\nFDSize:\t64\n"
                          "Groups:\t4 24 1001 \n");
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, (Credentials{1000, 1001, {4, 24, 1001}}));
    EXPECT_TRUE(parse_credentials("Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t\n")->groups.empty());
}

TEST(Credentials, WhatIsNotWholeIsNone)
{
    for (const char* text : {"", "Uid:\t0\t0\t0\t0\nGid:\t0\n", "Uid:\nGid:\t0\nGroups:\t\n",
                             "Uid:\tx\nGid:\t0\nGroups:\t\n", "Uid:\t0\nGid:\t0\nGroups:\tx\n"})
        EXPECT_FALSE(parse_credentials(text)) << text;
}

TEST(Credentials, AreOfTheProcessThatIsMeantOnly)
{
    const TemporaryDirectory proc;
    proc.write("7/status", "Uid:\t1\t1\t1\t1\nGid:\t2\t2\t2\t2\nGroups:\t3\n");
    proc.write("7/stat", "7 (a) S 1 1 1 0 -1 4194304 100 0 0 0 0 0 0 0 20 0 1 0 555 3133440 409\n");
    EXPECT_EQ(credentials_of(proc / "", 7, 555), (Credentials{1, 2, {3}}));
    EXPECT_FALSE(credentials_of(proc / "", 7, 556)); // another one has its number by now
    EXPECT_FALSE(credentials_of(proc / "", 8, 555));
}

} // namespace
} // namespace slotscope::enrich
