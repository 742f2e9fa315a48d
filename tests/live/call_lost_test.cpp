// SPDX-License-Identifier: MIT
// Connections whose bytes cannot be followed any more, or not at all: by timing, and exact again from a later
// request.
#include "harness/call_fixture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

namespace slotscope::live {
namespace {

std::string times(std::size_t count, const std::string& text)
{
    std::string all;
    for (std::size_t i = 0; i < count; ++i)
        all += text;
    return all;
}

class LostCall : public CallTest {
  protected:
    void pass(const Fd& from, const Fd& to, const std::string& bytes) const
    {
        send_text(from, bytes);
        receive_bytes(to, bytes.size());
    }
    void exchange(const std::string& request, const std::string& answer) const
    {
        pass(pair_.client, pair_.server, request);
        pass(pair_.server, pair_.client, answer);
    }
    // One call of which nobody knows more than that it was, then three that are followed.
    testing::AssertionResult recovers(std::uint64_t exact_before, const std::string& request,
                                      const std::string& answer) const
    {
        const std::map<std::string, std::uint64_t> timed = {{"unknown", 1}};
        if (auto lost = both_are({.finished = exact_before + 1, .outcomes = timed, .by_timing = 1}); !lost)
            return lost << " before the next request";
        for (int call = 0; call < 3; ++call)
            exchange(request, answer);
        return both_are({.finished = exact_before + 4, .outcomes = timed, .by_timing = 1});
    }
};

TEST_F(LostCall, OfMoreRequestsAtOnceThanAreRememberedIsOneAndTheNextIsExact)
{
    exchange(times(16, kGet), times(16, kOk));
    EXPECT_TRUE(both_are({.finished = 16}));
    exchange(times(17, kGet), times(17, kOk));
    EXPECT_TRUE(recovers(16, kGet, kOk));
}

TEST_F(LostCall, OfTwoLengthsIsTimedAndTheNextIsExact)
{
    exchange(kGet, kOk);
    pass(pair_.client, pair_.server,
         "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello");
    EXPECT_TRUE(both_states_are("waiting")) << "where it ends nobody knows: its client is not blamed for it";
    pass(pair_.server, pair_.client, "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(recovers(1, kGet, kOk));
}

// Where messages are read in the memory of processes, the byte that is missing there makes one of timing of
// what follows.
TEST_F(LostCall, AfterAnUrgentByteIsCounted)
{
    exchange(kGet, kOk);
    ASSERT_EQ(::send(pair_.client.get(), "!", 1, MSG_OOB), 1);
    for (int call = 0; call < 3; ++call)
        exchange(kGet, kOk);
    EXPECT_TRUE(calls_are(out_, {.finished = 4}));
    EXPECT_TRUE(eventually([&] {
        const nlohmann::json calls = look_at(agent(), in_).at("calls");
        return calls.at("finished") == 4 && calls.at("in_flight") == 0 && calls.at("by_timing") <= 1;
    }));
}

TEST_F(LostCall, OfACommandThatIsTooMuchToLookAtIsOneAndTheNextIsExact)
{
    const std::string get = "*2\r\n$3\r\nGET\r\n$5\r\nkey01\r\n";
    exchange(get, "$1\r\na\r\n");
    exchange(times(2000, get), times(2000, "$1\r\na\r\n"));
    EXPECT_TRUE(recovers(1, get, "$1\r\na\r\n"));
}

TEST_F(LostCall, OfMoreAnswersAtOnceThanAreLookedAtIsOver)
{
    const std::string ping = "*1\r\n$4\r\nPING\r\n";
    for (int batch = 0; batch < 3; ++batch)
        pass(pair_.client, pair_.server, times(400, ping));
    EXPECT_TRUE(both_are({.in_flight = 1}));
    pass(pair_.server, pair_.client, times(1200, "+OK\r\n"));
    for (const BackendRef& ref : {out_, in_})
        EXPECT_TRUE(one_holder(agent(), ref, "without a call in flight", [](const nlohmann::json& holder) {
            return holder.at("call_state") == "answered";
        }));
    EXPECT_EQ(look_at(agent(), out_).at("calls").at("in_flight"), 0);
    EXPECT_EQ(look_at(agent(), in_).at("calls").at("in_flight"), 0);
    const std::uint64_t before = look_at(agent(), in_).at("calls").at("finished");
    exchange(ping, "+OK\r\n");
    EXPECT_TRUE(eventually([&] { return look_at(agent(), in_).at("calls").at("finished") == before + 1; }));
}

// The client throws its answer away, head and all, or moves it on without a look; the next request it
// splices.
TEST_F(LostCall, WhoseBytesAreTakenUnseenIsCountedByTiming)
{
    exchange(kGet, kOk);
    pass(pair_.client, pair_.server, kGet);
    send_text(pair_.server, kOk);
    ASSERT_EQ(::recv(pair_.client.get(), nullptr, kOk.size(), MSG_TRUNC | MSG_WAITALL),
              static_cast<ssize_t>(kOk.size()));
    EXPECT_TRUE(calls_are(in_, {.finished = 2}));
    EXPECT_TRUE(calls_are(out_, {.finished = 2, .outcomes = {{"unknown", 1}}, .by_timing = 1}));
    send_text(pair_.client, kGet);
    ASSERT_EQ(::recv(pair_.server.get(), nullptr, kGet.size(), MSG_TRUNC | MSG_WAITALL),
              static_cast<ssize_t>(kGet.size()));
    EXPECT_TRUE(calls_are(in_, {.in_flight = 1, .finished = 2}));
    pass(pair_.server, pair_.client, kOk);
    EXPECT_TRUE(calls_are(in_, {.finished = 3, .outcomes = {{"unknown", 1}}, .by_timing = 1}));
    exchange(kGet, kOk);
    EXPECT_TRUE(both_are({.finished = 4, .outcomes = {{"unknown", 1}}, .by_timing = 1}));
}

// Head and body in one file (a cache's objects): exact where it is read, by timing where it is sent.
TEST_F(LostCall, WhoseAnswerIsSentFromAFileIsTimedByItsServerOnly)
{
    const Fd file(::memfd_create("answer", MFD_CLOEXEC));
    ASSERT_EQ(::write(file.get(), kOk.data(), kOk.size()), static_cast<ssize_t>(kOk.size()));
    for (int call = 0; call < 3; ++call) {
        pass(pair_.client, pair_.server, kGet);
        off_t begin = 0;
        ASSERT_EQ(::sendfile(pair_.server.get(), file.get(), &begin, kOk.size()),
                  static_cast<ssize_t>(kOk.size()));
        receive_bytes(pair_.client, kOk.size());
    }
    EXPECT_TRUE(calls_are(out_, {.finished = 3}));
    EXPECT_TRUE(calls_are(in_, {.finished = 3, .outcomes = {{"unknown", 3}}, .by_timing = 3}));
    exchange(kGet, kOk);
    EXPECT_TRUE(calls_are(in_, {.finished = 4, .outcomes = {{"unknown", 3}}, .by_timing = 3}));
}

// A proxy that moves everything by splice never has a byte in its memory.
TEST_F(LostCall, ThroughSpliceIsTimedByTheProxyAndExactAtBothEnds)
{
    const Place back(Path::loopback4);
    const Fd listener = back.listen();
    const Pair behind = back.establish(listener);
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const Fd out_of(ends[0]);
    const Fd into(ends[1]);
    const auto relay = [&](const Fd& from, const Fd& to, std::size_t bytes) {
        ASSERT_EQ(::splice(from.get(), nullptr, into.get(), nullptr, bytes, 0), static_cast<ssize_t>(bytes));
        ASSERT_EQ(::splice(out_of.get(), nullptr, to.get(), nullptr, bytes, 0), static_cast<ssize_t>(bytes));
    };
    for (int call = 0; call < 3; ++call) {
        send_text(pair_.client, kGet);
        relay(pair_.server, behind.client, kGet.size());
        receive_bytes(behind.server, kGet.size());
        send_text(behind.server, kOk);
        relay(behind.client, pair_.server, kOk.size());
        receive_bytes(pair_.client, kOk.size());
    }
    const CallCounts timed{.finished = 3, .outcomes = {{"unknown", 3}}, .by_timing = 3};
    EXPECT_TRUE(calls_are(out_, {.finished = 3}));
    EXPECT_TRUE(calls_are(in_, timed));
    EXPECT_TRUE(calls_are(back.outbound(), timed));
    EXPECT_TRUE(calls_are(back.inbound(), {.finished = 3}));
}

} // namespace
} // namespace slotscope::live
