// SPDX-License-Identifier: MIT
#include "harness/sock.h"

#include "harness/wait.h"

#include <algorithm>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace slotscope::live {

SocketAddress::SocketAddress(const Address& address, Family family)
{
    if (family == Family::ip4) {
        auto* ip4 = reinterpret_cast<sockaddr_in*>(&storage);
        ip4->sin_family = AF_INET;
        ip4->sin_port = htons(address.port);
        std::memcpy(&ip4->sin_addr, address.ip.data() + 12, 4);
        size = sizeof(sockaddr_in);
        return;
    }
    storage.sin6_family = AF_INET6;
    storage.sin6_port = htons(address.port);
    std::memcpy(&storage.sin6_addr, address.ip.data(), address.ip.size());
    size = sizeof(sockaddr_in6);
}

Address address(const std::string& ip, std::uint16_t port)
{
    Address result;
    result.port = port;
    const bool ip6 = ip.find(':') != std::string::npos;
    std::uint8_t* bytes = result.ip.data();
    if (!ip6) {
        result.ip[10] = result.ip[11] = 0xff;
        bytes += 12;
    }
    if (::inet_pton(ip6 ? AF_INET6 : AF_INET, ip.c_str(), bytes) != 1)
        throw std::runtime_error(ip + " is not an IP address");
    return result;
}

Fd tcp_socket(Family family)
{
    const int domain = family == Family::ip4 ? AF_INET : AF_INET6;
    Fd fd(must(::socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    if (family != Family::ip4)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, family == Family::ip6_only ? 1 : 0);
    return fd;
}

void set_option(const Fd& fd, int level, int name, int value)
{
    must(::setsockopt(fd.get(), level, name, &value, sizeof(value)), "setsockopt");
}

void set_blocking(const Fd& fd, bool blocking)
{
    const int flags = must(::fcntl(fd.get(), F_GETFL), "fcntl");
    must(::fcntl(fd.get(), F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK), "fcntl");
}

void bind_to(const Fd& fd, const Address& where, Family family)
{
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    const SocketAddress target(where, family);
    must(::bind(fd.get(), target.get(), target.size), "bind to " + to_string(where));
}

Fd listen_on(const Address& where, Family family, const ListenOptions& options)
{
    Fd fd = tcp_socket(family);
    if (options.reuse_port)
        set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    bind_to(fd, where, family);
    if (options.fast_open)
        set_option(fd, IPPROTO_TCP, TCP_FASTOPEN, 64);
    must(::listen(fd.get(), options.backlog), "listen");
    return fd;
}

int connect_to(const Fd& fd, const Address& where, Family family)
{
    const SocketAddress target(where, family);
    return ::connect(fd.get(), target.get(), target.size) == 0 ? 0 : errno;
}

Fd accept_from(const Fd& listener)
{
    pollfd wait{listener.get(), POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(kDeadline.count())) != 1)
        throw std::runtime_error("nothing to accept within 10 s");
    return Fd(must(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
}

Fd accept_now(const Fd& listener)
{
    pollfd wait{listener.get(), POLLIN, 0};
    if (::poll(&wait, 1, 0) != 1)
        return Fd();
    return Fd(must(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
}

void send_text(const Fd& fd, const std::string& text)
{
    must(static_cast<int>(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL)), "send");
}

std::string receive_text(const Fd& fd)
{
    char text[4096];
    const ssize_t count = ::recv(fd.get(), text, sizeof(text), 0);
    return count > 0 ? std::string(text, static_cast<std::size_t>(count)) : std::string();
}

void shut_down_sending(const Fd& fd)
{
    must(::shutdown(fd.get(), SHUT_WR), "shutdown");
}

void reset(Fd& fd)
{
    const linger now{1, 0};
    must(::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now)), "SO_LINGER");
    close(fd);
}

int pending_error(const Fd& fd)
{
    int error = 0;
    socklen_t size = sizeof(error);
    must(::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size), "SO_ERROR");
    return error;
}

Address local_address(const Fd& fd)
{
    sockaddr_in6 found{};
    socklen_t size = sizeof(found);
    must(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&found), &size), "getsockname");
    Address result;
    if (found.sin6_family == AF_INET6) {
        std::memcpy(result.ip.data(), &found.sin6_addr, result.ip.size());
        result.port = ntohs(found.sin6_port);
        return result;
    }
    const auto* ip4 = reinterpret_cast<const sockaddr_in*>(&found);
    result.ip[10] = result.ip[11] = 0xff;
    std::memcpy(result.ip.data() + 12, &ip4->sin_addr, 4);
    result.port = ntohs(ip4->sin_port);
    return result;
}

int kernel_state(const Fd& fd)
{
    tcp_info info{};
    socklen_t size = sizeof(info);
    must(::getsockopt(fd.get(), IPPROTO_TCP, TCP_INFO, &info, &size), "TCP_INFO");
    return info.tcpi_state;
}

void await_state(const Fd& fd, int state)
{
    if (!eventually([&] { return kernel_state(fd) == state; }))
        throw std::runtime_error("the socket is in state " + std::to_string(kernel_state(fd)) +
                                 " instead of " + std::to_string(state));
}

} // namespace slotscope::live
