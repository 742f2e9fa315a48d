// SPDX-License-Identifier: MIT
#include "cli/client.h"
#include "fake_agent.h"

#include <fstream>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace slotscope::cli::test {

using testing::HasSubstr;

namespace {

constexpr std::chrono::milliseconds kShort(200);
constexpr int kError = 1;
constexpr int kUnreachable = 3;

void expect_unreachable(const std::string& socket, const std::string& reason)
{
    const Result<std::string> answer = Client(socket, kShort).get("/v1/status");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, kUnreachable);
    EXPECT_THAT(answer.error().message, HasSubstr(reason));
}

// A socket that is bound and, with a backlog, listens.
Fd bound(const std::string& path, int backlog = -1)
{
    Fd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    if (backlog >= 0) {
        EXPECT_EQ(::listen(socket.get(), backlog), 0);
    }
    return socket;
}

} // namespace

TEST(Client, GivesTheBodyOfAnAnswer)
{
    const FakeAgent agent([](const std::string&) { return http_answer("{\"a\":1}"); });
    const Result<std::string> answer = Client(agent.socket()).get("/v1/status");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(*answer, "{\"a\":1}");
    EXPECT_THAT(agent.targets(), testing::ElementsAre("/v1/status"));
}

TEST(Client, PassesTheAgentsErrorOnWithoutItsControlCharacters)
{
    const FakeAgent agent([](const std::string&) {
        return http_answer(R"({"schema":"slotscope.error/1","error":"no backend 'x\u001b[2J'"})",
                           "404 Not Found");
    });
    const Result<std::string> answer = Client(agent.socket()).get("/v1/backends");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, kError);
    EXPECT_EQ(answer.error().message, "no backend 'x\\x1b[2J'");
}

TEST(Client, NamesTheStatusOfAnErrorWithoutAMessage)
{
    const FakeAgent agent(
        [](const std::string&) { return http_answer("oops", "500 Internal Server Error"); });
    const Result<std::string> answer = Client(agent.socket()).get("/");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, kError);
    EXPECT_THAT(answer.error().message, HasSubstr("500"));
}

TEST(Client, SaysThatThereIsNoSocket)
{
    expect_unreachable(TemporaryDirectory().path("none"), "is it running? start it with `sudo slotscoped`");
}

TEST(Client, SaysThatNobodyListens)
{
    const TemporaryDirectory directory;
    const Fd socket = bound(directory.path("stale"));
    expect_unreachable(directory.path("stale"), "nobody listens on");
}

TEST(Client, SaysThatItIsNoSocket)
{
    const TemporaryDirectory directory;
    std::ofstream(directory.path("file")) << "x";
    expect_unreachable(directory.path("file"), "is not a socket");
}

TEST(Client, SaysThatThePathIsTooLong)
{
    expect_unreachable("/" + std::string(200, 'x'), "must have 1 to 107 bytes");
    expect_unreachable("", "must have 1 to 107 bytes");
}

