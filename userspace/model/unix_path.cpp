// SPDX-License-Identifier: MIT
#include "model/unix_path.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>

namespace slotscope {
namespace {

constexpr std::array<std::uint8_t, 3> kTag = {0xff, 0x00, 'u'};
constexpr std::uint8_t kHasName = 'p';
constexpr std::uint8_t kHasNoName = 'n';
constexpr std::size_t kPathWords = 14;
constexpr std::string_view kPrefix = "unix:";

struct Paths {
    std::mutex mutex; // limits are looked for on a thread of their own
    std::map<std::array<std::uint8_t, 16>, std::string> by_number;
};

Paths& paths()
{
    static Paths known;
    return known;
}

Address tagged(std::uint8_t kind)
{
    Address address;
    std::copy(kTag.begin(), kTag.end(), address.ip.begin());
    address.ip[kTag.size()] = kind;
    return address;
}

void put(Address& address, std::size_t at, const void* value, std::size_t size)
{
    std::memcpy(address.ip.data() + at, value, size);
}

std::uint64_t cookie_of(const Address& address)
{
    std::uint64_t cookie = 0;
    std::memcpy(&cookie, address.ip.data() + 8, sizeof(cookie));
    return cookie;
}

std::string digits(const Address& address)
{
    std::string text;
    for (std::size_t at = 4; at < address.ip.size(); ++at) {
        char two[3] = {};
        std::snprintf(two, sizeof(two), "%02x", address.ip[at]);
        text += two;
    }
    return text;
}

} // namespace

bool is_unix(const Address& address)
{
    return std::equal(kTag.begin(), kTag.end(), address.ip.begin());
}

Address unix_address(std::string_view path)
{
    std::uint64_t words[kPathWords] = {};
    std::memcpy(words, path.data(), std::min(path.size(), sizeof(words)));
    std::uint64_t first = 0xcbf29ce484222325ULL;
    std::uint64_t second = 0x9e3779b97f4a7c15ULL;
    for (const std::uint64_t word : words) {
        first = (first ^ word) * 0x00000100000001b3ULL;
        first ^= first >> 29U;
        second = (second ^ word) * 0xff51afd7ed558ccdULL;
        second ^= second >> 33U;
    }
    Address address = tagged(kHasName);
    const auto low = static_cast<std::uint32_t>(second);
    put(address, 4, &low, sizeof(low));
    put(address, 8, &first, sizeof(first));
    remember_unix_path(address, path);
    return address;
}

void remember_unix_path(const Address& address, std::string_view path)
{
    Paths& known = paths();
    const std::lock_guard lock(known.mutex);
    if (known.by_number.size() < kMostUnixPaths)
        known.by_number.try_emplace(address.ip, path);
}

Address unix_end_address(std::uint64_t cookie)
{
    Address address = tagged(kHasNoName);
    put(address, 8, &cookie, sizeof(cookie));
    return address;
}

bool has_unix_path(const Address& address)
{
    Paths& known = paths();
    const std::lock_guard lock(known.mutex);
    return known.by_number.contains(address.ip);
}

std::string unix_text(const Address& address)
{
    if (address.ip[kTag.size()] == kHasNoName)
        return std::string(kPrefix) + "#" + std::to_string(cookie_of(address));
    Paths& known = paths();
    const std::lock_guard lock(known.mutex);
    const auto path = known.by_number.find(address.ip);
    return std::string(kPrefix) + (path != known.by_number.end() ? path->second : "?" + digits(address));
}

std::optional<Address> parse_unix_text(std::string_view text)
{
    if (!text.starts_with(kPrefix))
        return std::nullopt;
    text.remove_prefix(kPrefix.size());
    if (text.empty() || text.front() == '?')
        return std::nullopt;
    if (text.front() != '#')
        return unix_address(text);
    std::uint64_t cookie = 0;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), cookie);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return unix_end_address(cookie);
}

Address address_of(const Endpoint& endpoint)
{
    return endpoint.is_unix() ? unix_address(endpoint.unix_path) : endpoint.tcp;
}

} // namespace slotscope
