// SPDX-License-Identifier: MIT
#include "model/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace slotscope {
namespace {

using ::testing::HasSubstr;
using namespace std::string_view_literals;

TEST(Address, TextRoundTrips)
{
    for (const char* text : {"127.0.0.1:80", "0.0.0.0:1", "255.255.255.255:65535", "[::1]:80", "[::]:443",
                             "[2001:db8::ff00:42:8329]:5432", "[fe80::1]:8080"}) {
        const auto address = parse_address(text);
        ASSERT_TRUE(address.ok()) << text;
        EXPECT_EQ(to_string(*address), text);
    }
}

TEST(Address, ReadsOtherSpellingsOfTheSame)
{
    EXPECT_EQ(parse_address("[::ffff:10.0.0.1]:80").value(), parse_address("10.0.0.1:80").value());
    EXPECT_EQ(to_string(parse_address("[2001:DB8:0:0:0:0:0:1]:80").value()), "[2001:db8::1]:80");
    EXPECT_EQ(to_string(parse_address("10.0.0.1:00080").value()), "10.0.0.1:80");
}

TEST(Address, KeepsNetworkByteOrderOfTheIpAndHostOrderOfThePort)
{
    const Address address = parse_address("1.2.3.4:258").value();
    EXPECT_EQ(address.ip,
              (std::array<std::uint8_t, 16>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4}));
    EXPECT_EQ(address.port, 258);
}

TEST(Address, SaysWhatIsWrong)
{
    const std::pair<std::string_view, const char*> cases[] = {
        {"", "no port"},
        {"10.0.0.1", "no port"},
        {"10.0.0.1:", "port must be a number"},
        {"10.0.0.1:0", "port must be a number"},
        {"10.0.0.1:65536", "port must be a number"},
        {"10.0.0.1:+80", "port must be a number"},
        {"10.0.0.1: 80", "port must be a number"},
        {"10.0.0.1:80x", "port must be a number"},
        {"10.0.0:80", "not an IPv4 address"},
        {"10.0.0.256:80", "not an IPv4 address"},
        {":80", "not an IPv4 address"},
        {"localhost:80", "names are not resolved"},
        {"::1:80", "needs brackets"},
        {"[::1:80", "needs brackets"},
        {"[]:80", "not an IPv6 address"},
        {"[10.0.0.1]:80", "not an IPv6 address"},
        {"[fe80::1%eth0]:80", "not an IPv6 address"},
    };
    for (const auto& [text, why] : cases) {
        const auto address = parse_address(text);
        ASSERT_FALSE(address.ok()) << text;
        EXPECT_THAT(address.error().message, HasSubstr(why)) << text;
        EXPECT_THAT(address.error().message, HasSubstr("write IP:PORT")) << text;
    }
}

TEST(Address, KnowsItsKinds)
{
    const auto kind = [](const char* text) {
        const Address address = parse_address(text).value();
        return std::string(address.is_ipv4() ? "4" : "6") + (address.is_loopback() ? "L" : "") +
               (address.is_wildcard() ? "W" : "");
    };
    EXPECT_EQ(kind("127.9.9.9:1"), "4L");
    EXPECT_EQ(kind("128.0.0.1:1"), "4");
    EXPECT_EQ(kind("0.0.0.0:1"), "4W");
    EXPECT_EQ(kind("[::1]:1"), "6L");
    EXPECT_EQ(kind("[::]:1"), "6W");
    EXPECT_EQ(kind("[::2]:1"), "6");
    EXPECT_EQ(kind("[::ffff:127.0.0.1]:1"), "4L");
}

TEST(Endpoint, TextRoundTrips)
{
    for (const char* text :
         {"127.0.0.1:80", "[::1]:80", "unix:/run/app.sock", "unix:@abstract", "unix:/odd:80"}) {
        const auto endpoint = parse_endpoint(text);
        ASSERT_TRUE(endpoint.ok()) << text;
        EXPECT_EQ(to_string(*endpoint), text);
    }
    EXPECT_TRUE(parse_endpoint("unix:/run/app.sock").value().is_unix());
    EXPECT_FALSE(parse_endpoint("127.0.0.1:80").value().is_unix());
}

TEST(Endpoint, RejectsAUnixPathThatNoSocketCanHave)
{
    EXPECT_FALSE(parse_endpoint("unix:").ok());
    EXPECT_FALSE(parse_endpoint("unix:relative").ok());
    EXPECT_TRUE(parse_endpoint("unix:/" + std::string(106, 'x')).ok());
    EXPECT_FALSE(parse_endpoint("unix:/" + std::string(107, 'x')).ok());
}

// The same addresses and texts in each run; the sanitizers judge the parser.
TEST(Address, EveryValueRoundTripsThroughItsText)
{
    std::mt19937 random(1);
    for (int round = 0; round < 5000; ++round) {
        Address address;
        for (auto& byte : address.ip) // many zeros, so that :: stands in every place
            byte = random() % 3 == 0 ? static_cast<std::uint8_t>(random()) : std::uint8_t{0};
        address.port = static_cast<std::uint16_t>(1 + random() % 65535);
        const auto again = parse_address(to_string(address));
        ASSERT_TRUE(again.ok()) << to_string(address);
        EXPECT_EQ(*again, address) << to_string(address);
    }
}

TEST(Endpoint, SurvivesMutatedTexts)
{
    constexpr std::string_view kSeeds[] = {"10.0.0.1:80", "[2001:db8::1]:5432", "unix:/run/a.sock"};
    constexpr std::string_view kAlphabet = "0189af:.[]/@unix%- \0\xff"sv;
    std::mt19937 random(2);
    const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random()) % bound; };
    for (int round = 0; round < 5000; ++round) {
        std::string text(kSeeds[below(std::size(kSeeds))]);
        for (std::size_t edits = 1 + below(5); edits > 0; --edits) {
            const std::size_t at = below(text.size() + 1);
            if (below(2) == 0)
                text.insert(at, 1, kAlphabet[below(kAlphabet.size())]);
            else
                text.erase(at, 1 + below(3));
        }
        const auto endpoint = parse_endpoint(text);
        if (!endpoint)
            continue;
        EXPECT_EQ(parse_endpoint(to_string(*endpoint)).value(), *endpoint) << text;
    }
}

} // namespace
} // namespace slotscope
