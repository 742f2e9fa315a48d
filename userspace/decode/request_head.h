// SPDX-License-Identifier: MIT
// What the kernel side keeps of a request -> bytes that may be read.
#pragma once

#include <cstdint>
#include <optional>
#include <slotscope/abi/request_head.h>
#include <string_view>

namespace slotscope::decode {

struct RequestHead {
    std::uint64_t began_ns = 0; // of the call: Call::began_ns
    std::string_view bytes;     // lives as long as the record
};

// Of the connection with this cookie; nothing where the record is another's, empty, or was being written.
std::optional<RequestHead> decode_request_head(const ss_request_head& record, std::uint64_t cookie);

} // namespace slotscope::decode
