// SPDX-License-Identifier: MIT
#include "protocol/templates.h"

#include <gtest/gtest.h>
#include <string>

namespace slotscope::protocol {
namespace {

constexpr TemplateBounds kSmall = {20, 4, 100, 1000};

std::string word(int number)
{
    std::string text = "w";
    for (; number >= 0; number = number / 26 - 1)
        text += static_cast<char>('a' + number % 26);
    return text;
}

TEST(Templates, FewNamesStay)
{
    Templates templates(kSmall);
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(templates.learn("GET /a/" + word(i), 1), "GET /a/" + word(i));
}

TEST(Templates, ManyInOnePlaceAreAnIdentifier)
{
    Templates templates(kSmall);
    for (int i = 0; i < 4; ++i)
        templates.learn("GET /users/" + word(i) + "/orders", 1);
    EXPECT_EQ(templates.learn("GET /users/zoe/orders", 1), "GET /users/{id}/orders");
    EXPECT_EQ(templates.learn("GET /users/" + word(0) + "/orders", 1), "GET /users/{id}/orders");
    EXPECT_EQ(templates.learn("GET /other/x", 1), "GET /other/x"); // another place
    EXPECT_EQ(templates.learn("PUT /users/" + word(0), 1), "PUT /users/" + word(0));
}

TEST(Templates, ScriptsAndStatementsStayWhole)
{
    Templates templates(kSmall);
    EXPECT_EQ(templates.learn("GET /a/{id} (index.php)", 1), "GET /a/{id} (index.php)");
    EXPECT_EQ(templates.learn("SELECT a / b FROM t", 1), "SELECT a / b FROM t");
    EXPECT_EQ(templates.learn("HGETALL", 1), "HGETALL");
    EXPECT_EQ(templates.learn("", 1), "");
}

TEST(Templates, MoreThanFitAreOtherUntilOldOnesAreForgotten)
{
    Templates templates(kSmall);
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(templates.learn(word(i), 1), word(i));
    EXPECT_EQ(templates.learn("more", 2), "other");
    EXPECT_EQ(templates.learn(word(0), 900), word(0));
    EXPECT_EQ(templates.learn("more", 20'000'000'000), "more");
    EXPECT_EQ(templates.labels(), 1U);
}

TEST(Templates, AnythingStaysBounded)
{
    Templates templates(kSmall);
    for (int i = 0; i < 20'000; ++i)
        templates.learn("GET /" + word(i % 7) + "/" + word(i % 11) + "/" + word(i) + "/" + word(i * 7), 1);
    EXPECT_LE(templates.labels(), 20U);
}

} // namespace
} // namespace slotscope::protocol
