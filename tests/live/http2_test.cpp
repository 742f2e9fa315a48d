// SPDX-License-Identifier: MIT
// HTTP/2 in plain text: each stream is a call, many at a time on one connection.
#include "../bpf_host/http2_frames.h"
#include "harness/fixture.h"
#include "harness/wait.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <unistd.h>

namespace slotscope::live {
namespace {

using http2::data;
using http2::goaway;
using http2::headers;
using http2::kEndStream;
using http2::preface;
using http2::settings;
using nlohmann::json;

constexpr const char* kGet = "\x82\x86\x84"; // GET, http, /

std::string open_streams(std::uint32_t first, std::uint32_t count, unsigned flags = kEndStream)
{
    std::string frames;
    for (std::uint32_t i = 0; i < count; ++i)
        frames += headers(first + 2 * i, kGet, flags);
    return frames;
}

class Http2Test : public LiveTest {
  protected:
    void SetUp() override
    {
        if (const std::string why = why_no_messages(agent().get("/v1/status")); !why.empty())
            GTEST_SKIP() << why;
        listener_ = place_.listen();
        pair_ = place_.establish(listener_);
    }

    void client_says(const std::string& bytes) const { pass(pair_.client, pair_.server, bytes); }
    void server_says(const std::string& bytes) const { pass(pair_.server, pair_.client, bytes); }
    // Both have introduced themselves.
    void greet() const
    {
        client_says(preface() + settings());
        server_says(settings() + http2::settings_ack());
    }

    testing::AssertionResult both_are(const CallCounts& counts) const
    {
        const auto outbound = calls_are(agent(), out_, counts);
        return outbound ? calls_are(agent(), in_, counts) : outbound;
    }
    testing::AssertionResult streams_are(std::uint64_t streams, const std::string& state) const
    {
        for (const BackendRef& ref : {out_, in_})
            if (const auto right = one_holder(agent(), ref, std::to_string(streams) + " streams " + state,
                                              [&](const json& holder) {
                                                  return holder.at("protocol") == "http2" &&
                                                         holder.at("streams") == streams &&
                                                         holder.at("call_state") == state;
                                              });
                !right)
                return right;
        return testing::AssertionSuccess();
    }
    static std::uint64_t loss(const std::string& reason)
    {
        return agent().get("/v1/status").at("losses").value(reason, std::uint64_t{0});
    }

    Place place_{Path::loopback4};
    BackendRef out_ = place_.outbound();
    BackendRef in_ = place_.inbound();
    Fd listener_;
    Pair pair_;

