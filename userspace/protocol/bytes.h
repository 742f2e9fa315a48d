// SPDX-License-Identifier: MIT
// Reading a binary message that may be cut anywhere, from the front. What is not there is never read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace slotscope::protocol {

class Bytes {
  public:
    explicit Bytes(std::string_view rest)
        : rest_(rest)
    {
    }

    bool empty() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }

    // The next `count` bytes (at most 8) as a number; nothing where fewer are there: then the rest is used
    // up.
    std::optional<std::uint64_t> big_endian(std::size_t count)
    {
        const auto bytes = take(count);
        if (!bytes)
            return std::nullopt;
        std::uint64_t number = 0;
        for (const char byte : *bytes)
            number = number << 8U | static_cast<unsigned char>(byte);
        return number;
    }
    std::optional<std::uint64_t> little_endian(std::size_t count)
    {
        const auto bytes = take(count);
        if (!bytes)
            return std::nullopt;
        std::uint64_t number = 0;
        for (std::size_t i = count; i > 0; --i)
            number = number << 8U | static_cast<unsigned char>((*bytes)[i - 1]);
        return number;
    }

    // Nothing where fewer are there: then the rest is used up.
    std::optional<std::string_view> take(std::uint64_t count)
    {
        if (count > rest_.size()) {
            rest_ = {};
            return std::nullopt;
        }
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }

    // As many as are there, at most `count`.
    std::string_view take_some(std::uint64_t count)
    {
        const std::string_view taken = rest_.substr(0, std::min<std::uint64_t>(count, rest_.size()));
        rest_.remove_prefix(taken.size());
        return taken;
    }
    bool skip(std::uint64_t count) { return take(count).has_value(); }

  private:
    std::string_view rest_;
};

} // namespace slotscope::protocol
