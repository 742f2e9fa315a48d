// SPDX-License-Identifier: MIT
#include "products/measured_backend.h"

#include "harness/check.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <poll.h>
#include <random>
#include <sys/socket.h>

namespace slotscope::products {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kEnd = "\r\n\r\n";

// Of a request's head.
std::size_t body_bytes(std::string_view head)
{
    constexpr std::string_view kName = "ontent-length: "; // proxies write it in their own case
    const std::size_t at = head.find(kName);
    std::size_t size = 0;
    if (at != std::string_view::npos)
        std::from_chars(head.data() + at + kName.size(), head.data() + head.size(), size);
    return size;
}

struct Request {
    std::string name; // "GET /path"; empty: the connection is over
    Clock::time_point began;
};

Request read_request(int fd)
{
    Request request;
    std::string bytes;
    std::size_t size = std::string::npos;
    while (bytes.size() < size) {
        char part[16384];
        const ssize_t count = ::recv(fd, part, sizeof(part), 0);
        if (count <= 0)
            return {};
        if (bytes.empty())
            request.began = Clock::now();
        bytes.append(part, static_cast<std::size_t>(count));
        if (const std::size_t end = bytes.find(kEnd); end != std::string::npos)
            size = end + kEnd.size() + body_bytes(std::string_view(bytes).substr(0, end));
    }
    request.name = bytes.substr(0, bytes.find(' ', bytes.find(' ') + 1));
    return request;
}

void send_all(int fd, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
}

// Gives by how much it was late, in seconds.
double sleep_until(Clock::time_point at)
{
    std::this_thread::sleep_until(at);
    const std::chrono::duration<double> late = Clock::now() - at - std::chrono::milliseconds(1);
    return std::max(late.count(), 0.0);
}

double answer(int fd, const Work& work, Clock::time_point at)
{
    if (!work.chunked) {
        const double late = sleep_until(at);
        send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(work.answer_bytes) + "\r\n\r\n" +
                         std::string(work.answer_bytes, 'x'));
        return late;
    }
    const auto pause = (at - Clock::now()) / 2;
    send_all(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    std::this_thread::sleep_for(pause);
    send_all(fd, "5\r\nhello\r\n");
    const double late = sleep_until(at);
    send_all(fd, "0\r\n\r\n");
    return late;
}

} // namespace

MeasuredBackend::MeasuredBackend(Fd listener, std::map<std::string, Work> works)
    : listener_(std::move(listener))
    , works_(std::move(works))
    , accepter_([this] { accept_all(); })
{
}

// Its clients are gone by then, or go now.
MeasuredBackend::~MeasuredBackend()
{
    stop_ = true;
    accepter_.join();
    for (std::thread& thread : threads_)
        thread.join();
}

std::map<std::string, MeasuredBackend::Measured> MeasuredBackend::measured() const
{
    const std::lock_guard lock(mutex_);
    return measured_;
}

void MeasuredBackend::accept_all()
{
    while (!stop_) {
        pollfd waits{listener_.get(), POLLIN, 0};
        if (::poll(&waits, 1, 50) != 1)
            continue;
        auto fd = std::make_shared<Fd>(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!*fd)
            continue;
        const auto seed = static_cast<unsigned>(threads_.size() + 1);
        threads_.emplace_back([this, fd, seed] { serve(*fd, seed); });
    }
}

void MeasuredBackend::serve(const Fd& fd, unsigned seed)
{
    std::minstd_rand random(seed);
    for (;;) {
        const Request request = read_request(fd.get());
        const auto work = works_.find(request.name);
        if (work == works_.end())
            return;
        std::uniform_int_distribution<std::int64_t> took(work->second.least.count(),
                                                         work->second.most.count());
        const double late =
            answer(fd.get(), work->second, request.began + std::chrono::milliseconds(took(random)));
        const std::chrono::duration<double> seconds = Clock::now() - request.began;
        const std::lock_guard lock(mutex_);
        measured_[request.name] += {1, seconds.count(), late};
    }
}

} // namespace slotscope::products
