// SPDX-License-Identifier: MIT
#include "fake_agent.h"

#include "cli/run.h"

#include <array>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>

namespace slotscope::cli::test {

const std::string FakeAgent::kHang = "hang";

TemporaryDirectory::TemporaryDirectory()
{
    std::string name = (std::filesystem::temp_directory_path() / "slotscope-cli-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("no temporary directory");
    path_ = name;
}

TemporaryDirectory::~TemporaryDirectory()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string http_answer(const std::string& body, const std::string& status)
{
    return "HTTP/1.1 " + status +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

FakeAgent::FakeAgent(Handler handler)
    : handler_(std::move(handler))
    , listener_(::socket(AF_UNIX, SOCK_STREAM, 0))
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_.copy(address.sun_path, sizeof(address.sun_path) - 1);
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
        ::listen(listener_.get(), 16) != 0)
        throw std::runtime_error("cannot listen on " + socket_);
    thread_ = std::thread([this] { serve(); });
}

FakeAgent::~FakeAgent()
{
    ::shutdown(listener_.get(), SHUT_RDWR); // wakes accept
    thread_.join();
}

std::vector<std::string> FakeAgent::targets() const
{
    const std::lock_guard lock(mutex_);
    return targets_;
}

void FakeAgent::serve()
{
    while (true) {
        Fd client(::accept(listener_.get(), nullptr, nullptr));
        if (!client)
            return;
        answer(std::move(client));
    }
}

void FakeAgent::answer(Fd client)
{
    std::string request;
    std::array<char, 4096> block{};
    while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t size = ::recv(client.get(), block.data(), block.size(), 0);
        if (size <= 0)
            return;
        request.append(block.data(), static_cast<std::size_t>(size));
    }
    const std::size_t begin = request.find(' ') + 1;
    const std::string target = request.substr(begin, request.find(' ', begin) - begin);
    {
        const std::lock_guard lock(mutex_);
        targets_.push_back(target);
    }
    std::string bytes = handler_(target);
    const bool hang = bytes.ends_with(kHang);
    if (hang)
        bytes.resize(bytes.size() - kHang.size());
    for (std::size_t sent = 0; sent < bytes.size();) {
        const ssize_t size = ::send(client.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (size <= 0)
            return;
        sent += static_cast<std::size_t>(size);
    }
    if (hang)
        hanging_.push_back(std::move(client));
}

Ran run_slotscope(const std::vector<std::string>& words)
{
    std::ostringstream out;
    std::ostringstream err;
    // A test must not depend on where its own output goes.
    std::vector<std::string> all = {"--color", "never"};
    all.insert(all.end(), words.begin(), words.end());
    const int exit_code = run(all, out, err);
    return {exit_code, out.str(), err.str()};
}

} // namespace slotscope::cli::test
