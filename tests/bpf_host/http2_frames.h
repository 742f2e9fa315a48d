// SPDX-License-Identifier: MIT
// Frames of HTTP/2 as text (RFC 9113, section 6).
#pragma once

#include <cstdint>
#include <string>

namespace http2 {

using namespace std::string_literals;

constexpr int kData = 0;
constexpr int kHeaders = 1;
constexpr int kPriority = 2;
constexpr int kReset = 3;
constexpr int kSettings = 4;
constexpr int kPushPromise = 5;
constexpr int kPing = 6;
constexpr int kGoaway = 7;
constexpr int kWindowUpdate = 8;
constexpr int kContinuation = 9;

constexpr unsigned kEndStream = 1;
constexpr unsigned kEndHeaders = 4;
constexpr unsigned kPadded = 8;
constexpr unsigned kPriorityFlag = 0x20;

// Big-endian, 4 bytes.
inline std::string be32(std::uint64_t value)
{
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
            static_cast<char>(value)};
}

inline std::string preface()
{
    return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
}
inline std::string frame(int type, unsigned flags, std::uint32_t id, const std::string& payload)
{
    return be32(payload.size()).substr(1) + static_cast<char>(type) + static_cast<char>(flags) + be32(id) +
           payload;
}
inline std::string settings(const std::string& values = "")
{
    return frame(kSettings, 0, 0, values);
}
inline std::string settings_ack()
{
    return frame(kSettings, 1, 0, "");
}
// With padding and priority where the flags say so.
inline std::string headers(std::uint32_t id, const std::string& block, unsigned flags = 0)
{
    return frame(kHeaders, flags | kEndHeaders, id,
                 ((flags & kPadded) != 0 ? "\3"s : "") +
                     ((flags & kPriorityFlag) != 0 ? "\x80\0\0\0\x10"s : "") + block +
                     ((flags & kPadded) != 0 ? "\0\0\0"s : ""));
}
inline std::string data(std::uint32_t id, const std::string& bytes, unsigned flags = 0)
{
    return frame(kData, flags, id,
                 ((flags & kPadded) != 0 ? "\2"s : "") + bytes + ((flags & kPadded) != 0 ? "\0\0"s : ""));
}
inline std::string reset(std::uint32_t id)
{
    return frame(kReset, 0, id, be32(8));
}
inline std::string goaway(std::uint32_t last, const std::string& why = "")
{
    return frame(kGoaway, 0, 0, be32(last) + be32(0) + why);
}
inline std::string window_update(std::uint32_t id)
{
    return frame(kWindowUpdate, 0, id, be32(65535));
}

} // namespace http2
