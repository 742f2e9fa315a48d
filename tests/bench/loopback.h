// SPDX-License-Identifier: MIT
// The sockets that load is made of: blocking, IPv4, close-on-exec. Failures throw, except where a result says
// otherwise.
#pragma once

#include "base/fd.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>

namespace slotscope::bench {

// Takes what a system call returned; throws "WHAT: strerror" when that is negative.
inline int must(int result, const std::string& what)
{
    if (result < 0)
        throw std::runtime_error(what + ": " + std::strerror(errno));
    return result;
}

struct Endpoint {
    std::string ip = "127.0.0.1";
    std::uint16_t port = 0;
};

inline std::string to_string(const Endpoint& endpoint)
{
    return endpoint.ip + ":" + std::to_string(endpoint.port);
}

inline sockaddr_in socket_address(const Endpoint& endpoint)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    if (::inet_pton(AF_INET, endpoint.ip.c_str(), &address.sin_addr) != 1)
        throw std::runtime_error(endpoint.ip + " is not an IPv4 address");
    return address;
}

inline Fd tcp_socket()
{
    return Fd(must(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
}

// Port 0: the kernel chooses, port_of tells.
inline Fd listen_on(const Endpoint& endpoint, int backlog = 4096)
{
    Fd listener = tcp_socket();
    const int on = 1;
    must(::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), "SO_REUSEADDR");
    const sockaddr_in address = socket_address(endpoint);
    must(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
         "bind to " + to_string(endpoint));
    must(::listen(listener.get(), backlog), "listen");
    return listener;
}

inline std::uint16_t port_of(const Fd& socket)
{
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    must(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    return ntohs(address.sin_port);
}

inline Fd accept_from(const Fd& listener)
{
    return Fd(must(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
}

// 0 or errno.
inline int try_connect(const Fd& socket, const sockaddr_in& address)
{
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ? 0
                                                                                                      : errno;
}

inline Fd connect_to(const Endpoint& endpoint)
{
    Fd socket = tcp_socket();
    if ((errno = try_connect(socket, socket_address(endpoint))) != 0)
        must(-1, "connect to " + to_string(endpoint));
    return socket;
}

// Its close becomes a reset, which leaves no TIME_WAIT behind.
inline void end_by_reset(const Fd& socket)
{
    const linger at_once{1, 0};
    must(::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), "SO_LINGER");
}

} // namespace slotscope::bench
