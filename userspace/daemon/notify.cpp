// SPDX-License-Identifier: MIT
#include "daemon/notify.h"

#include "base/fd.h"

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace slotscope::daemon {
namespace {

constexpr std::uint64_t kNsPerMicrosecond = 1000;
constexpr std::uint64_t kSignsPerPeriod = 3;
constexpr std::uint64_t kLongestPeriod = UINT64_MAX / kNsPerMicrosecond; // microseconds

std::optional<std::uint64_t> whole_number(const char* text)
{
    const std::string_view digits = text ? text : "";
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
        return std::nullopt;
    return number;
}

} // namespace

void notify_manager(std::string_view state)
{
    const char* path = std::getenv("NOTIFY_SOCKET");
    if (!path || (path[0] != '/' && path[0] != '@'))
        return;
    const std::size_t length = std::strlen(path);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (length >= sizeof(address.sun_path))
        return;
    std::memcpy(address.sun_path, path, length);
    if (path[0] == '@')
        address.sun_path[0] = '\0'; // an abstract socket
    const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
    if (!socket || ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
                            reinterpret_cast<const sockaddr*>(&address), size) < 0)
        spdlog::warn("cannot tell the service manager {}: {}", state, std::strerror(errno));
}

std::optional<std::uint64_t> watchdog_period_ns(const char* microseconds, const char* pid, pid_t self)
{
    const auto period = whole_number(microseconds);
    if (!period || *period == 0 || *period > kLongestPeriod)
        return std::nullopt;
    if (pid && whole_number(pid) != static_cast<std::uint64_t>(self))
        return std::nullopt;
    return *period * kNsPerMicrosecond;
}

Watchdog::Watchdog()
    : Watchdog(watchdog_period_ns(std::getenv("WATCHDOG_USEC"), std::getenv("WATCHDOG_PID"), ::getpid()))
{
}

void Watchdog::alive(std::uint64_t now_ns)
{
    if (!period_ns_ || now_ns < next_ns_)
        return;
    next_ns_ = now_ns + *period_ns_ / kSignsPerPeriod;
    notify_manager("WATCHDOG=1");
}

} // namespace slotscope::daemon
