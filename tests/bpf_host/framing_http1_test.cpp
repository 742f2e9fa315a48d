// SPDX-License-Identifier: MIT
#include "framing_driver.h"

#include "../../bpf/logic/framing_http1_head.h"

#include <gtest/gtest.h>
#include <random>

namespace {

using framing::Event;
using framing::Side;

// What one side sends. Marks that are not sent say which events belong where: ▶ a message's first byte
// follows (an answer's status line: it begins with the status), ■ its last byte precedes, ∞ until close, ◀ an
// answer begins, ✗ lost, with the byte before.
struct Said {
    Side side;
    std::string bytes;
    std::vector<Event> events; // with offsets from the beginning of `bytes`
};

Said said(Side side, const std::string& marked)
{
    const std::vector<std::pair<std::string, std::uint32_t>> marks = {
        {"▶", side == Side::request ? SS_FRAMING_REQUEST_BEGAN : SS_FRAMING_RESPONSE_BEGAN},
        {"■", side == Side::request ? SS_FRAMING_REQUEST_ENDED : SS_FRAMING_RESPONSE_ENDED},
        {"∞", SS_FRAMING_UNTIL_CLOSE},
        {"◀", SS_FRAMING_RESPONSE_BEGAN},
        {"✗", SS_FRAMING_LOST},
    };
    Said result{side, "", {}};
    for (std::size_t at = 0; at < marked.size();) {
        const auto mark = std::find_if(marks.begin(), marks.end(), [&](const auto& each) {
            return marked.compare(at, each.first.size(), each.first) == 0;
        });
        if (mark == marks.end()) {
            result.bytes += marked[at++];
            continue;
        }
        at += mark->first.size();
        const std::uint64_t begins = side == Side::request ? 0 : framing::kStatusAt;
        result.events.push_back(
            {mark->first == "▶" ? result.bytes.size() + begins : result.bytes.size() - 1, mark->second});
    }
    return result;
}

Said request(const std::string& marked)
{
    return said(Side::request, marked);
}
Said response(const std::string& marked)
{
    return said(Side::response, marked);
}

using Talk = std::vector<Said>;

std::vector<Event> expected(const Talk& talk, Side side)
{
    std::vector<Event> result;
    std::uint64_t offset = 0;
    for (const Said& each : talk) {
        if (each.side == side) {
            for (const Event& event : each.events) {
                result.push_back({offset + event.offset, event.kind});
            }
            offset += each.bytes.size();
        }
    }
    return result;
}

testing::AssertionResult reads(const Talk& talk, const std::function<framing::Cut(const Said&)>& cut_of)
{
    framing::Driver driver({ss_http1_request, ss_http1_response, framing::take_head});
    for (const Said& each : talk) {
        driver.feed(each.side, each.bytes, cut_of(each));
    }
    for (const Side side : {Side::request, Side::response}) {
        if (driver.events(side) != expected(talk, side)) {
            return testing::AssertionFailure() << testing::PrintToString(driver.events(side)) << "\nexpected "
                                               << testing::PrintToString(expected(talk, side));
        }
    }
    return testing::AssertionSuccess();
}

// The talk yields its events however it is cut: not at all, everywhere, in each place once, at random.
void expect_read(const Talk& talk)
{
    const auto always = [](const framing::Cut& cut) { return [cut](const Said&) { return cut; }; };
    ASSERT_TRUE(reads(talk, always(framing::uncut))) << "uncut";
    ASSERT_TRUE(reads(talk, always(framing::byte_by_byte))) << "byte by byte";
    for (const Said& each : talk) {
        for (std::size_t place = 1; place < each.bytes.size(); ++place) {
            ASSERT_TRUE(reads(talk,
                              [&](const Said& other) -> framing::Cut {
                                  if (&other != &each) {
                                      return framing::uncut;
                                  }
                                  return [&other, place](std::size_t left) {
                                      return left == other.bytes.size() ? place : left;
                                  };
                              }))
                << "cut after " << place << " bytes of " << each.bytes;
        }
    }
    std::mt19937_64 random(talk.size());
    for (int round = 0; round < 50; ++round) {
        ASSERT_TRUE(reads(talk, always([&](std::size_t) { return 1 + random() % (1 + random() % 100); })))
            << round;
    }
}

const std::string kGet = "▶GET / HTTP/1.1\r\nHost: a\r\n\r\n■";
const std::string kOk = "▶HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok■";

// A request that is framed like this after its request line and a header, and the next one after it.
void expect_request(const std::string& rest)
{
    expect_read({request("▶POST /a HTTP/1.1\r\nHost: b\r\n" + rest), request(kGet)});
}

void expect_lost_request(const std::string& rest)
{
    expect_read({request("▶POST /a HTTP/1.1\r\n" + rest)});
}

void expect_response(const std::string& marked)
{
    expect_read({request(kGet + kGet), response(marked + kOk)});
}

void expect_last_response(const std::string& marked)
{
    expect_read({request(kGet + kGet), response(marked)});
}

TEST(Http1Request, WithoutALengthHasNoBody)
{
    expect_read({request(kGet), request(kGet)});
}

TEST(Http1Request, EndsWithItsContentLength)
{
    expect_request("Content-Length: 5\r\n\r\nGET /■");
    expect_request("Content-Length: 1\r\n\r\n\n■");
    expect_request("Content-Length: 0\r\n\r\n■");
    expect_request("Content-Length: 300\r\n\r\n" + std::string(300, '\0') + "■");
}

TEST(Http1Request, HeaderNamesAreInAnyCase)
{
    expect_request("CONTENT-LENGTH:3\r\n\r\nabc■");
    expect_request("content-length:3\r\n\r\nabc■");
    expect_request("tRANSFER-eNCODING:CHUNKED\r\n\r\n0\r\n\r\n■");
}

TEST(Http1Request, HeadersWithAlikeNamesSayNothing)
{
    expect_request(
        "Content-Lengt: 7\r\nContent-Lengthy: 7\r\nXContent-Length: 7\r\nContent-Type: 7\r\nConten\r\n\r\n■");
    expect_request(
        "Transfer-Encodin: chunked\r\nTransfer-Encodings: chunked\r\nTE: chunked\r\nT\nC\n:\n\r\n■");
    expect_request("X: Content-Length: 7\r\n\r\n■");
}

TEST(Http1Request, WhitespaceAroundTheLengthSaysNothing)
{
    expect_request("Content-Length: \t 3 \t\r\n\r\nabc■");
    expect_request("Content-Length:0003\n\nabc■");
}

TEST(Http1Request, EqualLengthsAreOne)
{
    expect_request("Content-Length: 3, 3 ,03\r\n\r\nabc■");
    expect_request("Content-Length: 3\r\nX: y\r\nContent-Length: 3\r\n\r\nabc■");
}

TEST(Http1Request, DifferentLengthsAreLost)
{
    expect_lost_request("Content-Length: 3, 4,✗ 3\r\n\r\nabc");
    expect_lost_request("Content-Length: 3\r\nContent-Length: 30\r✗\n\r\n");
    expect_lost_request("Content-Length: 3\nContent-Length: 0\n✗\n");
    expect_lost_request("Content-Length: 4294967299\nContent-Length: 3\n✗\n"); // equal in the lowest 32 bits
}

TEST(Http1Request, WhatIsNoLengthIsLost)
{
    expect_lost_request("Content-Length: -✗1\r\n\r\n");
    expect_lost_request("Content-Length: +✗1\r\n\r\n");
    expect_lost_request("Content-Length: 1x✗\r\n\r\n");
    expect_lost_request("Content-Length: 0x✗1\r\n\r\n");
    expect_lost_request("Content-Length: 1 1✗\r\n\r\n");
    expect_lost_request("Content-Length: ,✗1\r\n\r\n");
    expect_lost_request("Content-Length: 1,,✗1\r\n\r\n");
    expect_lost_request("Content-Length: 1,\r\nX✗: y\r\n\r\n");
    expect_lost_request("Content-Length:\r\n\r✗\n");
}

TEST(Http1Request, LengthsOverflowAt48Bits)
{
    expect_read({request("▶PUT /a HTTP/1.1\r\nContent-Length: 281474976710655\r\n\r\n"), request("body")});
    expect_lost_request("Content-Length: 281474976710656✗\r\n\r\n");
    expect_lost_request("Content-Length: 1844674407370955✗1621\r\n\r\n"); // 2^64 + 5
    expect_lost_request("Transfer-Encoding: chunked\r\n\r\n1000000000000✗\r\n");
    expect_lost_request("Transfer-Encoding: chunked\r\n\r\n1000000000000✗0005\r\n");
}

TEST(Http1Request, SpaceBeforeTheColonOfAHeaderThatMattersIsLost)
{
    expect_lost_request("Content-Length ✗: 3\r\n\r\nabc");
    expect_lost_request("Transfer-Encoding\t✗: chunked\r\n\r\n");
}

TEST(Http1Request, FoldedHeadersGoOn)
{
    expect_request("Content-Length:\r\n 3\r\n\r\nabc■");
    expect_request("Content-Length: 3,\r\n\t3\n , 3\r\n\r\nabc■");
    expect_request("Transfer-Encoding: gzip\r\n , chunked\r\n\r\n0\r\n\r\n■");
    expect_request("X: y\r\n Content-Length: 3\r\n\r\n■");
    expect_lost_request("Content-Length: 3\r\n 3✗\r\n\r\n");
    expect_read({request("▶GET / HTTP/1.1\r\n Content-Length: 3\r\n\r\n■"), request(kGet)});
}

TEST(Http1Request, LinesMayEndInABareLineFeed)
{
    expect_read({request("▶POST / HTTP/1.0\nContent-Length: 2\n\nab■"), request(kGet)});
}

TEST(Http1Request, EmptyLinesBeforeItBelongToNothing)
{
    expect_read({request("\r\n\n\r\n" + kGet + "\r\n" + kGet + "\n" + kGet + "\r\n")});
    expect_read({request(std::string(200, '\n') + kGet)});
}

TEST(Http1Request, TheHeadMayBeAsLongAsItLikes)
{
    expect_read({request("▶GET /" + std::string(700, 'a') + " HTTP/1.1\r\nCookie: " + std::string(1500, 'c') +
                         "\r\n" + std::string(100, 'n') + ": " + std::string(99, ' ') +
                         "\r\nContent-Length: 2\r\n\r\nab■"),
                 request(kGet)});
}

TEST(Http1Request, TheTargetMayHoldSpacesAndTheLineEndInThem)
{
    expect_read({request("▶GET /a b HTTP/1.1 c HTTP/1.1\r\n\r\n■"), request(kGet)});
    expect_read({request("▶GET /  HTTP/1.1 \t\r\n\r\n■"), request(kGet)});
    expect_read({request("▶GET / HTTP/1.1 HTTP/1.0\r\n\r\n■"), request(kGet)});
    expect_read({request("▶GET http://h/\xc3\xa9 HTTP/1.1\r\n\r\n■▶OPTIONS * HTTP/1.1\r\n\r\n■")});
}

TEST(Http1Request, WithoutAVersionItIsLost)
{
    expect_read({request("▶GET /\n✗\n")});
    expect_read({request("▶GET / HTTP/2.0\r\n✗\r\n")});
    expect_read({request("▶PRI * HTTP/2.0\r\n✗\r\nSM\r\n\r\n")});
    expect_read({request("▶OPTIONS rtsp://h RTSP/1.0\r\n✗\r\n")});
    expect_read({request("▶GET HTTP/1.1\r\n✗\r\n")});
}

TEST(Http1Request, WhatCannotBeHttpIsLostAtOnce)
{
    expect_read({request("\x16✗\x03\x01")});
    expect_read({request(std::string(1, '\0') + "✗")});
    expect_read({request("▶GE\xff✗")});
    expect_read({request("▶GETTHISISNOTAMETHODATALLX✗")});
    expect_read({request("▶GET /" + std::string(1, '\0') + "✗ HTTP/1.1\r\n")});
    expect_read({request("▶GET / HTTP/1.1\r\nX: y\x01✗\r\n")});
    expect_read({request("▶GET / HTTP/1.1\r\n" + std::string(1, '\0') + "✗\r\n")});
    expect_read({request("▶GET / HTTP/1.1\r\n\rX✗\r\n")});
    expect_read(
        {request("▶POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\na■b✗c")}); // no method is in lower case
}

TEST(Http1Request, BytesAbove127AndABareCarriageReturnAreText)
{
    expect_request("X-\xff: \x80\x9f\xa0\r z\x7f\r\nContent-Length: 1\r\n\r\na■");
}

TEST(Http1Chunks, EndWithTheLastChunk)
{
    expect_request("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n■");
    expect_request("Transfer-Encoding: chunked\r\n\r\n5\r\nab\r\nc\r\n0\r\n\r\n■");
    expect_request("Transfer-Encoding: chunked\n\n1\na\n000\n\n■");
    expect_request("Transfer-Encoding: chunked\r\n\r\n1f\r\n" + std::string(31, 'x') +
                   "\r\n0A\r\n0\r\n\r\nGET /\r\n00\r\n\r\n■");
    expect_request("Transfer-Encoding: chunked\r\n\r\n00012C\r\n" + std::string(300, '\n') +
                   "\r\n0\r\n\r\n■");
}

TEST(Http1Chunks, ExtensionsSayNothing)
{
    expect_request("Transfer-Encoding: chunked\r\n\r\n1;a=\"b;\\\"0\"\r\nx\r\n0;z\r\n\r\n■");
    expect_request("Transfer-Encoding: chunked\r\n\r\n1 ; a\r\nx\r\n1 \t\r\nx\r\n0;" + std::string(130, '"') +
                   "\r\n\r\n■");
}

TEST(Http1Chunks, TrailersSayNothing)
{
    expect_request(
        "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: x\r\nTransfer-Encoding: y\r\n z\r\n\r\n■");
}

TEST(Http1Chunks, BeatTheLength)
{
    expect_request("Content-Length: 999\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n■");
    expect_request("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n1\r\na\r\n0\r\n\r\n■");
}

TEST(Http1Chunks, CountInHttp10Too)
{
    expect_read({request("▶POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n■" + kGet)});
}

TEST(Http1Chunks, AreTheLastCodingOfAnyNumberOfLines)
{
    expect_request("Transfer-Encoding: gzip, chunked,\r\n\r\n0\r\n\r\n■");
    expect_request("Transfer-Encoding: gzip\r\nTransfer-Encoding: \tchunked\r\n\r\n0\r\n\r\n■");
    expect_request("Transfer-Encoding: chu, chunked \r\n\r\n0\r\n\r\n■");
    expect_lost_request("Transfer-Encoding: chunked, gzip\r\n\r\n✗");
    expect_lost_request("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n✗");
    expect_lost_request("Transfer-Encoding: xchunked\r\n\r\n✗");
    expect_lost_request("Transfer-Encoding:\r\n\r\n✗");
    expect_lost_request("Transfer-Encoding: chunkedx✗\r\n\r\n");
    expect_lost_request("Transfer-Encoding: chunked;✗q=1\r\n\r\n");
    expect_lost_request("Transfer-Encoding: x=\"✗, chunked\"\r\n\r\n");
}

TEST(Http1Chunks, WhatIsNoSizeIsLost)
{
    for (const char* rest : {"\r✗\n", "g✗", ";✗", "-✗1", " ✗1", "1x✗", "1\rx✗", "1 1✗", "1\r\nab✗",
                             "1\r\na\rx✗", "1\r\na\r\n\r✗\n"}) {
        expect_lost_request(std::string("Transfer-Encoding: chunked\r\n\r\n") + rest);
    }
}

TEST(Http1Response, EndsWithItsContentLength)
{
    expect_response("▶HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\nHTTP/■");
    expect_response("▶HTTP/1.0 404\r\nContent-Length: 0\r\n\r\n■");
    expect_response("▶HTTP/1.1 999 \xe9\nContent-Length: 1\n\n\n■");
}

TEST(Http1Response, EndsWithItsLastChunk)
{
    expect_response("▶HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n■");
}

TEST(Http1Response, WithoutALengthLastsUntilTheClose)
{
    expect_last_response("▶HTTP/1.0 200 OK\r\nServer: x\r\n\r\n∞abc" + std::string(100, 'x') +
                         "HTTP/1.1 200 OK\r\n\r\n");
    expect_last_response("▶HTTP/1.1 200 OK\n\n∞");
    expect_last_response("▶HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, x\r\nContent-Length: 1\r\n\r\n∞a");
}

TEST(Http1Response, SomeStatusesHaveNoBody)
{
    expect_response("▶HTTP/1.1 204 No Content\r\n\r\n■");
    expect_response("▶HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n■");
    expect_response("▶HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n■");
}

TEST(Http1Response, InterimAnswersAreNone)
{
    const std::string hints = "HTTP/1.1 103 Hints\r\nLink: x\r\nContent-Length: 5\r\n\r\n";
    expect_response("HTTP/1.1 100 Continue\r\n\r\n" + hints + kOk);
    expect_read({request("▶PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"),
                 response("HTTP/1.1 100 Continue\r\n\r\n"), request("hello■"), response(hints + kOk),
                 request(kGet), response(kOk)});
}

TEST(Http1Response, TellsItsStatus)
{
    framing::Driver driver({ss_http1_request, ss_http1_response, framing::take_head});
    driver.feed(Side::request, said(Side::request, kGet).bytes);
    driver.feed(Side::response,
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(driver.state().outcome, 503);
    EXPECT_EQ(driver.state().pending, 0);
}

TEST(Http1Response, ToHeadHasNoBody)
{
    const std::string head = "▶HEAD / HTTP/1.1\r\n\r\n■";
    const std::string answer = "▶HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n■";
    expect_read({request(kGet + head + head + kGet), response(kOk + answer + answer + kOk)});
    expect_read({request(head), response("▶HTTP/1.1 200 OK\r\n\r\n■"), request(kGet), response(kOk)});
    expect_read({request("▶HEADER / HTTP/1.1\r\n\r\n■"), response(kOk)});
}

TEST(Http1Response, OfASwitchOfProtocolsEndsHttp)
{
    expect_read({request("▶GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n■"),
                 response("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n◀∞\x81\x05hello"),
                 request("\x81\x05hello" + std::string(100, '\0')), response(std::string(100, '\0'))});
}

TEST(Http1Response, WithoutASwitchHttpGoesOn)
{
    expect_read(
        {request("▶GET /ws HTTP/1.1\r\nUpgrade: h2c\r\n\r\n■"), response(kOk), request(kGet), response(kOk)});
}

TEST(Http1Response, ToConnectOpensATunnelWhereItSucceeds)
{
    const std::string connect = "▶CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n■";
    expect_read({request(kGet + connect), response(kOk + "▶HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n∞"),
                 request("\x16\x03\x01"), response("\x16\x03\x03")});
    expect_read({request(connect), response("▶HTTP/1.1 407 No\r\nContent-Length: 3\r\n\r\nabc■"),
                 request(kGet), response(kOk)});
}

TEST(Http1Response, MayComeBeforeTheRequestIsOver)
{
    expect_read({request("▶POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n12345"), response(kOk),
                 request("67890■" + kGet), response(kOk)});
    expect_read({request("▶POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123"),
                 response("▶HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n12"),
                 request("45\r\n0\r\n\r\n■" + kGet), response("34■" + kOk)});
    expect_read({request("▶HE"), response("▶HTTP/1.1 408 Late\r\nContent-Length: 1\r\n\r\nx■"),
                 request("AD / HTTP/1.1\r\n\r\n■" + kGet), response(kOk)});
}

TEST(Http1Response, EmptyLinesBeforeItBelongToNothing)
{
    expect_read({request(kGet + kGet), response(kOk + "\r\n" + kOk + "\r\n")});
}

TEST(Http1Response, ThatIsNotHttpIsLost)
{
    for (const char* rest :
         {"I✗CY 200", "HTTP/2✗", "HTTP/1.x✗", "HTTP/1.1\t✗", "HTTP/1.1 0✗", "HTTP/1.1 100x✗",
          "▶HTTP/1.1 20\r✗", "▶HTTP/1.1 2000✗", "▶HTTP/1.1 200 \x01✗", "h✗ttp/1.1 200 OK"}) {
        expect_last_response(rest);
    }
    expect_last_response("▶HTTP/1.1 200 OK\r\nContent-Length: x✗\r\n\r\n");
}

TEST(Http1Response, ThatNobodyAskedForIsLost)
{
    expect_read({response("HTTP/1.1 200✗ OK\r\n\r\n")});
    expect_read({response("HTTP/1.1 503✗ OK\r\n\r\n")});
    expect_read({request(kGet), response(kOk + "HTTP/1.1 200✗ OK\r\n\r\n")});
    expect_read({request(kGet), response(kOk + "G✗")});
}

TEST(Http1Response, ToAnIdleConnectionThatTimedOutIsNoCall)
{
    expect_read({request(kGet),
                 response(kOk + "HTTP/1.0 408 Request Time-out\r\nConnection: close\r\n\r\n<html>\n\x01")});
    expect_read({response("HTTP/1.1 408 Request Timeout\r\nContent-Length: 3\r\n\r\nabc")});
}

TEST(Http1Pipeline, HoldsSixteenRequests)
{
    std::string requests, answers;
    for (int i = 0; i < SS_HTTP1_OUTSTANDING; ++i) {
        requests += i % 3 == 0 ? "▶HEAD / HTTP/1.1\r\n\r\n■" : kGet;
        answers += i % 3 == 0 ? "▶HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n■" : kOk;
    }
    expect_read({request(requests), response(answers), request(requests), response(answers)});
    expect_read({request(requests + "G✗ET")});
    expect_read(
        {request(requests), response(answers.substr(0, answers.find("■") + 3)), request(kGet + "G✗ET")});
}

bool looks_like(Side side, const std::string& bytes)
{
    alignas(8) __u8 window[SS_WINDOW];
    std::memset(window, '\n', sizeof(window));
    const std::size_t count = std::min<std::size_t>(bytes.size(), SS_WINDOW);
    std::memcpy(window, bytes.data(), count);
    const auto shown = static_cast<__u32>(count);
    return side == Side::request ? ss_http1_looks_like_request(window, shown)
                                 : ss_http1_looks_like_response(window, shown);
}

TEST(Http1LooksLike, ARequestIsAMethodASpaceAndATarget)
{
    for (const char* bytes : {"GET ",
                              "GET /",
                              "HEAD / HTTP/1.1\r\n",
                              "POST /a b HTTP/1.0\n",
                              "PUT http://h/ HTTP/1.1\r\n",
                              "DELETE HTTPS://h/",
                              "OPTIONS * HTTP/1.1\r\n\r\n",
                              "PATCH /",
                              "TRACE /",
                              "CONNECT h:443 HTTP/1.1\r\n",
                              "CONNECT [::1]:1",
                              "PROPFIND /",
                              "MKCOL /",
                              "COPY /",
                              "MOVE /",
                              "LOCK /",
                              "UNLOCK /",
                              "REPORT /",
                              "SEARCH /",
                              "PURGE /",
                              "BAN /"}) {
        EXPECT_TRUE(looks_like(Side::request, bytes)) << bytes;
    }
    EXPECT_TRUE(looks_like(Side::request, "GET /" + std::string(100, 'x')));
    EXPECT_TRUE(looks_like(Side::request, "GET /" + std::string(49, 'x') + " HTTP/1.1\r"));
}

// What the byte-wise framer would also find, but at once: the rest of the tests hold the two together.
ss_step take_head(std::string_view bytes, std::size_t left, bool response, ss_framing& framing)
{
    ss_head head;
    std::memset(&head, '\n', sizeof(head));
    std::copy(bytes.begin(), bytes.end(), head.bytes);
    return ss_http1_head(&framing, &head, static_cast<__u32>(bytes.size()), static_cast<__u32>(left),
                         response);
}

TEST(Http1Head, OfAUsualExchangeIsTakenAtOnce)
{
    ss_framing framing{};
    const std::string request = "GET /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Type: y\r\nCookie: z\r\n\r\n";
    ss_step step = take_head(request, request.size(), false, framing);
    EXPECT_EQ(step.consumed, request.size());
    EXPECT_EQ(step.events, SS_FRAMING_REQUEST_BEGAN | SS_FRAMING_REQUEST_ENDED);
    const std::string response = "HTTP/1.1 404 Not Found\r\nServer: s\r\nCONTENT-length: 10\r\n\r\n";
    step = take_head(response, response.size() + 10, true, framing);
    EXPECT_EQ(step.consumed, response.size() + 10);
    EXPECT_EQ(step.events, SS_FRAMING_RESPONSE_BEGAN | SS_FRAMING_RESPONSE_ENDED);
    EXPECT_EQ(framing.outcome, 404);
    EXPECT_EQ(framing.pending, 0);
}

TEST(Http1Head, WithABodyThatIsNotWholeSkipsUpToItsLastByte)
{
    ss_framing framing{};
    const std::string head = "POST / HTTP/1.1\r\ncontent-length:1000000\r\n\r\n";
    const ss_step step = take_head(head, head.size() + 100, false, framing);
    EXPECT_EQ(step.consumed, head.size());
    EXPECT_EQ(step.events, SS_FRAMING_REQUEST_BEGAN);
    EXPECT_EQ(framing.request.skip, 999999);
}

TEST(Http1Head, LeavesToTheFramerWhatIsNotPlain)
{
    for (const char* head :
         {"GET / HTTP/1.1\r\nA: b\r\n", "GET / HTTP/1.1\nA: b\n\n", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
          "GET / HTTP/1.1\r\nContent-Length : 5\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: 5, 5\r\n\r\n",
          "GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
          "GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "GET / HTTP/1.1\r\nA:\tb\r\n\r\n",
          "CONNECT a:1 HTTP/1.1\r\n\r\n", "GET /\r\n\r\n", "\r\nGET / HTTP/1.1\r\n\r\n"}) {
        ss_framing framing{};
        const ss_framing before = framing;
        EXPECT_EQ(take_head(head, std::strlen(head), false, framing).consumed, 0U) << head;
        EXPECT_EQ(std::memcmp(&framing, &before, sizeof(framing)), 0) << head;
    }
}

TEST(Http1LooksLike, APartOfAMethodIsOneUntilItHasOtherBytes)
{
    const auto is_part = [](const char* bytes) {
        __u8 window[SS_WINDOW] = {};
        std::copy(bytes, bytes + std::strlen(bytes), window);
        return ss_http1_looks_like_part_of_method(window, static_cast<__u32>(std::strlen(bytes)));
    };
    EXPECT_TRUE(is_part("P"));
    EXPECT_TRUE(is_part("OPTIONS"));
    for (const char* other : {"", "p", "GE1", "*", "PROPFIND", "G "})
        EXPECT_FALSE(is_part(other)) << other;
}

TEST(Http1LooksLike, OtherProtocolsAreNoRequest)
{
    for (const std::string& bytes : std::vector<std::string>{"G",
                                                             "GET",
                                                             "GETX /",
                                                             "GE T",
                                                             "get /",
                                                             "get x\r\n",
                                                             "GET key\r\n",
                                                             "GET /key\r\n",
                                                             "GET http\r\n",
                                                             "GET http",
                                                             "GET  /",
                                                             "GET \r\n",
                                                             "SET a b\r\n",
                                                             "COPY a b\r\n",
                                                             "MOVE a 1\r\n",
                                                             "*1\r\n$4\r\nPING\r\n",
                                                             "CONNECT {\"verbose\":false}\r\n",
                                                             "CONNECT\n",
                                                             "PRI * HTTP/2.0\r\n\r\n",
                                                             "OPTIONS rtsp://h/ RTSP/1.0\r\n",
                                                             "GET / HTTP/2.0\r\n",
                                                             "GET / HTTP/1.:\r\n",
                                                             "\x16\x03\x01\x02",
                                                             std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8),
                                                             std::string("\x01\x01\0\x01\0\x08\0\0", 8),
                                                             "AAAAAAAAAAAAAAAAAAA /",
                                                             "GET /\x01",
                                                             std::string("GET /\0", 6)}) {
        EXPECT_FALSE(looks_like(Side::request, bytes)) << bytes;
    }
}

TEST(Http1LooksLike, AResponseIsAVersionAndASpace)
{
    EXPECT_TRUE(looks_like(Side::response, "HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(looks_like(Side::response, "HTTP/1.0 "));
    for (const char* bytes : {"HTTP/1.1", "HTTP/2.0 200", "HTTP/1.1\r\n200", "HTTP/1.x 200", "http/1.1 200",
                              "+OK\r\n", "ICY 200 OK\r\n"}) {
        EXPECT_FALSE(looks_like(Side::response, bytes)) << bytes;
    }
}

} // namespace
