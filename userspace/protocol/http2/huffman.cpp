// SPDX-License-Identifier: MIT
#include "protocol/http2/huffman.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace slotscope::protocol::http2 {
namespace {

constexpr std::size_t kSymbols = 257; // bytes, and the end of a string
constexpr std::size_t kEnd = 256;
constexpr unsigned kLongest = 30; // bits

// RFC 7541, appendix B: how many bits each symbol's code has. The code is canonical (codes of the same length
// are consecutive numbers in the order of their symbols), so that this is all of it.
constexpr std::array<std::uint8_t, kSymbols> kBits = {
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, // 0
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28, // 16
    6,  10, 10, 12, 13, 6,  8,  11, 10, 10, 8,  11, 8,  6,  6,  6,  // ' '
    5,  5,  5,  6,  6,  6,  6,  6,  6,  6,  7,  8,  15, 6,  12, 10, // '0'
    13, 6,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  // '@'
    7,  7,  7,  7,  7,  7,  7,  7,  8,  7,  8,  13, 19, 13, 14, 6,  // 'P'
    15, 5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5,  // '`'
    6,  7,  6,  5,  5,  6,  7,  7,  7,  7,  7,  15, 11, 14, 13, 28, // 'p'
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, // 128
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, // 144
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, // 160
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, // 176
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, // 192
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, // 208
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, // 224
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, // 240
    30};

// Codes by their length, and symbols in the order of their codes.
struct Code {
    std::array<std::uint32_t, kLongest + 1> first{}; // of this length
    std::array<std::uint32_t, kLongest + 1> count{};
    std::array<std::uint32_t, kLongest + 1> before{}; // shorter codes
    std::array<std::uint16_t, kSymbols> symbols{};
};

constexpr Code code_of_lengths()
{
    Code code;
    for (const std::uint8_t bits : kBits)
        ++code.count[bits];
    std::uint32_t next = 0;
    std::uint32_t listed = 0;
    for (unsigned bits = 1; bits <= kLongest; ++bits) {
        next <<= 1U;
        code.first[bits] = next;
        code.before[bits] = listed;
        next += code.count[bits];
        for (std::size_t symbol = 0; symbol < kSymbols; ++symbol)
            if (kBits[symbol] == bits)
                code.symbols[listed++] = static_cast<std::uint16_t>(symbol);
    }
    return code;
}

constexpr Code kCode = code_of_lengths();
static_assert(kCode.first[kLongest] + kCode.count[kLongest] == 1U << kLongest, "each bit string is a code");

// Bits that begin no whole code fill the last byte: fewer than eight of them, all ones.
bool fills(std::uint32_t code, unsigned bits)
{
    return bits < 8 && code == (1U << bits) - 1;
}

} // namespace

std::optional<std::string> huffman_decoded(std::string_view bytes, bool cut)
{
    std::string text;
    std::uint32_t code = 0;
    unsigned bits = 0;
    for (const char byte : bytes)
        for (unsigned bit = 8; bit > 0; --bit) {
            code = code << 1U | (static_cast<unsigned char>(byte) >> (bit - 1) & 1U);
            ++bits;
            const std::uint32_t at = code - kCode.first[bits];
            if (code < kCode.first[bits] || at >= kCode.count[bits])
                continue;
            const std::uint16_t symbol = kCode.symbols[kCode.before[bits] + at];
            if (symbol == kEnd)
                return std::nullopt;
            text += static_cast<char>(symbol);
            code = bits = 0;
        }
    if (!cut && !fills(code, bits))
        return std::nullopt;
    return text;
}

} // namespace slotscope::protocol::http2
