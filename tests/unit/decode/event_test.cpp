// SPDX-License-Identifier: MIT
#include "decode/event.h"

#include <cstring>
#include <gtest/gtest.h>
#include <slotscope/abi/events.h>
#include <vector>

namespace slotscope {
namespace {

std::vector<std::byte> bytes_of(const ss_event_limit_reached& record)
{
    std::vector<std::byte> bytes(sizeof(record));
    std::memcpy(bytes.data(), &record, sizeof(record));
    return bytes;
}

TEST(Decoder, ReadsALimitThatWasReached)
{
    const auto event = decode::decode_event(bytes_of({SS_EVENT_LIMIT_REACHED, 4, 5, 6, 7, 8, 9}));
    ASSERT_TRUE(event);
    EXPECT_EQ(event->backend, 4U);
    EXPECT_EQ(event->at_ns, 5U);
    EXPECT_EQ(event->cookie, 6U);
    EXPECT_EQ(event->in_use, 7U);
    EXPECT_EQ(event->limit, 8U);
    EXPECT_EQ(event->limit_hits, 9U);
}

TEST(Decoder, RejectsRecordShorterThanItsKind)
{
    auto bytes = bytes_of({SS_EVENT_LIMIT_REACHED, 4, 5, 6, 7, 8, 9});
    for (std::size_t length = 0; length < bytes.size(); ++length)
        EXPECT_FALSE(decode::decode_event(std::span(bytes).first(length))) << length;
}

TEST(Decoder, RejectsAnUnknownKind)
{
    EXPECT_FALSE(decode::decode_event(bytes_of({99, 4, 5, 6, 7, 8, 9})));
}

} // namespace
} // namespace slotscope
