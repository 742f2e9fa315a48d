// SPDX-License-Identifier: MIT
// What a call is called, from the first bytes of its request: "GET /report/{id}", "SELECT … FROM orders WHERE
// id = ?", "HGETALL". Never a header, a query string or a literal.
#pragma once

#include "model/holder.h"

#include <string>
#include <string_view>

namespace slotscope::protocol {

constexpr std::size_t kLongestLabel = 120; // bytes

// `head` begins with the request and may be cut anywhere; of HTTP/2 it is what protocol/http2/http2.h says.
// Empty: it names nothing. Printable UTF-8.
std::string label_of(Protocol protocol, std::string_view head);

// The same of what a connection began with that is followed by timing: "TLS shop.example"; empty: nothing
// known.
std::string label_of_first(std::string_view head);

} // namespace slotscope::protocol
