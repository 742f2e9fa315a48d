// SPDX-License-Identifier: MIT
// Short words for what tests do with TCP sockets. Failures throw, except where a result says otherwise.
#pragma once

#include "harness/check.h"
#include "model/address.h"

#include <chrono>
#include <cstdint>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

namespace slotscope::live {

enum class Family { ip4, ip6, ip6_only };

// The socket address of `address` for a socket of `family`: an IPv4 address is written as ::ffff:… for IPv6.
struct SocketAddress {
    SocketAddress(const Address& address, Family family);
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    sockaddr_in6 storage{};
    socklen_t size = 0;
};

Address address(const std::string& ip,
                std::uint16_t port); // "10.1.2.3" or "fd00::1"; throws where it is neither

Fd tcp_socket(Family family); // close-on-exec
void set_option(const Fd& fd, int level, int name, int value);
void set_blocking(const Fd& fd, bool blocking);
void bind_to(const Fd& fd, const Address& where, Family family); // with SO_REUSEADDR

struct ListenOptions {
    int backlog = 64;
    bool reuse_port = false;
    bool fast_open = false;
};
Fd listen_on(const Address& where, Family family, const ListenOptions& options = {});

// 0 or errno.
int connect_to(const Fd& fd, const Address& where, Family family);
// Blocking; waits at most 10 s for a connection.
Fd accept_from(const Fd& listener);
// An accept that does not wait; invalid where nothing is there.
Fd accept_now(const Fd& listener);

void send_text(const Fd& fd, const std::string& text);
// What one receive gives: "" at the end of the stream or on an error, in which case errno tells.
std::string receive_text(const Fd& fd);
void shut_down_sending(const Fd& fd);
// Closes by a reset (SO_LINGER with 0 seconds).
void reset(Fd& fd);
int pending_error(const Fd& fd); // SO_ERROR
Address local_address(const Fd& fd);
int kernel_state(const Fd& fd); // TCP_INFO's tcpi_state
// Waits until the kernel has the socket in `state` (TCP_ESTABLISHED, …); throws after 10 s.
void await_state(const Fd& fd, int state);

} // namespace slotscope::live
