// SPDX-License-Identifier: MIT
#include "../../bpf/logic/framing_http2.h"

#include "http2_driver.h"

namespace {

using namespace http2;

TEST(Http2Framing, StreamOpensWithHeadersAndEndsOnBothSides)
{
    check({client(preface() + settings() + headers(1, "\x82\x86\x84", kEndStream), "h1 e1"),
           server(settings() + settings_ack() + headers(1, "\x88"), "h1:200"),
           server(data(1, "hello", kEndStream), "e1")});
}

TEST(Http2Framing, StreamsAreInterleavedInAnyOrder)
{
    check({client(preface() + settings() + headers(1, "\x82") + headers(3, "\x82", kEndStream), "h1 h3 e3"),
           server(settings() + headers(3, "\x88") + data(3, "a"), "h3:200"),
           client(data(1, "body") + headers(5, "\x82", kEndStream) + data(1, "", kEndStream), "h5 e5 e1"),
           server(headers(5, "\x8d", kEndStream) + data(3, "b", kEndStream) + headers(1, "\x88"),
                  "h5:404 e5 e3 h1:200"),
           server(data(1, "", kEndStream), "e1")});
}

TEST(Http2Framing, BodiesArePassedOverAndEndWithTheirLastByte)
{
    const std::string body(16384, '\1');
    check({client(preface() + settings() + headers(1, "\x82") + data(1, body) + data(1, body, kEndStream),
                  "h1 e1"),
           server(settings() + headers(1, "\x88") + data(1, body) + data(1, body), "h1:200"),
           server(data(1, std::string(300, 'p'), kEndStream | kPadded), "e1")});
    Driver driver;
    driver.pass(false, preface() + settings() + headers(1, "\x82", kEndStream));
    driver.pass(true, settings() + headers(1, "\x88") + data(1, std::string(1U << 20U, 'x')));
    EXPECT_EQ(driver.framing.response.skip, 0U);
    driver.pass(true, data(1, std::string(1000, 'x'), kEndStream).substr(0, 9));
    EXPECT_EQ(driver.framing.response.skip, 999U) << "all of a body but its last byte need not be read";
}

TEST(Http2Framing, TrailersAndInterimAnswersAreToldAsHeaders)
{
    check({client(preface() + settings() + headers(1, "\x82") + data(1, "x") + headers(1, "\x40", kEndStream),
                  "h1 h1 e1"),
           server(settings() +
                      headers(1, "\x48\x03"
                                 "103") +
                      headers(1, "\x88") + data(1, "x"),
                  "h1:103 h1:200"),
           server(headers(1,
                          "\x40\x0bgrpc-status\x01"
                          "0",
                          kEndStream),
                  "h1:0 e1")});
}

TEST(Http2Framing, ContinuationsPushesAndControlFramesOpenNothing)
{
    check({client(preface() + settings() + frame(kHeaders, kEndStream, 1, "\x82") +
                      frame(kContinuation, 4, 1, "abc") + frame(kPriority, 0, 3, "12345") +
                      frame(kPing, 0, 0, "12345678") + window_update(0) + window_update(1) +
                      frame(0x10, 0, 0, "u=1") + settings_ack(),
                  "h1 e1"),
           server(settings("\0\3\0\0\0\x64"s) + frame(kPushPromise, 4, 1, "\0\0\0\2\x82"s) +
                      frame(kHeaders, kEndHeaders, 2, "\x88") + frame(0xfa, 0xff, 77, "unknown") +
                      frame(kPing, 1, 0, "12345678"),
                  "h2:200")});
}

TEST(Http2Framing, ResetsAndGoawayAreTold)
{
    check({client(preface() + settings() + headers(1, "\x82") + headers(3, "\x82") + reset(1), "h1 h3 r1"),
           server(settings() + reset(3) + goaway(0x7fffffff) + goaway(1, "why it goes"), "r3 g2147483647 g1"),
           client(goaway(0))});
}

TEST(Http2Framing, StatusIsReadWhereItStands)
{
    const std::pair<std::string, std::string> blocks[] = {
        {"\x88", "200"},
        {"\x89", "204"},
        {"\x8a", "206"},
        {"\x8b", "304"},
        {"\x8c", "400"},
        {"\x8d", "404"},
        {"\x8e", "500"},
        {"\x48\x03"
         "201",
         "201"},
        {"\x08\x03"
         "503",
         "503"},
        {"\x18\x03"
         "429",
         "429"},
        {"\x4e\x03"
         "502",
         "502"},
        {"\x48\x82\x10\x03"s, "200"},     // 201, of which the class is told
        {"\x48\x82\x64\x02"s, "300"},     // 302
        {"\x48\x82\x6c\x02"s, "500"},     // 502
        {"\x48\x83\x6c\x0c\xff"s, "503"}, // as a whole
        {"\x48\x83\x6c\x0e\x7f"s, "500"}, // 508 or so
        {"\x48\x82\x68\x01"s, "400"},     // 401
        {"\x20\x88", "200"},
        {"\x3f\xe1\x1f\x88", "200"},
        {"\x20\x3f\xe1\x1f\x48\x03"
         "503",
         "503"},
        // What the dynamic table, or nobody, tells.
        {"\xbe", "0"},
        {"\x48\x03"
         "2x0",
         "0"},
        {"\x48\x04"
         "2000",
         "0"},
        {"\x48\x03"
         "999",
         "0"},
        {"\x82", "0"},
        {"\x40\x07:status\x03"
         "200",
         "0"},
        {"\x1f\x88", "0"},
        {"\x48\x83\xff\xff\xff", "0"}};
    for (const auto& [block, status] : blocks) {
        SCOPED_TRACE(testing::PrintToString(block));
        const std::string more = block + "rest of the block";
        check({client(preface() + settings() + headers(1, "\x82", kEndStream), "h1 e1"),
               server(settings() + headers(1, block), "h1:" + status),
               server(headers(1, more), "h1:" + status),
               server(headers(1, more, kEndStream), "h1:" + status + " e1")});
        check({client(preface() + settings() + headers(1, "\x82", kEndStream), "h1 e1"),
               server(settings() + headers(1, block, kPadded), "h1:" + status),
               server(headers(1, block, kPriorityFlag), "h1:" + status),
               server(headers(1, block, kPadded | kPriorityFlag | kEndStream), "h1:" + status + " e1")});
    }
    for (const std::string& block : {""s, "\x48"s, "\x48\x03"s,
                                     "\x48\x03"
                                     "20"s,
                                     "\x20"s, "\x3f\xff"s})
        check({client(preface() + settings()), server(settings() + headers(1, block), "h1:0"),
               server(headers(1, block, kEndStream), "h1:0 e1"), server(frame(kContinuation, 4, 1, "\x88"))});
}

TEST(Http2Framing, WhatCannotBeIsLost)
{
    const auto after = [](const std::string& bytes) {
        check({client(preface() + settings()), client(bytes, "L")}, {true});
        check({client(preface() + settings()), server(settings()), server(bytes, "L")}, {true});
    };
    after(frame(kData, 0, 0, ""));
    after(frame(kHeaders, 0, 0, ""));
    after(frame(kHeaders, 8, 1, ""));
    after(frame(kHeaders, 0x28, 1, "12345"));
    after(frame(kPriority, 0, 1, "1234"));
    after(frame(kReset, 0, 1, "123"));
    after(frame(kReset, 0, 0, "1234"));
    after(frame(kSettings, 0, 1, ""));
    after(frame(kSettings, 0, 0, "12345"));
    after(frame(kSettings, 1, 0, "123456"));
    after(frame(kPing, 0, 0, "1234567"));
    after(frame(kPing, 0, 1, "12345678"));
    after(frame(kGoaway, 0, 0, "1234567"));
    after(frame(kWindowUpdate, 0, 0, "12345"));
    after(frame(kContinuation, 0, 0, ""));
    after(frame(0x50, 0, 0, std::string(16385, 'x')));
    after("HTTP/1.1 200 OK\r\n\r\n");
    check({client("PRI * HTTP/1.1\r\n\r\n", "L")}, {true});
    check({client(preface() + data(1, "x"), "L")}, {true});
    check({client(preface() + settings_ack(), "L")}, {true});
    check({client(preface() + settings() + frame(kPushPromise, 4, 1, "\0\0\0\2"s), "L")}, {true});
    check({client(preface()), server("HTTP/1.1 400 Bad Request\r\n\r\n", "L")}, {true});
}

TEST(Http2Framing, BrokenBytesNeverHangOrOverrun)
{
    check_mutations({{client(preface() + settings() + headers(1, "\x82", kEndStream) + headers(3, "\x82") +
                             data(3, "abc", kEndStream) + reset(1) + window_update(0)),
                      server(settings() + settings_ack() + headers(3, "\x48\x83\x6c\x0c\xff", kPadded) +
                             data(3, std::string(200, 'x'), kEndStream) + goaway(3, "because"))}});
}

// What a straightforward reader of whole frames finds, in random conversations that are cut anywhere.
TEST(Http2Framing, FindsWhatAReaderOfWholeFramesFinds)
{
    std::mt19937 random(11);
    for (unsigned round = 0; round < 3000; ++round) {
        const bool answer = round % 2 != 0;
        std::string bytes = (answer ? "" : preface()) + settings();
        std::string expected;
        for (auto frames = random() % 12; frames > 0; --frames)
            add_random_frame(random, answer, bytes, expected);
        Driver driver(round % 4 >= 2);
        pass_in_chunks(driver, {answer, bytes, ""}, random, 1 + random() % 90);
        ASSERT_EQ(driver.kinds(), expected) << testing::PrintToString(bytes);
    }
}

TEST(Http2Detection, PrefaceIsRecognisedAsFarAsItIsShown)
{
    for (std::size_t shown = 4; shown <= 64; ++shown)
        EXPECT_TRUE(looks_like(ss_http2_looks_like_request,
                               (preface() + settings() + std::string(64, 'x')).substr(0, shown)))
            << shown;
    for (const std::string other :
         {"P", "PR", "PRI", "PRI /", "PUT / HTTP/1.1", "PRI * HTTP/1.1\r\n", "pri * HTTP/2.0\r\n"})
        EXPECT_FALSE(looks_like(ss_http2_looks_like_request, other)) << other;
    for (std::size_t wrong = 0; wrong < 24; ++wrong) {
        std::string bytes = preface() + settings();
        bytes[wrong] ^= 1;
        EXPECT_FALSE(looks_like(ss_http2_looks_like_request, bytes)) << wrong;
    }
}

TEST(Http2Detection, ServerThatSpeaksFirstSendsSettings)
{
    EXPECT_TRUE(looks_like(ss_http2_looks_like_greeting, settings()));
    EXPECT_TRUE(looks_like(ss_http2_looks_like_greeting, settings("\0\3\0\0\0\x64"s)));
    EXPECT_FALSE(looks_like(ss_http2_looks_like_greeting, settings().substr(0, 8)));
    EXPECT_FALSE(looks_like(ss_http2_looks_like_greeting, settings_ack()));
    EXPECT_FALSE(looks_like(ss_http2_looks_like_greeting, frame(kSettings, 0, 1, "")));
    EXPECT_FALSE(looks_like(ss_http2_looks_like_greeting, "HTTP/1.1 200 OK\r\n"));
    EXPECT_FALSE(looks_like(ss_http2_looks_like_greeting, "\x4a\0\0\0\x0a"
                                                          "8.0.33\0"s));
}

} // namespace