  private:
    static void pass(const Fd& from, const Fd& to, const std::string& bytes)
    {
        std::string received;
        for (std::size_t sent = 0; received.size() < bytes.size();) {
            const std::string part = bytes.substr(sent, 32768);
            if (!part.empty())
                send_text(from, part);
            sent += part.size();
            while (received.size() < sent) {
                const std::string some = receive_text(to);
                ASSERT_FALSE(some.empty());
                received += some;
            }
        }
        ASSERT_EQ(received, bytes);
    }
};

TEST_F(Http2Test, EveryStreamIsACallInFlightUntilBothSidesHaveEndedIt)
{
    greet();
    EXPECT_TRUE(both_are({.peak = 0}));
    EXPECT_TRUE(streams_are(0, "idle"));
    client_says(open_streams(1, 60) + open_streams(121, 40, 0));
    EXPECT_TRUE(both_are({.in_flight = 100, .peak = 100}));
    EXPECT_TRUE(streams_are(100, "waiting"));
    for (std::uint32_t id = 1; id < 201; id += 2)
        server_says(headers(id, "\x88") + data(id, std::string(id * 10, 'x'), kEndStream));
    EXPECT_TRUE(both_are({.in_flight = 40, .finished = 60, .peak = 100})) << "40 requests are not over";
    EXPECT_TRUE(streams_are(40, "response"));
    for (std::uint32_t id = 199; id > 120; id -= 2)
        client_says(data(id, "the rest", kEndStream));
    EXPECT_TRUE(both_are({.finished = 100, .peak = 100}));
    EXPECT_TRUE(streams_are(0, "idle"));
}

TEST_F(Http2Test, OutcomesAreThoseOfTheStatusWhereTheFirstBytesTellIt)
{
    greet();
    const std::string blocks[] = {"\x88",
                                  "\x8d",
                                  "\x8e",
                                  "\x48\x03"
                                  "503",
                                  "\x48\x82\x6c\x02",
                                  "\xbe"};
    std::uint32_t id = 1;
    for (const std::string& block : blocks) {
        client_says(open_streams(id, 1));
        server_says(headers(id, block, kEndStream));
        id += 2;
    }
    EXPECT_TRUE(both_are(
        {.finished = 6, .peak = 1, .outcomes = {{"4xx", 1}, {"5xx", 2}, {"503", 1}, {"unknown", 1}}}));
}

TEST_F(Http2Test, FramesAreFollowedByteByByte)
{
    client_says(preface());
    for (const char byte : settings() + headers(1, kGet) + data(1, "hello", kEndStream))
        client_says(std::string(1, byte));
    EXPECT_TRUE(both_are({.in_flight = 1, .peak = 1}));
    for (const char byte : settings() +
                               headers(1,
                                       "\x48\x03"
                                       "404",
                                       http2::kPadded) +
                               data(1, "ab", kEndStream))
        server_says(std::string(1, byte));
    EXPECT_TRUE(both_are({.finished = 1, .peak = 1, .outcomes = {{"4xx", 1}}}));
}

TEST_F(Http2Test, ServerThatSpeaksFirstIsUnderstood)
{
    server_says(settings());
    client_says(preface() + settings() + open_streams(1, 2));
    server_says(headers(1, "\x88", kEndStream) + headers(3, "\x89", kEndStream));
    EXPECT_TRUE(both_are({.finished = 2, .peak = 2}));
}

TEST_F(Http2Test, ResetsGoawayAndTheEndOfTheConnectionEndStreams)
{
    greet();
    client_says(open_streams(1, 7));
    client_says(http2::reset(1));
    server_says(http2::reset(3));
    EXPECT_TRUE(both_are({.in_flight = 5, .finished = 2, .peak = 7, .outcomes = {{"aborted", 2}}}));
    server_says(goaway(7));
    EXPECT_TRUE(both_are({.in_flight = 2, .finished = 5, .peak = 7, .outcomes = {{"aborted", 5}}}));
    server_says(headers(5, "\x88", kEndStream));
    close(pair_.client);
    close(pair_.server);
    EXPECT_TRUE(both_are({.finished = 7, .peak = 7, .outcomes = {{"aborted", 6}}}));
}

// The last that a client sends is mostly no request: a window, a ping, an acknowledgement.
TEST_F(Http2Test, ResetOfAnIdleConnectionIsACloseWhateverWasSaidLast)
{
    greet();
    client_says(open_streams(1, 1));
    server_says(headers(1, "\x88", http2::kEndHeaders | kEndStream));
    client_says(http2::window_update(0));
    reset(pair_.server);
    await_state(pair_.client, TCP_CLOSE);
    close(pair_.client);
    EXPECT_TRUE(stays(out_, {.opened = 1, .closed = 1, .peak = 1}));
    EXPECT_TRUE(both_are({.finished = 1}));
}

TEST_F(Http2Test, AnswerThatIsCompleteBeforeItsRequestIsNotAborted)
{
    greet();
    client_says(open_streams(1, 1, 0));
    server_says(headers(1, "\x8c", kEndStream) + http2::reset(1));
    EXPECT_TRUE(both_are({.finished = 1, .peak = 1, .outcomes = {{"4xx", 1}}}));
    client_says(data(1, "late", kEndStream)); // was on its way
    client_says(open_streams(3, 1));
    server_says(headers(3, "\x88", kEndStream));
    EXPECT_TRUE(both_are({.finished = 2, .peak = 1, .outcomes = {{"4xx", 1}}}));
}

TEST_F(Http2Test, BodyThatIsSentFromAFileIsPassedOver)
{
    greet();
    client_says(open_streams(1, 1));
    const TempDir dir;
    const std::string body(100'000, 'x');
    write_file(dir.file("body"), body);
    const Fd file(::open(dir.file("body").c_str(), O_RDONLY | O_CLOEXEC));
    server_says(headers(1, "\x88"));
    server_says(data(1, body, kEndStream).substr(0, 9));
    off_t sent = 0;
    for (std::size_t received = 0; received < body.size();) {
        if (sent < static_cast<off_t>(body.size())) {
            ASSERT_GT(::sendfile(pair_.server.get(), file.get(), &sent, 32'768), 0);
        }
        while (received < static_cast<std::size_t>(sent))
            received += receive_text(pair_.client).size();
    }
    EXPECT_TRUE(both_are({.finished = 1, .peak = 1}));
}

TEST_F(Http2Test, StreamsBeyondThoseThatAreFollowedAreALoss)
{
    greet();
    const std::uint64_t before = loss("http2_streams_full");
    client_says(open_streams(1, 300));
    EXPECT_TRUE(both_are({.in_flight = 256, .peak = 256}));
    EXPECT_TRUE(eventually([&] { return loss("http2_streams_full") == before + 2 * 44; })) << "at both ends";
    for (std::uint32_t id = 1; id < 601; id += 2)
        server_says(headers(id, "\x88", kEndStream));
    EXPECT_TRUE(both_are({.finished = 256, .peak = 256})) << "the others were never counted";
    client_says(open_streams(601, 1));
    server_says(headers(601, "\x88", kEndStream));
    EXPECT_TRUE(both_are({.finished = 257, .peak = 256}));
}

TEST_F(Http2Test, ConnectionIsNamedAfterItsOldestStreamAndEachThatEndsByItsOwnName)
{
    greet();
    const auto named = [&](const char* name) {
        for (const BackendRef& ref : {out_, in_})
            if (const auto right = one_holder(agent(), ref, name,
                                              [&](const json& holder) { return holder.at("call") == name; });
                !right)
                return right;
        return testing::AssertionSuccess();
    };
    // Later ones refer to the entry of the first, and each puts another before it.
    std::string frames = headers(1, "\x82\x44\x06/first", kEndStream);
    for (std::uint32_t id = 3; id <= 61; id += 2)
        frames +=
            headers(id, std::string("\x83") + static_cast<char>(0x80 + 62 + (id - 3) / 2) + "\x40\x01x\x01y",
                    kEndStream);
    client_says(frames + headers(63, "\x82\x04\x05/last", kEndStream));
    EXPECT_TRUE(named("GET /first"));
    server_says(headers(1, "\x88", kEndStream));
    EXPECT_TRUE(named("POST /first"));
    for (std::uint32_t id = 3; id <= 61; id += 2)
        server_says(headers(id, "\x88", kEndStream));
    EXPECT_TRUE(named("GET /last"));
    server_says(headers(63, "\x88", kEndStream));
    EXPECT_TRUE(both_are({.finished = 32, .peak = 32}));
}

TEST_F(Http2Test, WhatIsNotUnderstoodIsTimedAndSaidSo)
{
    greet();
    const std::uint64_t before = loss("http2_lost");
    client_says(open_streams(1, 3));
    server_says("HTTP/1.1 200 OK\r\n\r\n");
    EXPECT_TRUE(eventually([&] { return loss("http2_lost") > before; }));
    EXPECT_TRUE(eventually([&] {
        const json calls = look_at(agent(), out_).at("calls");
        return calls.at("in_flight") == 0 && calls.at("by_timing") == 3 &&
               calls.at("outcomes").at("unknown") == 3;
    })) << look_at(agent(), out_).dump();
}

} // namespace
} // namespace slotscope::live
