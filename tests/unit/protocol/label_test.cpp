// SPDX-License-Identifier: MIT
#include "protocol/label.h"

#include <gtest/gtest.h>
#include <random>
#include <string>

namespace slotscope::protocol {
namespace {

using namespace std::string_literals;

struct LabelCase {
    Protocol protocol;
    std::string head;
    const char* expected;
};

std::string postgresql_message(char type, const std::string& body)
{
    const auto size = static_cast<char>(body.size() + 4); // of tests, below 128
    return std::string(1, type) + "\0\0\0"s + size + body;
}

std::string mysql_command(char code, const std::string& text)
{
    return std::string(1, static_cast<char>(text.size() + 1)) + "\0\0\0"s + code + text;
}

class Label : public testing::TestWithParam<LabelCase> {};

TEST_P(Label, NamesTheCall)
{
    EXPECT_EQ(label_of(GetParam().protocol, GetParam().head), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Http, Label,
    testing::Values(
        LabelCase{Protocol::http1, "GET /report/7?token=secret HTTP/1.1\r\nCookie: secret\r\n\r\n",
                  "GET /report/{id}"},
        LabelCase{Protocol::http1, "GET /report/7 HTTP/1.1", "GET /report/{id}"}, // the line alone
        LabelCase{Protocol::http1, "\r\nPOST /a HTTP/1.0\r\n", "POST /a"},
        LabelCase{Protocol::http1, "CONNECT secret.example:443 HTTP/1.1\r\n", "CONNECT"},
        LabelCase{Protocol::http1, "OPTIONS * HTTP/1.1\r\n", "OPTIONS *"},
        LabelCase{Protocol::http1, "GET /a/lon", "GET /a/…"}, LabelCase{Protocol::http1, "GE", ""},
        LabelCase{Protocol::http1, "", ""}, LabelCase{Protocol::http1, "\x16\x03\x01 x", ""},
        LabelCase{Protocol::timing, "GET / HTTP/1.1\r\n", ""}));

INSTANTIATE_TEST_SUITE_P(
    Postgresql, Label,
    testing::Values(
        LabelCase{Protocol::postgresql, postgresql_message('Q', "SELECT a FROM t WHERE b = 'secret'\0"s),
                  "SELECT a FROM t WHERE b = ?"},
        LabelCase{Protocol::postgresql,
                  postgresql_message('P', "S_1\0SELECT 1 FROM t\0\0\0"s) +
                      postgresql_message('B', "\0S_1\0"s),
                  "SELECT ? FROM t"},
        LabelCase{Protocol::postgresql,
                  postgresql_message('B', "\0S_17\0\0\0\0\1\0\0\0\6secret"s) +
                      postgresql_message('E', "\0\0\0\0\0"s),
                  "EXECUTE S_{n}"},
        LabelCase{Protocol::postgresql, postgresql_message('D', "SS_1\0"s) + postgresql_message('B', "\0\0"s),
                  "EXECUTE"},
        LabelCase{Protocol::postgresql, "\0\0\0\x29\0\3\0\0user\0secret\0"s, "(login)"},
        LabelCase{Protocol::postgresql, "\0\0\0\x8\x04\xd2\x16\x2f"s, "(encryption asked for)"},
        LabelCase{Protocol::postgresql, postgresql_message('p', "secret\0"s), "(login)"},
        LabelCase{Protocol::postgresql, postgresql_message('d', "secret"), "COPY"},
        LabelCase{Protocol::postgresql,
                  postgresql_message('Q', "SELECT a FROM t WHERE b = 'secret'\0"s).substr(0, 36),
                  "SELECT a FROM t WHERE b = ? …"},
        LabelCase{Protocol::postgresql, "Q", ""}, LabelCase{Protocol::postgresql, "Q\0\0\0\1xxxx"s, ""}));

INSTANTIATE_TEST_SUITE_P(
    Mysql, Label,
    testing::Values(LabelCase{Protocol::mysql, mysql_command(3, "SELECT 'secret'"), "SELECT ?"},
                    LabelCase{Protocol::mysql, mysql_command(3, "\0\1SELECT 7"s), "SELECT ?"},
                    LabelCase{Protocol::mysql, mysql_command(3, "\2\1secret"), "(query with attributes)"},
                    LabelCase{Protocol::mysql, mysql_command(0x16, "SELECT ? FROM t"),
                              "PREPARE SELECT ? FROM t"},
                    LabelCase{Protocol::mysql, mysql_command(0x17, "\1\0\0\0secret"s), "EXECUTE"},
                    LabelCase{Protocol::mysql, mysql_command(0x0e, ""), "(ping)"},
                    LabelCase{Protocol::mysql, mysql_command(0x7f, "secret"), ""},
                    LabelCase{Protocol::mysql, "\x20\0\0\1secret"s, "(login)"}));

INSTANTIATE_TEST_SUITE_P(
    Others, Label,
    testing::Values(
        LabelCase{Protocol::redis, "*2\r\n$3\r\nget\r\n$6\r\nsecret\r\n", "GET"},
        LabelCase{Protocol::redis, "*3\r\n$6\r\nCONFIG\r\n$3\r\nget\r\n$6\r\nsecret\r\n", "CONFIG GET"},
        LabelCase{Protocol::redis, "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n", "AUTH"},
        LabelCase{Protocol::redis, "PING\r\n", "PING"}, LabelCase{Protocol::redis, "SET secret 1\r\n", "SET"},
        LabelCase{Protocol::redis, "*1\r\n$3\r\nG", ""},
        LabelCase{Protocol::redis, "*1\r\n$99999999999999999999\r\nG", ""},
        LabelCase{Protocol::redis, "*1\r\n$3\r\nG T\r\n", ""},
        LabelCase{Protocol::memcached, "get secret\r\n", "get"},
        LabelCase{Protocol::memcached, "version\r\n", "version"}, LabelCase{Protocol::memcached, "ge", ""}));

TEST(LabelOf, AnythingIsShortAndPrintable)
{
    std::mt19937 random(7);
    const std::string starts[] = {
        "GET /", "*1\r\n$", "Q\0\0\0\x40SELECT "s, "\x40\0\0\0\3SELECT "s, "\1\1\0\1\0\x08\0\0"s, ""};
    for (int round = 0; round < 20'000; ++round) {
        std::string head = starts[static_cast<std::size_t>(round) % std::size(starts)];
        const std::size_t size = random() % 256;
        while (head.size() < size)
            head += static_cast<char>(random() % (round % 2 == 0 ? 256 : 128));
        for (std::size_t protocol = 0; protocol < kProtocols; ++protocol) {
            const std::string label = label_of(static_cast<Protocol>(protocol), head);
            EXPECT_LE(label.size(), kLongestLabel);
            for (const char c : label)
                EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << label;
        }
    }
}

} // namespace
} // namespace slotscope::protocol
