// SPDX-License-Identifier: MIT
#include "limits/explicit/limit_spec.h"

#include "limits/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace slotscope::limits {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace std::string_view_literals;

Limit parsed(const std::string& text)
{
    auto result = parse_limit_spec(text, "--limit");
    EXPECT_TRUE(result.ok()) << (result ? "" : result.error().message);
    return result ? result.value() : Limit{};
}

std::string refused(const std::string& text)
{
    auto result = parse_limit_spec(text, "--limit");
    EXPECT_FALSE(result.ok()) << text;
    return result ? "" : result.error().message;
}

std::vector<std::string> addresses(const Limit& limit)
{
    std::vector<std::string> texts;
    for (const Endpoint& address : limit.addresses)
        texts.push_back(to_string(address));
    return texts;
}

TEST(LimitSpec, CountsConnectionsOfBothDirectionsByDefault)
{
    const Limit limit = parsed("app=10.0.0.1:80:100");
    EXPECT_EQ(limit.name, "app");
    EXPECT_THAT(addresses(limit), ::testing::ElementsAre("10.0.0.1:80"));
    EXPECT_EQ(limit.slots, 100U);
    EXPECT_EQ(limit.kind, SlotKind::connections);
    EXPECT_FALSE(limit.direction.has_value());
    EXPECT_EQ(limit.source, "--limit");
}

TEST(LimitSpec, TakesSuffixesInEitherOrder)
{
    for (const char* text : {"app=10.0.0.1:80:100/calls/inbound", "app=10.0.0.1:80:100/inbound/calls"}) {
        const Limit limit = parsed(text);
        EXPECT_EQ(limit.kind, SlotKind::calls);
        EXPECT_EQ(limit.direction, Direction::inbound);
        EXPECT_EQ(limit.slots, 100U);
    }
    EXPECT_EQ(parsed("app=10.0.0.1:80:1/outbound").direction, Direction::outbound);
    EXPECT_EQ(parsed("app=10.0.0.1:80:1/connections").kind, SlotKind::connections);
}

TEST(LimitSpec, TakesSeveralAddresses)
{
    EXPECT_THAT(addresses(parsed("app=10.0.0.1:80,[::1]:81,unix:/run/a.sock:100/inbound")),
                ::testing::ElementsAre("10.0.0.1:80", "[::1]:81", "unix:/run/a.sock"));
}

TEST(LimitSpec, FindsTheMaximumBehindTheLastColon)
{
    EXPECT_THAT(addresses(parsed("a=[2001:db8::1]:5432:9")), ::testing::ElementsAre("[2001:db8::1]:5432"));
    EXPECT_EQ(parsed("a=[2001:db8::1]:5432:9").slots, 9U);
    EXPECT_THAT(addresses(parsed("a=unix:/run/odd:name:7")), ::testing::ElementsAre("unix:/run/odd:name"));
    EXPECT_EQ(parsed("a=10.0.0.1:80:4294967295").slots, 4294967295U);
}

TEST(LimitSpec, KeepsSlashesAndSuffixWordsOfAUnixPath)
{
    EXPECT_THAT(addresses(parsed("a=unix:/run/calls/inbound:7/calls")),
                ::testing::ElementsAre("unix:/run/calls/inbound"));
    EXPECT_FALSE(parsed("a=unix:/run/calls/inbound:7/calls").direction.has_value());
}

TEST(LimitSpec, TakesAnEqualsSignInAUnixPath)
{
    EXPECT_THAT(addresses(parsed("a=unix:/run/x=y:7")), ::testing::ElementsAre("unix:/run/x=y"));
}

TEST(LimitSpec, QuotesTheTextAndShowsARightOne)
{
    EXPECT_THAT(refused("nonsense"), AllOf(HasSubstr("\"nonsense\""), HasSubstr("it has no ="),
                                           HasSubstr("as in app=10.0.0.1:80:100/inbound")));
}

