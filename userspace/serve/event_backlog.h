// SPDX-License-Identifier: MIT
// The lines that one subscriber has yet to be sent: bounded, and what did not fit is counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace slotscope::serve {

class EventBacklog {
  public:
    // most_bytes: held at most, what is being sent included. chunked: each line is a chunk of HTTP/1.1.
    EventBacklog(std::size_t most_bytes, bool chunked);

    // Adds a line (without its end), or counts it as dropped. The line after dropped ones is preceded by one
    // that says how many they were.
    void add(std::string_view line);

    // What to send next; empty: nothing. Stays valid until sent().
    std::string_view next();

    // The first `bytes` of next() are gone. Where all is, and lines were dropped, the line about them is
    // next.
    void sent(std::size_t bytes);

    std::size_t size_bytes() const { return sending_.size() - sent_ + waiting_.size(); }
    std::uint64_t dropped() const { return dropped_; } // and not yet told

  private:
    bool append(std::string_view line);
    void tell_dropped();

    std::size_t most_bytes_;
    bool chunked_;
    std::string sending_;
    std::size_t sent_ = 0; // of sending_
    std::string waiting_;
    std::uint64_t dropped_ = 0;
};

} // namespace slotscope::serve
