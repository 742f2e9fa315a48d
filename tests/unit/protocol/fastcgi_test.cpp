// SPDX-License-Identifier: MIT
#include "protocol/fastcgi/fastcgi.h"

#include <gtest/gtest.h>
#include <string>

namespace slotscope::protocol::fastcgi {
namespace {

using namespace std::string_literals;

std::string record(char type, const std::string& content, std::size_t padding = 0)
{
    return "\1"s + type + "\0\1"s + static_cast<char>(content.size() >> 8U) +
           static_cast<char>(content.size() & 0xffU) + static_cast<char>(padding) + "\0"s + content +
           std::string(padding, '\0');
}

std::string variable(const std::string& name, const std::string& value)
{
    std::string length(1, static_cast<char>(value.size()));
    if (value.size() > 127)
        length = "\x80\0"s + static_cast<char>(value.size() >> 8U) + static_cast<char>(value.size() & 0xffU);
    return std::string(1, static_cast<char>(name.size())) + length + name + value;
}

const std::string kBegin = record(1, "\0\1\0\0\0\0\0\0"s);

TEST(FastcgiLabel, IsMethodRouteAndScript)
{
    const std::string params =
        variable("SCRIPT_FILENAME", "/srv/app/index.php") + variable("QUERY_STRING", "a=secret") +
        variable("REQUEST_METHOD", "GET") + variable("SCRIPT_NAME", "/index.php") +
        variable("REQUEST_URI", "/orders/17?a=secret") + variable("HTTP_COOKIE", "secret");
    EXPECT_EQ(label(kBegin + record(4, params)), "GET /orders/{id} (index.php)");
}

TEST(FastcgiLabel, OfAScriptByItsOwnNameSaysItOnce)
{
    EXPECT_EQ(
        label(kBegin + record(4, variable("REQUEST_METHOD", "POST") + variable("SCRIPT_NAME", "/a/pay.php"))),
        "POST /a/pay.php");
}

TEST(FastcgiLabel, KnowsTheScriptWhereTheRouteDidNotFit)
{
    const std::string params = variable("SCRIPT_FILENAME", "/srv/app/index.php") +
                               variable("QUERY_STRING", std::string(300, 's')) +
                               variable("REQUEST_URI", "/x");
    EXPECT_EQ(label((kBegin + record(4, params)).substr(0, 256)), "index.php");
}

TEST(FastcgiLabel, ReadsParametersOverSeveralRecords)
{
    const std::string params = variable("REQUEST_METHOD", "GET") + variable("REQUEST_URI", "/a/b");
    EXPECT_EQ(label(kBegin + record(4, params.substr(0, 10), 6) + record(4, params.substr(10))), "GET /a/b");
}

TEST(FastcgiLabel, LongLengthsAreRead)
{
    EXPECT_EQ(label(kBegin + record(4, variable("REQUEST_URI", "/a?" + std::string(200, 's')))), "/a");
}

TEST(FastcgiLabel, CutAnywhereShowsNoQueryAndNoHeader)
{
    const std::string whole =
        kBegin +
        record(4, variable("HTTP_COOKIE", "SECRET") + variable("REQUEST_URI", "/orders/list?a=SECRET") +
                      variable("REQUEST_METHOD", "GET") + variable("SCRIPT_NAME", "/index.php"));
    for (std::size_t size = 0; size <= whole.size(); ++size)
        EXPECT_EQ(label(whole.substr(0, size)).find("SECR"), std::string::npos) << size;
}

TEST(FastcgiLabel, OfSomethingElseIsNone)
{
    EXPECT_EQ(label("GET / HTTP/1.1\r\n"), "");
    EXPECT_EQ(label(""), "");
}

} // namespace
} // namespace slotscope::protocol::fastcgi
