// SPDX-License-Identifier: MIT
#include "decode/event.h"

#include <cstring>
#include <slotscope/abi/events.h>

namespace slotscope::decode {

Result<LimitReached> decode_event(std::span<const std::byte> bytes)
{
    std::uint32_t kind = 0;
    if (bytes.size() < sizeof(kind))
        return Error{"an event of " + std::to_string(bytes.size()) + " bytes has no kind"};
    std::memcpy(&kind, bytes.data(), sizeof(kind));
    if (kind != SS_EVENT_LIMIT_REACHED)
        return Error{"an event of the unknown kind " + std::to_string(kind)};
    ss_event_limit_reached record{};
    if (bytes.size() < sizeof(record))
        return Error{"an event is shorter than its kind: " + std::to_string(bytes.size()) + " bytes"};
    std::memcpy(&record, bytes.data(), sizeof(record));
    return LimitReached{record.backend, record.at_ns, record.cookie,
                        record.in_use,  record.limit, record.limit_hits};
}

} // namespace slotscope::decode
