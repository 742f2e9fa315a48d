// SPDX-License-Identifier: MIT
#include "app.h"

#include "harness/sock.h"

#include <charconv>
#include <mutex>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace slotscope::scenarios {
namespace {

using std::chrono::milliseconds;

constexpr int kBacklog = 512;
constexpr int kPieces = 20; // of a body that drips

// To the key of the example in RFC 6455, 1.3: HAProxy looks at it.
constexpr std::string_view kSwitching = "HTTP/1.1 101 Switching Protocols\r\n"
                                        "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                                        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

std::mutex one_at_a_time;

// The number that belongs to NAME in "/path?a=1&b=2"; 0 where it is not there.
std::size_t number_of(std::string_view target, std::string_view name)
{
    std::size_t value = 0;
    const std::size_t query = target.find('?');
    for (std::size_t at = query; at != std::string_view::npos; at = target.find('&', at + 1)) {
        const std::string_view part = target.substr(at + 1);
        if (part.starts_with(name) && part.substr(name.size()).starts_with('='))
            std::from_chars(part.data() + name.size() + 1, part.data() + part.size(), value);
    }
    return value;
}

// False: the connection is at its end.
bool send_all(const Fd& fd, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t sent = ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool send_body(const Fd& fd, std::string_view target, std::size_t size)
{
    const std::string body(size, '.');
    const milliseconds drip(number_of(target, "drip"));
    if (drip == milliseconds(0))
        return send_all(fd, body);
    for (std::size_t sent = 0; sent < size; sent += size / kPieces) {
        std::this_thread::sleep_for(drip / kPieces);
        if (!send_all(fd, std::string_view(body).substr(sent, size / kPieces)))
            return false;
    }
    return true;
}

// Who has called vfork() sleeps as uninterruptibly as who reads a disk, until the child is done.
void wait_uninterruptibly(milliseconds time)
{
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    const timespec pause{seconds.count(), std::chrono::nanoseconds(time - seconds).count()};
    const pid_t child = ::vfork();
    if (child == 0) {
        ::nanosleep(&pause, nullptr);
        ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
}

bool answer(const Fd& fd, std::string_view target)
{
    if (number_of(target, "hang") != 0)
        for (;;)
            std::this_thread::sleep_for(std::chrono::hours(1));
    std::this_thread::sleep_for(milliseconds(number_of(target, "ms")));
    if (const std::size_t locked = number_of(target, "lock"); locked != 0) {
        const std::lock_guard lock(one_at_a_time);
        std::this_thread::sleep_for(milliseconds(locked));
    }
    if (const std::size_t disk = number_of(target, "disk"); disk != 0)
        wait_uninterruptibly(milliseconds(disk));
    const bool drips = number_of(target, "drip") != 0;
    const std::size_t size = std::max<std::size_t>(number_of(target, "size"), drips ? 10'000 : 3);
    const std::size_t status = std::max<std::size_t>(number_of(target, "status"), 200);
    return send_all(fd, "HTTP/1.1 " + std::to_string(status) +
                            " OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(size) +
                            "\r\n\r\n") &&
           send_body(fd, target, size);
}

void echo(const Fd& fd)
{
    char part[4096];
    for (ssize_t count = 1; count > 0;) {
        count = ::recv(fd.get(), part, sizeof(part), 0);
        if (count > 0 && !send_all(fd, {part, static_cast<std::size_t>(count)}))
            return;
    }
}

void serve(const Fd& fd)
{
    std::string request;
    for (;;) {
        char part[4096];
        const ssize_t count = ::recv(fd.get(), part, sizeof(part), 0);
        if (count <= 0)
            return;
        request.append(part, static_cast<std::size_t>(count));
        if (request.find("\r\n\r\n") == std::string::npos)
            continue;
        const std::size_t begin = request.find(' ') + 1;
        const std::string target = request.substr(begin, request.find(' ', begin) - begin);
        if (number_of(target, "upgrade") != 0) {
            if (send_all(fd, kSwitching))
                echo(fd);
            return;
        }
        const bool close = request.find("onnection: close") != std::string::npos ||
                           request.find(" HTTP/1.0\r\n") != std::string::npos;
        if (!answer(fd, target) || (close && number_of(target, "keep") == 0))
            return;
        request.clear();
    }
}

} // namespace

App::App(const live::Namespace& space, const Address& address)
    : actor_(space.inside([&] {
        return live::Actor(live::Inherit::nothing, [address](const live::Channel& channel) {
            ::prctl(PR_SET_NAME, "app");
            const Fd listener = live::listen_on(address, live::Family::ip4, {.backlog = kBacklog});
            channel.say('r');
            for (;;) {
                const int client = ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC);
                if (client >= 0)
                    std::thread([client] { serve(Fd(client)); }).detach();
            }
        });
    }))
{
    if (actor_.channel().hear() != 'r')
        throw std::runtime_error("the application does not listen at " + to_string(address));
}

} // namespace slotscope::scenarios
