// SPDX-License-Identifier: MIT
#include "model/address.h"

#include "model/unix_path.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>

namespace slotscope {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t kLongestUnixPath = 107; // sockaddr_un.sun_path without its final NUL

Error not_an_address(std::string_view text, std::string_view why)
{
    return Error{"\"" + std::string(text) + "\" is not an address: " + std::string(why) +
                 "; write IP:PORT, [IP6]:PORT or unix:PATH"};
}

bool parse_port(std::string_view text, std::uint16_t& port)
{
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value == 0 || value > 65535)
        return false;
    port = static_cast<std::uint16_t>(value);
    return true;
}

std::uint64_t mixed(std::uint64_t hash, const Address& address)
{
    std::uint64_t halves[2];
    static_assert(sizeof(halves) == sizeof(address.ip));
    std::memcpy(halves, address.ip.data(), sizeof(halves));
    for (const std::uint64_t word : {halves[0], halves[1], std::uint64_t{address.port}}) {
        hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL; // Fibonacci hashing, see slotscope/abi/connection.h
        hash ^= hash >> 32U;
    }
    return hash;
}

} // namespace

std::uint64_t hash_of(const Address& local, const Address& remote)
{
    return mixed(mixed(0, local), remote);
}

bool Address::is_ipv4() const
{
    return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), ip.begin());
}

bool Address::is_loopback() const
{
    if (is_ipv4())
        return ip[12] == 127;
    return std::all_of(ip.begin(), ip.end() - 1, [](std::uint8_t byte) { return byte == 0; }) && ip[15] == 1;
}

bool Address::is_wildcard() const
{
    const auto host = is_ipv4() ? ip.begin() + 12 : ip.begin();
    return std::all_of(host, ip.end(), [](std::uint8_t byte) { return byte == 0; });
}

std::string to_string(const Address& address)
{
    if (is_unix(address))
        return unix_text(address);
    char text[INET6_ADDRSTRLEN] = {};
    if (address.is_ipv4()) {
        ::inet_ntop(AF_INET, address.ip.data() + kMappedPrefix.size(), text, sizeof(text));
        return std::string(text) + ":" + std::to_string(address.port);
    }
    ::inet_ntop(AF_INET6, address.ip.data(), text, sizeof(text));
    return "[" + std::string(text) + "]:" + std::to_string(address.port);
}

Result<Address> parse_address(std::string_view text)
{
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return not_an_address(text, "it has no port");

    Address address;
    if (!parse_port(text.substr(colon + 1), address.port))
        return not_an_address(text, "the port must be a number from 1 to 65535");

    if (text.find('\0') != std::string_view::npos)
        return not_an_address(text, "it contains a NUL byte"); // at which inet_pton would stop
    const std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    const std::string ip(bracketed ? host.substr(1, host.size() - 2) : host);
    if (bracketed) {
        if (::inet_pton(AF_INET6, ip.c_str(), address.ip.data()) != 1)
            return not_an_address(text, "\"" + ip + "\" is not an IPv6 address");
        return address;
    }
    if (ip.find(':') != std::string::npos)
        return not_an_address(text, "an IPv6 address needs brackets");
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.ip.begin());
    if (::inet_pton(AF_INET, ip.c_str(), address.ip.data() + kMappedPrefix.size()) != 1)
        return not_an_address(text, "\"" + ip + "\" is not an IPv4 address (names are not resolved)");
    return address;
}

std::string to_string(const Endpoint& endpoint)
{
    return endpoint.is_unix() ? "unix:" + endpoint.unix_path : to_string(endpoint.tcp);
}

Result<Endpoint> parse_endpoint(std::string_view text)
{
    constexpr std::string_view kUnix = "unix:";
    Endpoint endpoint;
    if (text.substr(0, kUnix.size()) == kUnix) {
        endpoint.unix_path = text.substr(kUnix.size());
        if (endpoint.unix_path.empty() || (endpoint.unix_path[0] != '/' && endpoint.unix_path[0] != '@'))
            return not_an_address(text, "the path of a Unix socket must be absolute (or start with @)");
        if (endpoint.unix_path.size() > kLongestUnixPath)
            return not_an_address(text, "the path of a Unix socket has at most 107 bytes");
        return endpoint;
    }
    auto address = parse_address(text);
    if (!address)
        return address.error();
    endpoint.tcp = *address;
    return endpoint;
}

} // namespace slotscope
