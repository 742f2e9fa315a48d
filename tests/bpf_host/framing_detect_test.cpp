// SPDX-License-Identifier: MIT
#include "../../bpf/logic/framing_detect.h"
#include "framing_conversation.h"

#include <map>

namespace {

using namespace conversation;
using namespace std::string_literals;

std::string mysql(const std::string& payload)
{
    return static_cast<char>(payload.size()) + "\0\0\0"s + payload;
}
std::string postgresql(char type, const std::string& payload)
{
    return type + be32(payload.size() + 4) + payload;
}

// The protocols that recognise these first bytes of a request.
std::vector<std::string> recognise(std::string_view bytes)
{
    std::vector<std::string> names;
    for (const auto& [name, detector] :
         std::map<std::string, int (*)(const __u8*, __u32)>{{"fastcgi", ss_fastcgi_looks_like_request},
                                                            {"memcached", ss_memcached_looks_like_request},
                                                            {"mysql", ss_mysql_looks_like_request},
                                                            {"postgresql", ss_postgresql_looks_like_request},
                                                            {"redis", ss_redis_looks_like_request}}) {
        if (looks_like(detector, bytes)) {
            names.push_back(name);
        }
    }
    return names;
}

const std::map<std::string, std::vector<std::string>> kRequests = {
    {"fastcgi",
     {"\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"s, "\1\1\1\0\0\10\0\0\0\1\1\0\0\0\0\0\1\4\1\0"s,
      "\1\11\0\0\0\20\0\0"s}},
    {"memcached",
     {"get a\r\n", "gets a b\r\n", "set key 0 0 5\r\nhello\r\n", "version\r\n", "stats\r\n", "mn\r\n",
      "mg a v\r\n", "flush_all\r\n", "delete a\r\n", "prepend a 0 0 1\r\nx\r\n"}},
    {"mysql",
     {mysql("\3select 1"), mysql("\x0e"), mysql("\x16select ?"), mysql("\3" + std::string(65, 's')),
      mysql("\x16" + std::string(76, 's')), mysql("\x16" + std::string(80, 's'))}},
    {"postgresql",
     {be32(8) + be32(80877103), be32(8) + be32(80877104), be32(16) + be32(80877102) + be32(1) + be32(2),
      be32(20) + be32(196608) + "user\0me\0\0"s,
      be32(256) + be32(196608) + "user\0"s + std::string(50, 'x') + "\0"s, postgresql('Q', "select 1\0"s),
      postgresql('Q', "select 1 from t xxx\0"s), postgresql('Q', std::string(300, 's') + '\0'),
      postgresql('S', ""), postgresql('P', "\0select $1\0\0\0"s) + postgresql('B', std::string(8, '\0')),
      postgresql('Q', "\0"s)}},
    {"redis",
     {"*1\r\n$4\r\nPING\r\n", "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n", "*1000\r\n$4\r\nMSET\r\n"}},
};

TEST(FramingDetection, EachProtocolIsRecognisedAsItselfOnly)
{
    for (const auto& [name, requests] : kRequests) {
        for (const auto& request : requests) {
            EXPECT_EQ(recognise(request), std::vector{name}) << testing::PrintToString(request);
        }
    }
}

TEST(FramingDetection, OthersAreNotRecognised)
{
    for (const auto& bytes :
         {"GET / HTTP/1.1\r\nHost: a\r\n\r\n"s, "POST /a HTTP/1.1\r\n"s, "PUT / HTTP/1.1\r\n"s,
          "DELETE / HTTP/1.1\r\n"s, "CONNECT a:1 HTTP/1.1\r\n"s, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s,
          "HTTP/1.1 200 OK\r\n"s, "\x16\x03\x01\x02\0\1\0\1\xfc\x03\x03"s, "SSH-2.0-x\r\n"s,
          "PROXY TCP4 1 2 3 4\r\n"s, "\r\n\r\n\0\r\nQUIT\n"s, "EHLO a\r\n"s, "\x80\1\0\0\0\0\0\0"s,
          "\0\0\0\0"s, "patch / x"s, "get\r\n"s, "getter a"s}) {
        EXPECT_TRUE(recognise(bytes).empty()) << testing::PrintToString(bytes);
    }
}

TEST(FramingDetection, HttpAndTlsAreNeverRecognisedWhateverFollows)
{
    std::mt19937 random(5);
    for (int round = 0; round < 50000; ++round) {
        const char* methods[] = {"GET ",   "POST ",  "PUT ",     "DELETE ", "HEAD ",        "OPTIONS ",
                                 "PATCH ", "TRACE ", "CONNECT ", "QUERY ",  "\x16\x03\x01", "\x16\x03\x03"};
        std::string bytes = methods[random() % std::size(methods)];
        while (bytes.size() < 64) {
            bytes += static_cast<char>(random());
        }
        ASSERT_TRUE(recognise(std::string_view(bytes).substr(0, 5 + random() % 60)).empty())
            << testing::PrintToString(bytes);
    }
}

// A record of 22 bytes has the command of a COM_STMT_PREPARE where a packet of MySQL has its own.
TEST(FramingDetection, TlsRecordsOfEveryTypeAreNoPackets)
{
    std::mt19937 random(9);
    for (const char type : {'\x14', '\x15', '\x16', '\x17', '\x18'}) {
        for (const char version : {'\1', '\2', '\3', '\4'}) {
            for (int length = 3; length < 64; ++length) {
                auto record = std::string{type, '\3', version, '\0', static_cast<char>(length)};
                while (record.size() < 69) {
                    record += static_cast<char>(' ' + random() % 90);
                }
                EXPECT_TRUE(recognise(record).empty()) << testing::PrintToString(record);
                EXPECT_TRUE(recognise(std::string_view(record).substr(0, 5 + length)).empty());
                EXPECT_FALSE(looks_like(ss_mysql_looks_like_greeting, record));
            }
        }
    }
}

TEST(FramingDetection, PacketThatIsShownInPartIsNotTakenForMysql)
{
    EXPECT_TRUE(recognise(mysql("\3select 1").substr(0, 11)).empty());
    EXPECT_TRUE(recognise("\xf0\xf1\xf2\0\3ab and no more"s).empty());
}

TEST(FramingDetection, ShortBytesAreReadNoFurther)
{
    for (const auto& [name, requests] : kRequests) {
        for (const auto& request : requests) {
            for (std::size_t size = 0; size <= request.size(); ++size) {
                const auto names = recognise(std::string_view(request).substr(0, size));
                EXPECT_TRUE(names.empty() || names == std::vector{name})
                    << testing::PrintToString(request) << " of " << size;
            }
        }
    }
}

TEST(FramingDetection, ServersOfMysqlGreet)
{
    EXPECT_TRUE(
        looks_like(ss_mysql_looks_like_greeting, "d\0\0\0\n5.5.5-10.11.19-MariaDB-0+deb12u1\0\4\0\0\0"s));
    EXPECT_TRUE(looks_like(ss_mysql_looks_like_greeting, "J\0\0\0\n8.0.36\0"s));
    EXPECT_TRUE(looks_like(ss_mysql_looks_like_greeting, "\x17\0\0\0\xff\x10\4Too many connections"s));
    for (const auto& bytes : {"HTTP/1.1 200 OK"s, "SSH-2.0-x"s, "220 smtp\r\n"s, "+OK\r\n"s,
                              "R\0\0\0\10\0\0\0\0"s, "\x16\x03\x03\0\x7a\2"s, "d\0\0\1\n5."s}) {
        EXPECT_FALSE(looks_like(ss_mysql_looks_like_greeting, bytes)) << testing::PrintToString(bytes);
    }
}

} // namespace
