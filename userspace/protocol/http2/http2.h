// SPDX-License-Identifier: MIT
// HTTP/2 and gRPC: the method and the path template, as of HTTP/1: "GET /report/{id}",
// "POST /shop.v1.Orders/Place".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace slotscope::protocol::http2 {

// What is kept of a request's header block (include/slotscope/abi/http2_name.h): size and flags of the
// method, size and flags of the path, the method, the path, each with room for the longest one.
inline constexpr std::size_t kMethodRoom = 12;
inline constexpr std::size_t kPathRoom = 96;
inline constexpr std::size_t kKept = 4 + kMethodRoom + kPathRoom;

// `kept` is of kKept bytes, or it names nothing: then, and where it cannot be read, empty.
std::string label(std::string_view kept);

} // namespace slotscope::protocol::http2