TEST(LimitSpec, SaysWhatIsWrong)
{
    const std::pair<const char*, const char*> cases[] = {
        {"=10.0.0.1:80:8", "the name is empty"},
        {"a b=10.0.0.1:80:8", "a space"},
        {"a\x01=10.0.0.1:80:8", "not printable"},
        {"a,b=10.0.0.1:80:8", "\"a,b\" cannot be a name"},
        {"app=10.0.0.1:80", "no MAX"},
        {"app=unix:/run/a.sock", "no MAX"},
        {"app=10.0.0.1:80:", "no MAX"},
        {"app=10.0.0.1:80:/calls", "no MAX"},
        {"app=", "no address"},
        {"app=10.0.0.1:80:0", "a limit of 0"},
        {"app=10.0.0.1:80:-1", "whole number, not \"-1\""},
        {"app=10.0.0.1:80:1e3", "whole number, not \"1e3\""},
        {"app=10.0.0.1:80:4294967296", "too large"},
        {"app=10.0.0.1:80:99999999999999999999999", "too large"},
        {"app=10.0.0.1:80:8/inbuond", "did you mean \"inbound\"?"},
        {"app=10.0.0.1:80:8/calls/nonsense", "valid: calls, connections, inbound, outbound"},
        {"app=10.0.0.1:80:8/", "is not a kind of slot"},
        {"app=10.0.0.1:80:8/calls/connections", "more than once"},
        {"app=10.0.0.1:80:8/calls/calls", "more than once"},
        {"app=10.0.0.1:80:8/inbound/outbound", "more than once"},
        {"app=10.0.0.1:0:8", "port must be a number from 1"},
        {"app=10.0.0.1:65536:8", "port must be a number from 1"},
        {"app=::1:80:8", "needs brackets"},
        {"app=localhost:80:8", "names are not resolved"},
        {"app=unix:relative:8", "must be absolute"},
        {"app=10.0.0.1:80,:8", "\"\" is not an address"},
        {"app=10.0.0.1:80,10.0.0.1:80:8", "the address 10.0.0.1:80 twice"},
    };
    for (const auto& [text, why] : cases)
        EXPECT_THAT(refused(text), HasSubstr(why)) << text;
    EXPECT_THAT(refused("a=unix:/" + std::string(107, 'x') + ":8"), HasSubstr("at most 107 bytes"));
}

// Deterministic: the same texts in each run. The sanitizers judge it, and what parses must hold what it
// promises.
TEST(LimitSpec, SurvivesMutatedTexts)
{
    const std::string seeds[] = {"app=10.0.0.1:80,10.0.0.2:80:100/inbound",
                                 "db=[2001:db8::1]:5432:9/calls/outbound",
                                 "php=unix:/run/php/fpm.sock:50/connections", "a=unix:@abstract:1", "=:/,[]"};
    constexpr std::string_view kAlphabet = "=:/,[]@.-_09afunixcls \0\xff\n"sv;
    std::mt19937 random(20240131);
    const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random()) % bound; };

    std::size_t accepted = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string text = seeds[below(std::size(seeds))];
        for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
            const std::size_t at = below(text.size() + 1);
            if (below(3) == 0)
                text.insert(at, 1, kAlphabet[below(kAlphabet.size())]);
            else if (at < text.size() && below(2) == 0)
                text.erase(at, 1 + below(4));
            else if (at < text.size())
                text[at] = kAlphabet[below(kAlphabet.size())];
        }
        const auto limit = parse_limit_spec(text, "fuzz");
        if (!limit)
            continue;
        ++accepted;
        EXPECT_TRUE(check_name(limit->name).ok()) << text;
        EXPECT_GE(limit->slots, 1U) << text;
        EXPECT_TRUE(check_limits({*limit}).ok()) << text;
        for (const Endpoint& address : limit->addresses)
            EXPECT_EQ(parse_endpoint(to_string(address)).value(), address) << text;
    }
    EXPECT_GT(accepted, 1000U) << "the mutations leave too little that is valid to test anything";
}

} // namespace
} // namespace slotscope::limits