// Permissions stop everybody but root, so the refused connect runs in a child that is not root.
TEST(Client, NamesTheGroupThatOwnsTheSocket)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root, to own a socket by another group and to be somebody else";
    const TemporaryDirectory directory;
    const std::string path = directory.path("agent.sock");
    const Fd socket = bound(path, 4);
    ASSERT_EQ(::chown(path.c_str(), 0, 4), 0); // adm on Debian and others
    ASSERT_EQ(::chmod(path.c_str(), 0660), 0);
    ASSERT_EQ(::chmod(directory.path("").c_str(), 0755), 0);
    const group* owner = ::getgrgid(4);
    const std::string name = owner == nullptr ? "4" : owner->gr_name;
    EXPECT_EXIT(
        {
            const bool dropped = ::setgroups(0, nullptr) == 0 && ::setgid(65534) == 0 && ::setuid(65534) == 0;
            const Result<std::string> answer = Client(path, kShort).get("/");
            const std::string message = answer ? "" : answer.error().message;
            const bool right =
                message.find("it belongs to group " + name + "; ask to be added, `sudo usermod -aG " + name +
                             " $USER`") != std::string::npos;
            ::_exit(dropped && right ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

TEST(Client, SaysThatTheAgentClosed)
{
    const FakeAgent silent([](const std::string&) { return std::string(); });
    expect_unreachable(silent.socket(), "closed the connection before its answer was complete");
    const FakeAgent half([](const std::string&) { return http_answer("0123456789").substr(0, 80); });
    expect_unreachable(half.socket(), "closed the connection before its answer was complete");
}

TEST(Client, SaysThatTheAnswerIsNotHttp)
{
    const FakeAgent agent([](const std::string&) { return std::string("SSH-2.0-OpenSSH_9.2\r\n"); });
    expect_unreachable(agent.socket(), "sent what is not HTTP");
}

TEST(Client, GivesUpAfterItsTimeout)
{
    const FakeAgent agent([](const std::string&) { return FakeAgent::kHang; });
    expect_unreachable(agent.socket(), "did not answer within 200 ms");
    const FakeAgent half(
        [](const std::string&) { return http_answer("0123456789").substr(0, 80) + FakeAgent::kHang; });
    expect_unreachable(half.socket(), "did not answer within 200 ms");
}

TEST(Client, GivesUpOnAFullBacklog)
{
    const TemporaryDirectory directory;
    const std::string path = directory.path("agent.sock");
    const Fd listener = bound(path, 0);
    std::vector<Fd> waiting; // fills the backlog without anybody who accepts
    for (int i = 0; i < 8; ++i) {
        waiting.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        // Those that find no room fail, and are meant to.
        static_cast<void>(
            ::connect(waiting.back().get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)));
    }
    expect_unreachable(path, "does not take connections");
}

TEST(Client, RefusesAnAnswerThatIsTooLarge)
{
    const FakeAgent agent([](const std::string&) {
        return std::string("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{");
    });
    expect_unreachable(agent.socket(), "sent more than 256 MiB");
    const FakeAgent error([](const std::string&) {
        return std::string("HTTP/1.1 503 Busy\r\nContent-Length: 99999999999\r\n\r\n{");
    });
    const Result<void> followed = Client(error.socket()).follow("/", [](std::string_view) { return true; });
    ASSERT_FALSE(followed);
    EXPECT_THAT(followed.error().message, HasSubstr("sent more than 256 MiB"));
}

TEST(Client, FollowsAStreamLineByLine)
{
    const FakeAgent agent([](const std::string&) {
        return "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
               "chunked\r\n\r\n3\r\na\nb\r\n4\r\nb\n\nc\r\n2\r\n\nd\r\n" +
               FakeAgent::kHang;
    });
    std::vector<std::string> lines;
    const Result<void> followed = Client(agent.socket()).follow("/v1/events", [&](std::string_view line) {
        lines.emplace_back(line);
        return lines.size() < 3;
    });
    EXPECT_TRUE(followed);
    EXPECT_THAT(lines, testing::ElementsAre("a", "bb", "c"));
}

TEST(Client, SaysThatAStreamHasEnded)
{
    const auto more = [](std::string_view) { return true; };
    const FakeAgent ended([](const std::string&) {
        return std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\na\n\r\n0\r\n\r\n");
    });
    const Result<void> clean = Client(ended.socket()).follow("/v1/events", more);
    ASSERT_FALSE(clean);
    EXPECT_EQ(clean.error().code, kUnreachable);
    EXPECT_THAT(clean.error().message, HasSubstr("has ended the stream"));
    const FakeAgent cut([](const std::string&) {
        return std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\na\n\r\n");
    });
    EXPECT_FALSE(Client(cut.socket()).follow("/v1/events", more));
}

TEST(Client, BoundsTheLengthOfAnEvent)
{
    const FakeAgent agent([](const std::string&) {
        return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" +
               std::string(0x200000, 'x') + "\r\n";
    });
    const Result<void> followed = Client(agent.socket()).follow("/", [](std::string_view) { return true; });
    ASSERT_FALSE(followed);
    EXPECT_THAT(followed.error().message, HasSubstr("more than 1 MiB"));
}

TEST(Client, GivesTheAgentsErrorInsteadOfAStream)
{
    const FakeAgent agent([](const std::string&) {
        return http_answer(R"({"error":"too many clients"})", "503 Service Unavailable");
    });
    const Result<void> followed = Client(agent.socket()).follow("/", [](std::string_view) { return true; });
    ASSERT_FALSE(followed);
    EXPECT_EQ(followed.error().code, kError);
    EXPECT_EQ(followed.error().message, "too many clients");
}

TEST(TargetOf, EncodesValuesAndLeavesEmptyOnesOut)
{
    EXPECT_EQ(target_of("/v1/x", {}), "/v1/x");
    EXPECT_EQ(target_of("/v1/x", {{"backend", "a b&c=ü"}, {"direction", ""}, {"count", "5"}}),
              "/v1/x?backend=a%20b%26c%3D%C3%BC&count=5");
}

} // namespace slotscope::cli::test
