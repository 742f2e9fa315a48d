// SPDX-License-Identifier: MIT
// HTTP/2 between nghttp2's client and server: every stream is counted once, on both sides.
#include "../bpf_host/http2_frames.h"
#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/wait.h"

#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

namespace slotscope::products {
namespace {

using live::eventually;
using nlohmann::json;

class Http2Product : public live::LiveTest {
  protected:
    void SetUp() override
    {
        if (const std::string why = live::why_no_messages(agent().get("/v1/status")); !why.empty())
            GTEST_SKIP() << why;
        ASSERT_EQ(::access("/usr/bin/h2load", X_OK), 0) << "not installed: scripts/setup does it";
        live::write_file(dir_.file("small"), "ok\n");
        server_ = live::start_server({.command = {"/usr/sbin/nghttpd", "--no-tls", "--address=127.0.0.1",
                                                  "-d", dir_.path(), std::to_string(back_.port)}},
                                     space_, back_);
    }

    // Waits until both sides have so many in flight and finished, told by the protocol.
    testing::AssertionResult both_have(std::uint64_t in_flight, std::uint64_t finished) const
    {
        for (const Direction direction : {Direction::outbound, Direction::inbound}) {
            json calls;
            if (!eventually([&] {
                    const json backend =
                        look_at(agent(), {.address = back_, .direction = direction, .own = &space_});
                    if (backend.is_null())
                        return false;
                    calls = backend.at("calls");
                    return calls.at("in_flight") == in_flight && calls.at("finished") == finished &&
                           calls.at("by_timing") == 0;
                }))
                return testing::AssertionFailure() << to_string(direction) << " " << calls.dump();
        }
        return testing::AssertionSuccess();
    }

    // What is said of this side's calls: see `slotscope calls`.
    json calls_by_name(Direction direction) const
    {
        const json backend = look_at(agent(), {.address = back_, .direction = direction, .own = &space_});
        const json answer = agent().get("/v1/calls?backend=" + backend.at("name").get<std::string>() +
                                        "&direction=" + std::string(to_string(direction)));
        return answer.at("backends").at(0);
    }

    live::TempDir dir_;
    live::Namespace space_;
    Address back_ = live::address("127.0.0.1", live::next_port());
    std::unique_ptr<live::Program> server_;
};

TEST_F(Http2Product, StreamsOfH2loadAreCountedOnceEach)
{
    live::ProgramOptions options;
    options.netns = space_.fd();
    options.command = {
        "/usr/bin/h2load", "-n", "2000", "-c", "4", "-m", "32", "http://" + to_string(back_) + "/small"};
    const live::Outcome load = live::run(options, live::kDeadline);
    ASSERT_EQ(load.exit, 0) << load.said();
    ASSERT_NE(load.out.find("2000 succeeded"), std::string::npos) << load.out;
    EXPECT_TRUE(both_have(0, 2000));
    for (const Direction direction : {Direction::outbound, Direction::inbound}) {
        const json calls =
            look_at(agent(), {.address = back_, .direction = direction, .own = &space_}).at("calls");
        EXPECT_EQ(calls.at("outcomes").at("ok"), 2000) << calls.dump();
        EXPECT_LE(calls.at("peak"), 4 * 32) << calls.dump();
    }
}

// nghttp2 writes paths in Huffman's code; what is asked for again and again it takes from the table.
TEST_F(Http2Product, StreamsOfH2loadAreNamed)
{
    constexpr int kItems = 40;
    live::ProgramOptions options;
    options.netns = space_.fd();
    options.command = {"/usr/bin/h2load", "-n", "2000", "-c", "4", "-m", "32", "--header=cookie: CANARY"};
    ASSERT_EQ(::mkdir(dir_.file("item").c_str(), 0755), 0);
    for (int item = 1000; item < 1000 + kItems; ++item) {
        live::write_file(dir_.file("item/" + std::to_string(item)), "ok\n");
        options.command.push_back("http://" + to_string(back_) + "/item/" + std::to_string(item) +
                                  "?a=CANARY");
    }
    const live::Outcome load = live::run(options, live::kDeadline);
    ASSERT_NE(load.out.find("2000 succeeded"), std::string::npos) << load.said();
    EXPECT_TRUE(both_have(0, 2000));
    for (const Direction direction : {Direction::outbound, Direction::inbound}) {
        json calls;
        EXPECT_TRUE(eventually([&] {
            calls = calls_by_name(direction);
            return !calls.at("by_call").empty();
        }));
        SCOPED_TRACE(calls.dump());
        EXPECT_EQ(calls.at("counted").at("nameless"), 0);
        for (const json& each : calls.at("by_call"))
            EXPECT_EQ(each.at("call"), "GET /item/{id}");
        EXPECT_EQ(agent().get("/v1/calls").dump().find("CANARY"), std::string::npos);
    }
}

// Requests whose bodies have not ended: the server waits for them.
TEST_F(Http2Product, UploadsAreInFlightUntilTheyAreOver)
{
    constexpr std::uint32_t kUploads = 50;
    const Fd client = space_.inside([] { return live::tcp_socket(live::Family::ip4); });
    ASSERT_EQ(live::connect_to(client, back_, live::Family::ip4), 0);
    std::string frames = http2::preface() + http2::settings();
    for (std::uint32_t i = 0; i < kUploads;
         ++i) // POST, http, /small, localhost: of the static table or literal
        frames += http2::headers(1 + 2 * i, "\x83\x86\x04\x06/small\x01\x09localhost");
    live::send_text(client, frames);
    EXPECT_TRUE(both_have(kUploads, 0));
    frames.clear();
    for (std::uint32_t i = 0; i < kUploads; ++i)
        frames += http2::data(1 + 2 * i, "body", http2::kEndStream);
    live::send_text(client, frames);
    timeval patience{.tv_sec = 1, .tv_usec = 0};
    ASSERT_EQ(::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    const auto received = [&] {
        live::receive_text(client);
        const json calls =
            look_at(agent(), {.address = back_, .direction = Direction::outbound, .own = &space_})
                .at("calls");
        return calls.at("finished") == kUploads;
    };
    EXPECT_TRUE(eventually(received));
    EXPECT_TRUE(both_have(0, kUploads));
}

} // namespace
} // namespace slotscope::products
