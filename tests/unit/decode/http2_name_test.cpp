// SPDX-License-Identifier: MIT
#include "decode/http2_name.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string>

namespace slotscope::decode {
namespace {

ss_http2_named name_of(const std::string& path)
{
    ss_http2_named record{};
    record.began_ns = record.check = 77;
    record.stream = 300;
    record.name.path_size = static_cast<std::uint8_t>(path.size());
    std::memcpy(record.name.path, path.data(), path.size());
    return record;
}

TEST(DecodeHttp2Name, GivesItsBytesAndWhoseTheyAre)
{
    const ss_http2_named record = name_of("/a");
    const auto name = decode_http2_name(record, 300);
    ASSERT_TRUE(name);
    EXPECT_EQ(name->began_ns, 77U);
    ASSERT_EQ(name->bytes.size(), sizeof(record.name));
    EXPECT_EQ(name->bytes[2], 2);
    EXPECT_EQ(name->bytes.substr(16, 2), "/a");
}

TEST(DecodeHttp2Name, RefusesAnothersAndOneThatIsBeingWritten)
{
    ss_http2_named record = name_of("/a");
    EXPECT_FALSE(decode_http2_name(record, 301));
    record.check = 0;
    EXPECT_FALSE(decode_http2_name(record, 300));
    record.began_ns = 0;
    EXPECT_FALSE(decode_http2_name(record, 300));
}

} // namespace
} // namespace slotscope::decode
