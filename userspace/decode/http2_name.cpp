// SPDX-License-Identifier: MIT
#include "decode/http2_name.h"

namespace slotscope::decode {

std::optional<RequestHead> decode_http2_name(const ss_http2_named& record, std::uint32_t stream)
{
    if (record.began_ns == 0 || record.check != record.began_ns || record.stream != stream)
        return std::nullopt;
    return RequestHead{record.began_ns, {reinterpret_cast<const char*>(&record.name), sizeof(record.name)}};
}

} // namespace slotscope::decode
