// SPDX-License-Identifier: MIT
#include "support.h"

#include "model/histogram.h"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <future>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

namespace slotscope::serve::test {

TempDirectory::TempDirectory()
{
    char path[] = "/tmp/slotscope-serve-XXXXXX";
    path_ = ::mkdtemp(path) ? path : "";
    EXPECT_FALSE(path_.empty());
}

TempDirectory::~TempDirectory()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

FakeProvider::FakeProvider()
    : current(std::make_shared<Snapshot>())
{
    Backend app;
    app.name = "app1";
    app.address = "127.0.0.1:8081";
    app.limit_source = "--limit";
    app.counters.limit = 8;
    app.counters.in_use = 3;
    app.counters.group = 1;
    Backend php;
    php.name = "php";
    php.address = "127.0.0.1:9000";
    php.counters.direction = Direction::inbound;
    php.counters.listeners = 1;
    current->backends = {app, php};

    LimitView view;
    view.limit.name = "app1";
    view.limit.addresses = {parse_endpoint("127.0.0.1:8081").value()};
    view.limit.slots = 8;
    view.limit.source = "--limit";
    views = {view};
}

Result<HolderPage> FakeProvider::holders(const HolderQuery& query)
{
    before_holders();
    last_query = query;
    if (query.backend == "unreadable")
        return Error{"the holder table cannot be read", EIO};
    if (!query.backend.empty() && query.backend != "app1")
        return Error{"there is no backend \"" + query.backend + "\"; known: app1, php"};
    HolderPage page;
    page.total = holder_count;
    for (std::size_t i = query.offset; i < std::min(holder_count, query.offset + query.count); ++i) {
        Holder holder;
        holder.backend = "app1";
        holder.age_seconds = static_cast<double>(holder_count - i);
        holder.process = Process{812, 813, "haproxy", "haproxy.service"};
        page.holders.push_back(holder);
    }
    return page;
}

Result<CallsPage> FakeProvider::calls(const CallsQuery& query)
{
    last_calls = query;
    if (!query.backend.empty() && query.backend != "app1")
        return Error{"there is no backend \"" + query.backend + "\""};
    return calls_page;
}

Result<RecordingPage> FakeProvider::recording(const CallsQuery& query)
{
    const auto known = calls(query);
    if (!known)
        return known.error();
    return recording_page;
}

LoopThread::LoopThread()
    : thread_([this] { loop_.run(); })
{
}

LoopThread::~LoopThread()
{
    guard_.reset();
    loop_.stop();
    thread_.join();
}

void LoopThread::run(const std::function<void()>& work)
{
    std::promise<void> done;
    boost::asio::post(loop_, [&] {
        work();
        done.set_value();
    });
    done.get_future().wait();
}

namespace {

Fd connected(int family, const sockaddr* address, socklen_t size)
{
    Fd socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval patience{20, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (::connect(socket.get(), address, size) != 0)
        return {};
    return socket;
}

Fd connected(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof(address.sun_path) - 1));
    return connected(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

Fd connected(std::uint16_t port)
{
    const sockaddr_in address = loopback(port);
    return connected(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

} // namespace

Client::Client(const std::string& unix_path)
    : Client(test::connected(unix_path))
{
}
Client::Client(std::uint16_t loopback_port)
    : Client(test::connected(loopback_port))
{
}

void Client::send(const std::string& bytes) const
{
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const ssize_t size = ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (size <= 0)
            return; // the server refused the rest
        sent += static_cast<std::size_t>(size);
    }
}

bool Client::fill()
{
    char bytes[65536];
    const ssize_t size = ::recv(socket_.get(), bytes, sizeof(bytes), 0);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        ADD_FAILURE() << "the server said nothing for 20 seconds; so far: " << buffer_.substr(0, 200);
    if (size <= 0)
        return false;
    buffer_.append(bytes, static_cast<std::size_t>(size));
    return true;
}

std::string Client::until(const std::string& end)
{
    std::size_t from = 0;
    std::size_t at = buffer_.find(end);
    while (at == std::string::npos) {
        from = buffer_.size() > end.size() ? buffer_.size() - end.size() : 0;
        if (!fill())
            return "";
        at = buffer_.find(end, from);
    }
    std::string part = buffer_.substr(0, at + end.size());
    buffer_.erase(0, part.size());
    return part;
}

std::string Client::stream_header()
{
    return until("\r\n\r\n");
}

Response Client::response(bool head)
{
    Response response;
    response.header = until("\r\n\r\n");
    if (response.header.empty())
        return response;
    response.status = std::stoi(response.header.substr(std::strlen("HTTP/1.1 ")));
    const std::string key = "Content-Length: ";
    const auto at = response.header.find(key);
    const std::size_t length =
        at == std::string::npos || head ? 0 : std::stoul(response.header.substr(at + key.size()));
    while (buffer_.size() < length && fill()) {
    }
    response.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return response;
}

std::string Client::chunk()
{
    const std::string size_line = until("\r\n");
    if (size_line.empty())
        return "";
    const std::size_t size = std::stoul(size_line, nullptr, 16);
    while (buffer_.size() < size + 2 && fill()) {
    }
    std::string body = buffer_.substr(0, size);
    buffer_.erase(0, size + 2);
    return body;
}

bool Client::is_closed()
{
    while (fill()) {
    }
    char byte = 0;
    const ssize_t size = ::recv(socket_.get(), &byte, 1, 0);
    return size == 0 || (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

std::string get(const std::string& target, const std::string& more_header)
{
    return "GET " + target + " HTTP/1.1\r\nHost: slotscope\r\n" + more_header + "\r\n";
}

Response fetch(const std::string& unix_path, const std::string& target)
{
    Client client(unix_path);
    client.send(get(target));
    return client.response();
}

std::uint16_t free_port()
{
    const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

} // namespace slotscope::serve::test
