// SPDX-License-Identifier: MIT
#include "decode/event.h"

#include <algorithm>
#include <cstring>
#include <slotscope/abi/events.h>

namespace slotscope::decode {
namespace {

Error too_short(std::span<const std::byte> bytes)
{
    return Error{"an event is shorter than its kind: " + std::to_string(bytes.size()) + " bytes"};
}

Result<KernelEvent> decode_limit_reached(std::span<const std::byte> bytes)
{
    ss_event_limit_reached record{};
    if (bytes.size() < sizeof(record))
        return too_short(bytes);
    std::memcpy(&record, bytes.data(), sizeof(record));
    return KernelEvent(LimitReached{record.backend, record.at_ns, record.cookie, record.in_use, record.limit,
                                    record.limit_hits});
}

Result<KernelEvent> decode_call_ended(std::span<const std::byte> bytes)
{
    constexpr std::size_t kHeadAt = offsetof(ss_event_call_ended, bytes);
    ss_event_call_ended record{};
    if (bytes.size() < sizeof(record))
        return too_short(bytes);
    std::memcpy(&record, bytes.data(), kHeadAt);
    EndedCall call;
    call.backend = record.backend;
    call.began_ns = record.began_ns;
    call.took_ns = record.took_ns;
    call.every = std::max<std::uint32_t>(record.every, 1);
    call.pid = record.pid;
    if (record.protocol < kProtocols)
        call.protocol = static_cast<Protocol>(record.protocol);
    if (record.outcome < kCallOutcomes)
        call.outcome = static_cast<CallOutcome>(record.outcome);
    call.head = {reinterpret_cast<const char*>(bytes.data()) + kHeadAt,
                 std::min<std::size_t>(record.size, sizeof(record.bytes))};
    return KernelEvent(call);
}

} // namespace

Result<KernelEvent> decode_event(std::span<const std::byte> bytes)
{
    std::uint32_t kind = 0;
    if (bytes.size() < sizeof(kind))
        return Error{"an event of " + std::to_string(bytes.size()) + " bytes has no kind"};
    std::memcpy(&kind, bytes.data(), sizeof(kind));
    switch (kind) {
    case SS_EVENT_LIMIT_REACHED:
        return decode_limit_reached(bytes);
    case SS_EVENT_CALL_ENDED:
        return decode_call_ended(bytes);
    default:
        return Error{"an event of the unknown kind " + std::to_string(kind)};
    }
}

} // namespace slotscope::decode
