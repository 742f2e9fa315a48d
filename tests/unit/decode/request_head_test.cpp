// SPDX-License-Identifier: MIT
#include "decode/request_head.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

namespace slotscope::decode {
namespace {

ss_request_head record_of(const std::string& text)
{
    ss_request_head record{};
    record.began_ns = record.check = 77;
    record.cookie = 5;
    record.size = static_cast<std::uint16_t>(text.size());
    std::copy(text.begin(), text.end(), std::begin(record.bytes));
    return record;
}

TEST(DecodeRequestHead, GivesItsBytesAndWhoseTheyAre)
{
    const ss_request_head record = record_of("GET / HTTP/1.1");
    const auto head = decode_request_head(record, 5);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->bytes, "GET / HTTP/1.1");
    EXPECT_EQ(head->began_ns, 77U);
}

TEST(DecodeRequestHead, RefusesAnothersAndOneThatIsBeingWritten)
{
    ss_request_head record = record_of("x");
    EXPECT_FALSE(decode_request_head(record, 6));
    record.check = 0;
    EXPECT_FALSE(decode_request_head(record, 5));
    record.began_ns = 0;
    EXPECT_FALSE(decode_request_head(record, 5));
}

TEST(DecodeRequestHead, NeverReadsBeyondTheRecord)
{
    ss_request_head record = record_of("x");
    record.size = 65535;
    EXPECT_EQ(decode_request_head(record, 5)->bytes.size(), sizeof(record.bytes));
}

} // namespace
} // namespace slotscope::decode
