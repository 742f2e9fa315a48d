// SPDX-License-Identifier: MIT
#include "limits/ask.h"

#include "base/fd.h"
#include "temporary_directory.h"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace slotscope::limits {
namespace {

// Answers one client, in the root directory that is asked in.
class AskTest : public ::testing::Test {
  protected:
    AskTest()
        : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        root_.write("root/etc/file", "text\n");
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = root_ / "root/s.sock";
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
        EXPECT_EQ(::listen(listener_.get(), 4), 0);
    }
    ~AskTest() override
    {
        ::shutdown(listener_.get(), SHUT_RDWR);
        if (server_.joinable())
            server_.join();
    }

    // Reads a request, sends ANSWER, and closes where it is to.
    void serve(std::string answer, bool closes = true)
    {
        server_ = std::thread([this, answer = std::move(answer), closes] {
            const Fd client(::accept(listener_.get(), nullptr, nullptr));
            char request[256];
            const ssize_t got = ::recv(client.get(), request, sizeof(request), 0);
            asked_.assign(request, got > 0 ? static_cast<std::size_t>(got) : 0);
            for (std::size_t sent = 0; sent < answer.size();) {
                const ssize_t part =
                    ::send(client.get(), answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
                if (part <= 0)
                    return;
                sent += static_cast<std::size_t>(part);
            }
            if (!closes)
                ::recv(client.get(), request, sizeof(request), 0); // until the other end has enough
        });
    }

    Result<std::string> ask(const std::string& path, AskBounds bounds = {}, bool may = true)
    {
        const Fd root(::open((root_ / "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        return ask_socket(
            root.get(), path, "show info\n",
            [&](std::uint32_t pid) { return may && pid == static_cast<std::uint32_t>(::getpid()); }, bounds);
    }

    TemporaryDirectory root_;
    Fd listener_;
    std::thread server_;
    std::string asked_;
};

TEST_F(AskTest, GivesWhatComesUntilTheOtherEndCloses)
{
    const std::string answer(100'000, 'x');
    serve(answer);
    EXPECT_EQ(ask("/s.sock", {.most_ns = 20'000'000'000}).value(), answer);
    server_.join();
    EXPECT_EQ(asked_, "show info\n");
}

TEST_F(AskTest, DoesNotWaitForEver)
{
    serve("Name: HAProxy\n", false);
    EXPECT_EQ(ask("/s.sock").error().code, ETIMEDOUT);
}

TEST_F(AskTest, TakesNoEndlessAnswer)
{
    serve(std::string(200'000, 'x'), false);
    EXPECT_EQ(ask("/s.sock", {.most_bytes = 50'000, .most_ns = 20'000'000'000}).error().code, EFBIG);
}

TEST_F(AskTest, SaysNothingToSomebodyElsesSocket)
{
    serve("Name: HAProxy\n");
    EXPECT_EQ(ask("/s.sock", {}, false).error().code, EPERM);
    server_.join();
    EXPECT_EQ(asked_, "");
}

TEST_F(AskTest, ConnectsToSocketsInTheRootOnly)
{
    std::filesystem::create_symlink("/s.sock", root_ / "root/link.sock"); // as the root directory has it
    std::filesystem::create_symlink("../../../../../../s.sock", root_ / "root/out.sock");
    EXPECT_EQ(ask("/etc/file").error().code, ENOTSOCK);
    EXPECT_EQ(ask("/none").error().code, ENOENT);
    EXPECT_EQ(ask((root_ / "root/s.sock")).error().code, ENOENT);
    serve("yes");
    EXPECT_EQ(ask("/out.sock", {.most_ns = 20'000'000'000}).value(), "yes"); // ".." ends at the root
    EXPECT_EQ(ask("/link.sock", {}, false).error().code, EPERM);
}

} // namespace
} // namespace slotscope::limits
