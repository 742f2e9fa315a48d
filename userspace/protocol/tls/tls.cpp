// SPDX-License-Identifier: MIT
// The server's name in a ClientHello: RFC 8446, section 4.1.2, and RFC 6066, section 3. All numbers
// big-endian.
#include "protocol/tls/tls.h"

#include "protocol/bytes.h"
#include "protocol/text.h"

namespace slotscope::protocol::tls {
namespace {

constexpr std::uint64_t kHandshake = 22;
constexpr std::uint64_t kClientHello = 1;
constexpr std::uint64_t kServerName = 0;
constexpr std::uint64_t kHostName = 0;
constexpr std::size_t kLongestHost = 253;

std::string server_name(Bytes extension)
{
    extension.skip(2); // length of the list: a client sends one name
    if (extension.big_endian(1) != kHostName)
        return {};
    const std::uint64_t size = extension.big_endian(2).value_or(0);
    const auto name = extension.take(size);
    return name && is_word(*name, "-._", kLongestHost) ? std::string(*name) : std::string();
}

// Leaves out a field with its length in front.
void skip_field(Bytes& bytes, std::size_t length_bytes)
{
    bytes.skip(bytes.big_endian(length_bytes).value_or(0));
}

} // namespace

std::string label(std::string_view head)
{
    Bytes bytes(head);
    if (bytes.big_endian(1) != kHandshake || bytes.big_endian(1) != 3 || !bytes.skip(3))
        return {};
    if (bytes.big_endian(1) != kClientHello || !bytes.skip(3 + 2 + 32)) // length, version, random
        return {};
    skip_field(bytes, 1); // session
    skip_field(bytes, 2); // cipher suites
    skip_field(bytes, 1); // compression
    bytes.skip(2);        // length of the extensions
    for (;;) {
        const auto type = bytes.big_endian(2);
        const auto size = bytes.big_endian(2);
        if (!type || !size)
            return "TLS";
        const auto content = bytes.take(*size);
        if (type == kServerName) {
            const std::string name = content ? server_name(Bytes(*content)) : std::string();
            return name.empty() ? "TLS" : "TLS " + name;
        }
        if (!content)
            return "TLS";
    }
}

} // namespace slotscope::protocol::tls
