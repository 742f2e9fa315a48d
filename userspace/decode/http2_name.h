// SPDX-License-Identifier: MIT
// What the kernel side keeps of a stream's header block -> bytes that may be read.
#pragma once

#include "decode/request_head.h"

#include <cstdint>
#include <optional>
#include <slotscope/abi/http2_name.h>

namespace slotscope::decode {

// Of the stream with this number (Call::stream); nothing where the record is another's, empty, or was being
// written.
std::optional<RequestHead> decode_http2_name(const ss_http2_named& record, std::uint32_t stream);

} // namespace slotscope::decode
