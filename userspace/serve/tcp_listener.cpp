// SPDX-License-Identifier: MIT
#include "serve/tcp_listener.h"

#include "model/address.h"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace slotscope::serve {
namespace {

constexpr std::size_t kMappedPrefix = 12; // bytes of an IPv4 address in Address::ip that are not its own

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

SocketAddress socket_address(const Address& address)
{
    SocketAddress result;
    if (address.is_ipv4()) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(address.port);
        std::memcpy(&in.sin_addr, address.ip.data() + kMappedPrefix, sizeof(in.sin_addr));
        std::memcpy(&result.storage, &in, sizeof(in));
        result.size = sizeof(in);
    } else {
        sockaddr_in6 in6{};
        in6.sin6_family = AF_INET6;
        in6.sin6_port = htons(address.port);
        std::memcpy(&in6.sin6_addr, address.ip.data(), sizeof(in6.sin6_addr));
        std::memcpy(&result.storage, &in6, sizeof(in6));
        result.size = sizeof(in6);
    }
    return result;
}

Error cannot_listen(const Address& address, int error)
{
    const std::string remedy = "; give another with --metrics ADDR:PORT, or --metrics off";
    if (error == EADDRINUSE)
        return Error{"another program already listens on " + to_string(address) +
                         ", where metrics should be" + remedy,
                     error};
    return Error{system_error("metrics cannot be served on " + to_string(address), error).message + remedy,
                 error};
}

} // namespace

Result<Fd> listen_tcp(const std::string& text)
{
    const auto address = parse_address(text);
    if (!address)
        return Error{"--metrics: " + address.error().message + " (or --metrics off)"};

    const SocketAddress where = socket_address(*address);
    Fd socket(::socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket)
        return cannot_listen(*address, errno);
    const int on = 1; // connections of a former agent that linger must not keep the new one from starting
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&where.storage), where.size) != 0 ||
        ::listen(socket.get(), SOMAXCONN) != 0)
        return cannot_listen(*address, errno);
    return socket;
}

} // namespace slotscope::serve
