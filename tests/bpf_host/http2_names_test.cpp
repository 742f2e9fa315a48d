// SPDX-License-Identifier: MIT
#include "../../bpf/logic/framing_http2.h"
#include "hpack_encoder.h"
#include "hpack_walk.h"
#include "http2_frames.h"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>

namespace {

using namespace std::string_literals;
using hpack::Walk;

// Frames and the blocks within them, as dialogue.bpf.c brings them together: what each stream is called.
class Connection {
  public:
    Connection() { framing_.request.flags = SS_HTTP2_NAMED; }

    void pass(std::string_view bytes)
    {
        ss_stream& stream = framing_.request;
        while (!bytes.empty() && !lost) {
            const auto skipped = std::min<std::uint64_t>(stream.skip, bytes.size());
            stream.skip -= skipped;
            bytes.remove_prefix(skipped);
            if (!bytes.empty())
                bytes.remove_prefix(step(bytes));
        }
    }

    std::map<unsigned, std::string> names; // by stream
    std::set<unsigned> ended;
    bool lost = false;

  private:
    std::size_t step(std::string_view bytes)
    {
        alignas(8) __u8 window[SS_WINDOW] = {};
        const auto count = static_cast<__u32>(std::min<std::size_t>(bytes.size(), SS_WINDOW));
        std::memcpy(window, bytes.data(), count);
        const ss_step step = ss_http2_request(&framing_, window, count);
        EXPECT_TRUE(step.consumed > 0 && step.consumed <= count);
        if ((step.events & SS_HTTP2_BLOCK) != 0)
            walk_.show(bytes.substr(0, step.consumed));
        if ((step.events & SS_HTTP2_BLOCK_ENDS) != 0)
            if (const std::string name = walk_.end(); !name.empty())
                names[framing_.request.word] = name;
        if ((step.events & SS_HTTP2_ENDS) != 0)
            ended.insert(framing_.request.word);
        lost = (step.events & SS_FRAMING_LOST) != 0;
        return step.consumed == 0 ? bytes.size() : step.consumed;
    }

    Walk walk_;
    ss_framing framing_{};
};

using Names = std::map<unsigned, std::string>;

void check_connection(const std::string& bytes, const Names& names, const std::set<unsigned>& ended)
{
    const auto expect = [&](const Connection& connection) {
        EXPECT_EQ(connection.names, names);
        EXPECT_EQ(connection.ended, ended);
        EXPECT_FALSE(connection.lost);
    };
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        SCOPED_TRACE("cut at " + std::to_string(cut));
        Connection connection;
        connection.pass(std::string_view(bytes).substr(0, cut));
        connection.pass(std::string_view(bytes).substr(cut));
        expect(connection);
    }
    for (const std::size_t most : {1U, 2U, 3U, 7U, 50U}) {
        std::mt19937 random(31);
        Connection connection;
        for (std::string_view rest = bytes; !rest.empty();) {
            const auto count = std::min<std::size_t>(1 + random() % most, rest.size());
            connection.pass(rest.substr(0, count));
            rest.remove_prefix(count);
        }
        expect(connection);
    }
}

TEST(Http2Names, StreamsAreNamedByTheirBlocksWhateverStandsAroundThem)
{
    using namespace http2;
    const std::string start = preface() + settings();
    check_connection(start + headers(1, "\x82\x44\x02/a") + data(1, "body") +
                         headers(3, "\x83\xbe", kEndStream | kPadded) +
                         headers(5, "\x82\x04\x02/b", kPriorityFlag | kEndStream) +
                         headers(7, "\x82\x04\x02/c", kPriorityFlag | kPadded) + window_update(0) +
                         data(7, "", kEndStream) + headers(1, "\x40\x01x\x01y", kEndStream) +
                         headers(9, "\x82\xbf", kEndStream),
                     Names{{1, "GET /a"}, {3, "POST /a"}, {5, "GET /b"}, {7, "GET /c"}, {9, "GET /a"}},
                     {1, 3, 5, 7, 9});
    check_connection(start + headers(1, "", kEndStream) + headers(3, "", kPadded) +
                         headers(5, "\x82\x84", kEndStream),
                     Names{{5, "GET /"}}, {1, 5});
}

TEST(Http2Names, BlockGoesOnInContinuations)
{
    using namespace http2;
    const std::string long_value = hpack::string(std::string(200, 'v'));
    check_connection(preface() + settings() + frame(kHeaders, kEndStream, 1, "\x82\x44\x03/") +
                         frame(kContinuation, 0, 1, "a") + frame(kContinuation, 0, 1, "b\x60" + long_value) +
                         frame(kContinuation, kEndHeaders, 1, "\x86") + headers(3, "\x83\xbf", kEndStream) +
                         frame(kHeaders, 0, 5, "") + frame(kContinuation, kEndHeaders, 5, "\x82\x84"),
                     Names{{1, "GET /ab"}, {3, "POST /ab"}, {5, "GET /"}}, {1, 3});
}

TEST(Http2Names, BlockThatDoesNotGoOnAsItHasToEndsTheNaming)
{
    using namespace http2;
    const std::string start = preface() + settings() + headers(1, "\x82\x84");
    for (const std::string& wrong :
         {frame(kHeaders, 0, 3, "\x82\x04\x02/w") + data(3, "x"),
          frame(kHeaders, 0, 3, "\x82\x04\x02/w") + headers(5, "\x82"),
          frame(kHeaders, 0, 3, "\x82\x04\x02/w") + frame(kContinuation, kEndHeaders, 3, ""),
          frame(kContinuation, kEndHeaders, 3, "\x82\x84")})
        check_connection(start + wrong + headers(7, "\x83\x84", kEndStream), Names{{1, "GET /"}}, {7});
}

TEST(Http2Names, PaddingThatIsLongerThanItsFrameIsLost)
{
    using namespace http2;
    Connection connection;
    connection.pass(preface() + settings() + frame(kHeaders, kPadded | kEndHeaders, 1, "\x04\x82\x84"));
    EXPECT_TRUE(connection.lost);
    EXPECT_TRUE(connection.names.empty());
}

} // namespace
