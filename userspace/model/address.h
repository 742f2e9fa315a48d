// SPDX-License-Identifier: MIT
// Where connections go to: IP:PORT, [IP6]:PORT or unix:PATH.
#pragma once

#include "base/result.h"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace slotscope {

// A TCP address. IPv4 is kept as ::ffff:a.b.c.d, so that a v4-mapped IPv6 socket has the same one.
struct Address {
    std::array<std::uint8_t, 16> ip{}; // network byte order
    std::uint16_t port = 0;            // host byte order

    auto operator<=>(const Address&) const =
        default; // NOLINT(modernize-use-nullptr): clang-tidy 14 takes it for a 0

    bool is_ipv4() const;
    bool is_loopback() const; // 127.0.0.0/8 or ::1
    bool is_wildcard() const; // 0.0.0.0 or ::
};

// "127.0.0.1:80", "[::1]:80"; of a Unix socket as model/unix_path.h has it.
std::string to_string(const Address& address);

// Of the two addresses of a connection, in this order. Well mixed: of a million pairs hardly two have the
// same.
std::uint64_t hash_of(const Address& local, const Address& remote);

// The inverse of to_string. Port 1 to 65535. IPv6 needs its brackets.
Result<Address> parse_address(std::string_view text);

// What a limit can be set on.
struct Endpoint {
    Address tcp;
    std::string unix_path; // non-empty: a Unix socket, and `tcp` means nothing

    bool is_unix() const { return !unix_path.empty(); }
    auto operator<=>(const Endpoint&) const = default; // NOLINT(modernize-use-nullptr)
};

// "unix:/run/app.sock", or as an Address.
std::string to_string(const Endpoint& endpoint);
Result<Endpoint> parse_endpoint(std::string_view text);

} // namespace slotscope
