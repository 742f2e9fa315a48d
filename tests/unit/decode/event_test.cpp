// SPDX-License-Identifier: MIT
#include "decode/event.h"

#include <cstring>
#include <gtest/gtest.h>
#include <slotscope/abi/call.h>
#include <slotscope/abi/events.h>
#include <vector>

namespace slotscope {
namespace {

template <typename Record>
std::vector<std::byte> bytes_of(const Record& record)
{
    std::vector<std::byte> bytes(sizeof(record));
    std::memcpy(bytes.data(), &record, sizeof(record));
    return bytes;
}

std::vector<std::byte> limit_reached(std::uint32_t kind = SS_EVENT_LIMIT_REACHED)
{
    return bytes_of(ss_event_limit_reached{kind, 4, 5, 6, 7, 8, 9});
}

ss_event_call_ended call_ended()
{
    ss_event_call_ended record{};
    record.kind = SS_EVENT_CALL_ENDED;
    record.backend = 4;
    record.began_ns = 5;
    record.took_ns = 6;
    record.every = 8;
    record.pid = 7;
    record.protocol = SS_PROTOCOL_HTTP1;
    record.outcome = SS_CALL_503;
    record.size = 5;
    std::memcpy(record.bytes, "GET / HTTP", 10);
    return record;
}

TEST(Decoder, ReadsALimitThatWasReached)
{
    const auto bytes = limit_reached();
    const auto decoded = decode::decode_event(bytes);
    ASSERT_TRUE(decoded);
    const auto* event = std::get_if<decode::LimitReached>(&*decoded);
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(event->backend, 4U);
    EXPECT_EQ(event->at_ns, 5U);
    EXPECT_EQ(event->cookie, 6U);
    EXPECT_EQ(event->in_use, 7U);
    EXPECT_EQ(event->limit, 8U);
    EXPECT_EQ(event->limit_hits, 9U);
}

TEST(Decoder, ReadsACallThatHasEnded)
{
    const auto bytes = bytes_of(call_ended());
    const auto decoded = decode::decode_event(bytes);
    ASSERT_TRUE(decoded);
    const auto* call = std::get_if<decode::EndedCall>(&*decoded);
    ASSERT_NE(call, nullptr);
    EXPECT_EQ(call->backend, 4U);
    EXPECT_EQ(call->began_ns, 5U);
    EXPECT_EQ(call->took_ns, 6U);
    EXPECT_EQ(call->every, 8U);
    EXPECT_EQ(call->pid, 7U);
    EXPECT_EQ(call->protocol, Protocol::http1);
    EXPECT_EQ(call->outcome, CallOutcome::unavailable);
    EXPECT_EQ(call->head, "GET /");
}

TEST(Decoder, TakesNothingOfAnEndedCallForGranted)
{
    ss_event_call_ended record = call_ended();
    record.protocol = 200;
    record.outcome = 200;
    record.size = 65535;
    record.every = 0;
    const auto bytes = bytes_of(record);
    const auto decoded = decode::decode_event(bytes);
    ASSERT_TRUE(decoded);
    const auto& call = std::get<decode::EndedCall>(*decoded);
    EXPECT_EQ(call.protocol, Protocol::unknown);
    EXPECT_EQ(call.outcome, CallOutcome::unknown);
    EXPECT_EQ(call.head.size(), std::size_t{SS_REQUEST_HEAD});
    EXPECT_EQ(call.every, 1U);
}

TEST(Decoder, RejectsRecordShorterThanItsKind)
{
    for (const auto& bytes : {limit_reached(), bytes_of(call_ended())})
        for (std::size_t length = 0; length < bytes.size(); ++length)
            EXPECT_FALSE(decode::decode_event(std::span(bytes).first(length))) << length;
}

TEST(Decoder, RejectsAnUnknownKind)
{
    EXPECT_FALSE(decode::decode_event(limit_reached(99)));
}

} // namespace
} // namespace slotscope
