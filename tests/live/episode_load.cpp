// SPDX-License-Identifier: MIT
#include "episode_load.h"

#include <poll.h>

namespace slotscope::live {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

bool readable(const Fd& fd, std::chrono::milliseconds patience)
{
    pollfd one{fd.get(), POLLIN, 0};
    return ::poll(&one, 1, static_cast<int>(patience.count())) > 0;
}

// False at the end of the stream.
bool read_some(const Fd& fd, const std::atomic<bool>& stop)
{
    while (!readable(fd, 50ms))
        if (stop)
            return false;
    char buffer[1024];
    return ::recv(fd.get(), buffer, sizeof(buffer), 0) > 0;
}

bool send_all(const Fd& fd, const std::string& text)
{
    return ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

} // namespace

EpisodeLoad::EpisodeLoad(const Place& place, std::size_t slots)
    : place_(place)
    , slots_(slots)
    , listener_(place.listen())
    , acceptor_([this] { accept_all(); })
    , generator_([this] { offer_all(); })
{
}

EpisodeLoad::~EpisodeLoad()
{
    stop_ = true;
    acceptor_.join();
    generator_.join();
    while (running_ != 0)
        std::this_thread::sleep_for(5ms);
}

void EpisodeLoad::accept_all()
{
    while (!stop_) {
        if (!readable(listener_, 50ms))
            continue;
        ++running_;
        std::thread([this, connection = accept_from(listener_)] {
            serve(connection);
            --running_;
        }).detach();
    }
}

void EpisodeLoad::serve(const Fd& connection)
{
    while (read_some(connection, stop_)) {
        const auto end = Clock::now() + std::chrono::milliseconds(service_ms_);
        while (Clock::now() < end && !stop_)
            std::this_thread::sleep_for(std::min<Clock::duration>(20ms, end - Clock::now()));
        if (!send_all(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
            return;
    }
}

void EpisodeLoad::offer_all()
{
    auto next = Clock::now();
    while (!stop_) {
        const double rate = per_second_;
        if (rate <= 0 || Clock::now() < next) {
            next = rate <= 0 ? Clock::now() : next;
            std::this_thread::sleep_for(2ms);
            continue;
        }
        next += std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / rate));
        ++running_;
        std::thread([this] {
            request();
            --running_;
        }).detach();
    }
}

bool EpisodeLoad::take_slot()
{
    std::unique_lock lock(mutex_);
    if (!freed_.wait_for(lock, 1s, [this] { return used_ < slots_ || stop_; }) || stop_)
        return false;
    ++used_;
    return true;
}

void EpisodeLoad::request()
{
    if (!take_slot())
        return;
    Fd connection;
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            connection = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    if (!connection)
        connection = place_.connect();
    const bool answered =
        send_all(connection, "GET /item HTTP/1.1\r\nHost: test\r\n\r\n") && read_some(connection, stop_);
    const std::lock_guard lock(mutex_);
    if (answered)
        idle_.push_back(std::move(connection));
    --used_;
    freed_.notify_one();
}

} // namespace slotscope::live
