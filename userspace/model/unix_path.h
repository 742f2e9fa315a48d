// SPDX-License-Identifier: MIT
// Unix sockets in the place of TCP addresses: a number stands for the path, as on the kernel side. The paths
// behind the numbers are kept once for the whole process, at most kMostUnixPaths of them; of one beyond, the
// number is shown.
#pragma once

#include "model/address.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slotscope {

constexpr std::size_t kMostUnixPaths = 65'536; // about 12 MiB

// It is a Unix socket, not a TCP one.
bool is_unix(const Address& address);

// The address of a path of at most 107 bytes; "@NAME" is an abstract name. Remembers the path. The number is
// that of slotscope/abi/unix_path.h, said again here for those who do not see the kernel's side.
Address unix_address(std::string_view path);

// The path of an address that the kernel side has made.
void remember_unix_path(const Address& address, std::string_view path);

// Of an end that has no name of its own: by its socket's cookie.
Address unix_end_address(std::uint64_t cookie);

// Whether to_string can give the path. Not of ends without a name, which have none.
bool has_unix_path(const Address& address);

// What to_string(Address) gives: "unix:/run/app.sock", "unix:@name", "unix:#COOKIE", "unix:?NUMBER" where the
// path is not known. The inverse takes all but the last.
std::string unix_text(const Address& address);
std::optional<Address> parse_unix_text(std::string_view text);

// A TCP address as it is, a Unix path by its number.
Address address_of(const Endpoint& endpoint);

} // namespace slotscope
