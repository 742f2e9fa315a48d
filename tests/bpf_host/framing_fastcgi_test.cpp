// SPDX-License-Identifier: MIT
#include "../../bpf/logic/framing_fastcgi.h"
#include "framing_conversation.h"

namespace {

using namespace conversation;
using namespace std::string_literals;

constexpr Framer kFramer = {ss_fastcgi_request, ss_fastcgi_response};

std::string record(int type, unsigned id, const std::string& content, unsigned char padding = 0)
{
    return "\1"s + static_cast<char>(type) + be16(id) + be16(content.size()) + static_cast<char>(padding) +
           '\0' + content + std::string(padding, 'p');
}

std::string begin(unsigned id = 1, char role = 1, char flags = 1)
{
    return record(SS_FASTCGI_BEGIN_REQUEST, id, "\0"s + role + flags + std::string(5, '\0'));
}
std::string end(unsigned id = 1, char protocol_status = 0, unsigned char padding = 0,
                std::uint32_t app_status = 0)
{
    return record(SS_FASTCGI_END_REQUEST, id, be32(app_status) + protocol_status + std::string(3, '\0'),
                  padding);
}
std::string params(unsigned id = 1)
{
    return record(SS_FASTCGI_PARAMS, id, "\17\21SCRIPT_FILENAME/srv/www/test.php", 5) +
           record(SS_FASTCGI_PARAMS, id, "");
}
std::string standard_input(unsigned id, const std::string& bytes, unsigned char padding = 0)
{
    return record(SS_FASTCGI_STDIN, id, bytes, padding);
}
std::string output(unsigned id, const std::string& bytes, unsigned char padding = 0)
{
    return record(SS_FASTCGI_STDOUT, id, bytes, padding);
}

TEST(FastcgiFraming, CallLastsFromBeginToEndRequest)
{
    check(kFramer,
          {client(begin() + params(), "1:B"), client(standard_input(1, ""), "-1:E"),
           server(output(1, "Content-type: text/html\r\n\r\nhello", 4), "1:b"), server(end(), "-1:e")});
}

TEST(FastcgiFraming, KeptConnectionServesCallAfterCall)
{
    check(kFramer,
          {client(begin() + params() + standard_input(1, ""), "1:B -1:E"),
           server(output(1, "a", 7) + output(1, "") + end(1, 0, 3), "1:b -1:e"),
           client(begin() + params() + standard_input(1, ""), "1:B -1:E"),
           server(output(1, "b", 7) + end(), "1:b -1:e"),
           client(begin() + params() + standard_input(1, ""), "1:B -1:E"), server(end(), "1:b -1:e")});
}

TEST(FastcgiFraming, BodiesAndPaddingAreSkipped)
{
    check(kFramer,
          {client(begin() + params(), "1:B"), client(standard_input(1, std::string(3000, '\1'), 255)),
           client(standard_input(1, std::string(200, '\1'))), client(standard_input(1, "", 8), "-1:E"),
           server(output(1, std::string(2000, '\1'), 9), "1:b"), server(output(1, std::string(300, '\1'))),
           server(end(1, 0, 1), "-1:e")});
    Driver driver(kFramer);
    driver.pass(false,
                begin() + record(SS_FASTCGI_STDIN, 1, std::string(65535, 'x'), 255) + standard_input(1, ""));
    driver.pass(true, output(1, std::string(65535, 'x'), 255) + end());
    EXPECT_EQ(driver.seen.str(), "c1B c65821E s1b s65813e ");
}

TEST(FastcgiFraming, ErrorsOfTheApplicationAreItsOutputAndRefusalsAreOutcomes)
{
    check(kFramer, {client(begin() + params() + standard_input(1, ""), "1:B -1:E"),
                    server(record(SS_FASTCGI_STDERR, 1, "PHP message: x", 2), "1:b"),
                    server(output(1, "Status: 500\r\n\r\n") + end(1, 0, 0, 255), "-1:e")});
    for (const char status : {'\1', '\2', '\3'}) { // CANT_MPX_CONN, OVERLOADED, UNKNOWN_ROLE
        check(kFramer, {client(begin(), "1:B"), server(end(1, status, 2), "1:b -1:f")});
    }
}

TEST(FastcgiFraming, FilterEndsItsRequestWithData)
{
    check(kFramer, {client(begin(1, 3) + params() + standard_input(1, "x") + standard_input(1, ""), "1:B"),
                    client(record(SS_FASTCGI_DATA, 1, "file") + record(SS_FASTCGI_DATA, 1, ""), "-1:E"),
                    server(output(1, "x") + end(), "1:b -1:e"),
                    client(begin(1, 1) + standard_input(1, ""), "1:B -1:E")});
}

TEST(FastcgiFraming, AbortedCallEndsWithItsEndRequest)
{
    check(kFramer, {client(begin() + params(), "1:B"), client(record(SS_FASTCGI_ABORT_REQUEST, 1, "")),
                    server(output(1, "x"), "1:b"), server(end(), "-1:e")});
}

TEST(FastcgiFraming, ManagementRecordsAreNoCalls)
{
    check(kFramer, {client(record(SS_FASTCGI_GET_VALUES, 0, "\16\0FCGI_MAX_CONNS"s, 3)),
                    server(record(SS_FASTCGI_GET_VALUES_RESULT, 0, "\16\2FCGI_MAX_CONNS50", 6)),
                    client(begin() + standard_input(1, ""), "1:B -1:E"),
                    server(record(SS_FASTCGI_UNKNOWN_TYPE, 0, "\14"s + std::string(7, '\0'))),
                    server(end(), "1:b -1:e")});
}

TEST(FastcgiFraming, SeveralIdsAreCounted)
{
    const auto state =
        check(kFramer, {client(begin(1) + params(1), "1:B"), client(begin(2) + params(2), "1:B"),
                        client(standard_input(2, ""), "-1:E"), client(standard_input(1, ""), "-1:E"),
                        server(output(2, "x"), "1:b"), server(output(1, "x")), server(end(2), "-1:e"),
                        server(output(1, "x"), "1:b"), server(end(1), "-1:e")});
    EXPECT_EQ(state.pending, 0);
}

TEST(FastcgiFraming, RequestsRunAhead)
{
    check_run_ahead(kFramer, {client(begin() + params() + standard_input(1, "abc", 5) + standard_input(1, ""),
                                     "1:B -1:E"),
                              server(output(1, "a", 7) + end(), "1:b -1:e"),
                              client(begin(2) + params(2) + standard_input(2, ""), "1:B -1:E"),
                              server(output(2, "b") + end(2, 2, 1), "1:b -1:f")});
}

TEST(FastcgiFraming, WhatCannotBeTheProtocolIsLost)
{
    check(kFramer, {client("GET / HTTP/1.1\r\n\r\n", "0:L")});
    check(kFramer, {client("\2\1", "0:L")});
    check(kFramer, {client("\1\14", "1:L")});
    check(kFramer, {client(record(SS_FASTCGI_STDOUT, 1, ""), "1:L")});
    check(kFramer, {client(begin(0), "1:B 7:L")});
    check(kFramer, {client(begin(1, 0), "1:B 9:L")});
    check(kFramer, {client(begin(1, 4), "1:B 9:L")});
    check(kFramer, {client(record(SS_FASTCGI_BEGIN_REQUEST, 1, "x"), "1:B 7:L")});
    check(kFramer, {client(record(SS_FASTCGI_GET_VALUES, 1, ""), "7:L")});
    check(kFramer, {client(begin(), "1:B"), client(begin(), "1:B 7:L")});
    check(kFramer, {server(end(), "1:L")});
    check(kFramer, {client(begin(), "1:B"), server(record(SS_FASTCGI_END_REQUEST, 1, "x"), "1:b 7:L")});
    check(kFramer, {client(begin(), "1:B"), server(record(SS_FASTCGI_STDIN, 1, "x"), "1:L")});
    check(kFramer, {client(begin(), "1:B"), server(output(0, "x"), "1:b 7:L")});
}

TEST(FastcgiFraming, SurvivesMutations)
{
    check_mutations(
        kFramer,
        {{client(begin() + params() + standard_input(1, "abc", 5) + standard_input(1, "")),
          server(output(1, "a", 7) + end()), client(begin(2, 3) + params(2) + record(SS_FASTCGI_DATA, 2, "")),
          server(output(2, "b") + end(2, 2, 1))}});
}

} // namespace
