// SPDX-License-Identifier: MIT
#include "model/unix_path.h"

#include <cstring>
#include <gtest/gtest.h>
#include <set>
#include <slotscope/abi/unix_path.h>

namespace slotscope {
namespace {

// As a program does it.
std::array<std::uint8_t, 16> kernel_number(const std::string& path)
{
    ss_unix_path words{};
    std::memcpy(&words, path.data(), path.size());
    std::array<std::uint8_t, 16> ip{};
    ss_unix_path_number(&words, ip.data());
    return ip;
}

TEST(UnixPath, BothSidesMakeTheSameNumberOfAPath)
{
    for (const std::string& path :
         {std::string("/run/php/php-fpm.sock"), std::string("@abstract"), std::string("/a"),
          std::string("/") + std::string(106, 'x'), std::string("relative.sock")})
        EXPECT_EQ(unix_address(path).ip, kernel_number(path)) << path;
}

TEST(UnixPath, PathsThatDifferInOneByteDifferInTheirNumber)
{
    std::set<std::array<std::uint8_t, 16>> numbers;
    std::string path = "/" + std::string(106, 'x');
    for (std::size_t at = 1; at < path.size(); ++at) {
        path[at] = 'y';
        numbers.insert(kernel_number(path));
        path[at] = 'x';
    }
    EXPECT_EQ(numbers.size(), path.size() - 1);
}

TEST(UnixPath, BothSidesMakeTheSameNumberOfAnEndWithoutAName)
{
    std::array<std::uint8_t, 16> ip{};
    ss_unix_end_number(0x1122334455667788, ip.data());
    EXPECT_EQ(unix_end_address(0x1122334455667788).ip, ip);
}

TEST(UnixPath, AddressIsWrittenAsItsPathAndReadAgain)
{
    const Address address = unix_address("/run/redis/redis.sock");
    EXPECT_TRUE(is_unix(address));
    EXPECT_TRUE(has_unix_path(address));
    EXPECT_EQ(to_string(address), "unix:/run/redis/redis.sock");
    EXPECT_EQ(parse_unix_text(to_string(address)), address);
}

TEST(UnixPath, EndWithoutANameIsWrittenAsItsCookieAndReadAgain)
{
    const Address end = unix_end_address(4711);
    EXPECT_TRUE(is_unix(end));
    EXPECT_FALSE(has_unix_path(end));
    EXPECT_EQ(to_string(end), "unix:#4711");
    EXPECT_EQ(parse_unix_text("unix:#4711"), end);
}

TEST(UnixPath, NumberWhosePathIsNotKnownIsShownAsItIs)
{
    Address unknown;
    unknown.ip = kernel_number("/never/seen/by/this/process");
    EXPECT_FALSE(has_unix_path(unknown));
    EXPECT_EQ(to_string(unknown).substr(0, 6), "unix:?");
    EXPECT_EQ(to_string(unknown).size(), 6 + 24);
    EXPECT_EQ(parse_unix_text(to_string(unknown)), std::nullopt);
    remember_unix_path(unknown, "/never/seen/by/this/process");
    EXPECT_EQ(to_string(unknown), "unix:/never/seen/by/this/process");
}

TEST(UnixPath, OtherTextsAreNone)
{
    for (const char* text : {"127.0.0.1:80", "unix:", "unix:#", "unix:#12x", "unix:?00", ""})
        EXPECT_EQ(parse_unix_text(text), std::nullopt) << text;
}

TEST(UnixPath, NoTcpAddressIsTakenForOne)
{
    for (const char* text : {"127.0.0.1:80", "[::1]:80", "[fe80::1]:1", "[ff02::1]:1", "[::]:0"})
        if (const auto address = parse_address(text)) {
            EXPECT_FALSE(is_unix(*address)) << text;
        }
}

TEST(UnixPath, EndpointIsAnAddressOfEitherKind)
{
    EXPECT_EQ(address_of(parse_endpoint("unix:/run/a.sock").value()), unix_address("/run/a.sock"));
    EXPECT_EQ(address_of(parse_endpoint("10.0.0.1:80").value()), parse_address("10.0.0.1:80").value());
}

} // namespace
} // namespace slotscope
