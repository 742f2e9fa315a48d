// SPDX-License-Identifier: MIT
#include "limits/document.h"

#include <gtest/gtest.h>

namespace slotscope::limits {
namespace {

TEST(Document, KnowsTheLinesOfItsValues)
{
    const Documents documents = parse_documents("a:\n  b:\n  - 1\n  - c: 2\n---\nd: 3\n");
    ASSERT_EQ(documents.wrong, "");
    ASSERT_EQ(documents.list.size(), 2U);
    const Node& list = documents.list[0].at({"a", "b"});
    EXPECT_EQ(list.line, 2);
    ASSERT_EQ(list.items.size(), 2U);
    EXPECT_EQ(list.items[1]["c"].text, "2");
    EXPECT_EQ(list.items[1]["c"].line, 4);
    EXPECT_EQ(documents.list[1]["d"].line, 6);
    EXPECT_FALSE(documents.list[1]["e"]);
    EXPECT_FALSE(documents.list[1].at({"e", "f"}));
}

TEST(Document, ReadsJsonWithTabsAndEscapes)
{
    const Documents documents =
        parse_documents("{\n\t\"a\\/b\": [true, \"\\u00e4\\n\"],\n\t\"c\": null\n}\n");
    ASSERT_EQ(documents.wrong, "");
    const Node& root = documents.list.at(0);
    EXPECT_EQ(root["a/b"].items.at(1).text, "\xc3\xa4\n");
    EXPECT_FALSE(root["c"]);
}

TEST(Document, FollowsMergedMaps)
{
    const Documents documents = parse_documents("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: {<<: [*x]}\n");
    ASSERT_EQ(documents.wrong, "");
    EXPECT_EQ(documents.list[0].at({"y", "a"}).text, "1");
    EXPECT_EQ(documents.list[0].at({"y", "b"}).text, "3");
    EXPECT_EQ(documents.list[0].at({"z", "b"}).text, "2");
}

TEST(Document, SaysWhereItIsWrong)
{
    EXPECT_EQ(parse_documents("a: 1\nb: [\n").line, 3);
    EXPECT_EQ(parse_documents("a: 1\n b: 2\n").line, 2);
}

TEST(Document, HasBounds)
{
    EXPECT_NE(parse_documents(std::string((1 << 20) + 1, ' ')).wrong, "");
    EXPECT_NE(parse_documents(std::string(100'000, '[')).wrong, "");
    std::string deep;
    for (int level = 0; level < 2000; ++level)
        deep += "{a: ";
    EXPECT_NE(parse_documents(deep).wrong, "");
    std::string lists;
    for (int level = 0; level < 1000; ++level)
        lists += "- ";
    EXPECT_NE(parse_documents(lists + "a").wrong, "");
    EXPECT_NE(parse_documents("&a [*a]").wrong, ""); // within itself
    std::string doubling = "a: &a [x, x]\n";
    for (char name = 'b'; name < 'z'; ++name)
        doubling +=
            std::string{name} + ": &" + name + " [*" + char(name - 1) + ", *" + char(name - 1) + "]\n";
    EXPECT_NE(parse_documents(doubling).wrong, "");
}

TEST(Document, EndsWhereABracketHasNoBeginning)
{
    for (const char* text : {"{}}", "{\"a\": 1}}\n", "[1]]", "a: 1\n}", "}", "]", "{} x"})
        EXPECT_LE(parse_documents(text).list.size(), 1000U) << text;
}

TEST(Document, LeavesOutNamesThatAreNoScalars)
{
    const Documents documents = parse_documents("? [a]\n: 1\nb: 2\n");
    ASSERT_EQ(documents.wrong, "");
    ASSERT_EQ(documents.list.at(0).members.size(), 1U);
    EXPECT_EQ(documents.list[0]["b"].text, "2");
}

} // namespace
} // namespace slotscope::limits
