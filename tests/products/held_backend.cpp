// SPDX-License-Identifier: MIT
#include "held_backend.h"

#include "harness/check.h"

#include <algorithm>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <vector>

namespace slotscope::products {
namespace {

constexpr char kAnswer[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n\r\nok\n";

} // namespace

HeldBackend::HeldBackend(Fd listener)
    : listener_(std::move(listener))
    , stop_(live::must(::eventfd(0, EFD_CLOEXEC), "eventfd"))
    , thread_([this] { serve(); })
{
}

HeldBackend::~HeldBackend()
{
    ::eventfd_write(stop_.get(), 1);
    thread_.join();
}

std::size_t HeldBackend::held() const
{
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::ranges::count_if(clients_, [](const auto& each) { return each.second.held; }));
}

std::size_t HeldBackend::connections() const
{
    const std::lock_guard lock(mutex_);
    return clients_.size();
}

void HeldBackend::release()
{
    const std::lock_guard lock(mutex_);
    for (auto& [number, client] : clients_)
        if (client.held) {
            client.held = false;
            ::send(number, kAnswer, sizeof(kAnswer) - 1, MSG_NOSIGNAL);
        }
}

void HeldBackend::read_from(int number)
{
    const std::lock_guard lock(mutex_);
    Client& client = clients_.at(number);
    char part[4096];
    const ssize_t count = ::recv(number, part, sizeof(part), 0);
    if (count <= 0) {
        clients_.erase(number);
        return;
    }
    client.request.append(part, static_cast<std::size_t>(count));
    if (client.request.find("\r\n\r\n") != std::string::npos) { // a GET: nothing follows
        client.request.clear();
        client.held = true;
    }
}

void HeldBackend::serve()
{
    for (;;) {
        std::vector<pollfd> waits = {{stop_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
        {
            const std::lock_guard lock(mutex_);
            for (const auto& [number, client] : clients_)
                waits.push_back({number, POLLIN, 0});
        }
        ::poll(waits.data(), waits.size(), -1);
        if (waits[0].revents != 0)
            return;
        if (waits[1].revents != 0) {
            Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            const std::lock_guard lock(mutex_);
            const int number = fd.get();
            if (number >= 0)
                clients_[number].fd = std::move(fd);
        }
        for (std::size_t index = 2; index < waits.size(); ++index)
            if (waits[index].revents != 0)
                read_from(waits[index].fd);
    }
}

} // namespace slotscope::products
