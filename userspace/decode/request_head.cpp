// SPDX-License-Identifier: MIT
#include "decode/request_head.h"

#include <algorithm>

namespace slotscope::decode {

std::optional<RequestHead> decode_request_head(const ss_request_head& record, std::uint64_t cookie)
{
    if (record.began_ns == 0 || record.check != record.began_ns || record.cookie != cookie)
        return std::nullopt;
    const std::size_t size = std::min<std::size_t>(record.size, sizeof(record.bytes));
    return RequestHead{record.began_ns, {reinterpret_cast<const char*>(record.bytes), size}};
}

} // namespace slotscope::decode
