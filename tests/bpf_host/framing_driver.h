// SPDX-License-Identifier: MIT
// Shows a connection's two streams to a framer, as the kernel side does: in windows, leaving out what it asks
// to skip.
#ifndef SLOTSCOPE_TESTS_FRAMING_DRIVER_H
#define SLOTSCOPE_TESTS_FRAMING_DRIVER_H

#include "../../bpf/logic/framing_http1_head.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace framing {

// One bit of enum ss_framing_event, and the byte of its stream that it belongs to.
struct Event {
    std::uint64_t offset;
    std::uint32_t kind;
    bool operator==(const Event&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Event& event)
{
    constexpr const char* kNames[] = {"REQUEST_BEGAN",  "REQUEST_ENDED", "RESPONSE_BEGAN",
                                      "RESPONSE_ENDED", "UNTIL_CLOSE",   "LOST"};
    for (std::uint32_t bit = 0; bit < std::size(kNames); ++bit) {
        if (event.kind == 1U << bit) {
            return out << kNames[bit] << '@' << event.offset;
        }
    }
    return out << event.kind << '@' << event.offset;
}

struct Protocol {
    ss_step (*request)(ss_framing*, const __u8*, __u32);
    ss_step (*response)(ss_framing*, const __u8*, __u32);
    // Takes a whole head at once where it can; what lies after the bytes shown is `junk`.
    ss_step (*head)(ss_framing*, std::string_view bytes, bool response, __u8 junk) = nullptr;
};

inline ss_step take_head(ss_framing* framing, std::string_view bytes, bool response, __u8 junk)
{
    ss_head head;
    std::memset(&head, junk, sizeof(head));
    const std::string_view shown = bytes.substr(0, SS_HEAD);
    std::copy(shown.begin(), shown.end(), head.bytes);
    return ss_http1_head(framing, &head, static_cast<__u32>(shown.size()), static_cast<__u32>(bytes.size()),
                         response);
}

// Where an answer's status stands, with whose first digit it begins.
inline constexpr std::uint32_t kStatusAt = 9;

enum class Side { request, response };

// How many bytes the next read or write has, of those that are left (1 or more).
using Cut = std::function<std::size_t(std::size_t left)>;

inline std::size_t uncut(std::size_t left)
{
    return left;
}
inline std::size_t byte_by_byte(std::size_t)
{
    return 1;
}

class Driver {
  public:
    explicit Driver(Protocol protocol)
        : protocol_(protocol)
    {
    }

    // Bytes that follow those fed before, cut as asked. Nothing is shown after the connection is lost.
    void feed(Side side, std::string_view bytes, const Cut& cut = uncut)
    {
        while (!bytes.empty()) {
            const std::size_t size = std::clamp<std::size_t>(cut(bytes.size()), 1, bytes.size());
            show(side, bytes.substr(0, size));
            bytes.remove_prefix(size);
        }
    }

    const std::vector<Event>& events(Side side) const { return of(side).events; }
    const ss_framing& state() const { return framing_; }
    bool lost() const { return lost_; }

  private:
    struct Stream {
        std::uint64_t offset = 0;
        std::vector<Event> events;
    };

    const Stream& of(Side side) const { return streams_[side == Side::response]; }
    Stream& of(Side side) { return streams_[side == Side::response]; }

    // The bytes of one read or write.
    void show(Side side, std::string_view bytes)
    {
        ss_stream& stream = side == Side::request ? framing_.request : framing_.response;
        while (!bytes.empty() && !lost_) {
            std::uint64_t done = std::min<std::uint64_t>(stream.skip, bytes.size());
            stream.skip -= done;
            if (done == 0) {
                done = head(side, bytes);
            }
            if (done == 0) {
                done = step(side, bytes.substr(0, SS_WINDOW));
            }
            of(side).offset += done;
            bytes.remove_prefix(done);
        }
    }

    std::uint64_t head(Side side, std::string_view bytes)
    {
        if (!protocol_.head) {
            return 0;
        }
        const ss_step step = protocol_.head(&framing_, bytes, side == Side::response, junk_ += 3);
        if (step.consumed > bytes.size()) {
            throw std::logic_error("consumed " + std::to_string(step.consumed) + " of " +
                                   std::to_string(bytes.size()));
        }
        if ((step.events & SS_FRAMING_RESPONSE_BEGAN) != 0) {
            tell(side, {kStatusAt + 1, SS_FRAMING_RESPONSE_BEGAN});
        }
        if (step.consumed != 0) {
            tell(side, {step.consumed, step.events & ~std::uint32_t{SS_FRAMING_RESPONSE_BEGAN}});
        }
        return step.consumed;
    }

    std::uint64_t step(Side side, std::string_view bytes)
    {
        alignas(8) __u8 window[SS_WINDOW];
        std::memset(window, junk_ = static_cast<__u8>(junk_ * 5 + 1), sizeof(window));
        std::memcpy(window, bytes.data(), bytes.size());
        const auto shown = static_cast<__u32>(bytes.size());
        const ss_step step =
            (side == Side::request ? protocol_.request : protocol_.response)(&framing_, window, shown);
        if (step.consumed == 0 || step.consumed > shown) {
            throw std::logic_error("consumed " + std::to_string(step.consumed) + " of " +
                                   std::to_string(shown));
        }
        tell(side, step);
        return step.consumed;
    }

    void tell(Side side, ss_step step)
    {
        for (std::uint32_t kind = 1; kind != 0; kind <<= 1) {
            if ((step.events & kind) != 0) {
                const std::uint64_t last = of(side).offset + step.consumed - 1;
                of(side).events.push_back({kind == SS_FRAMING_REQUEST_BEGAN ? of(side).offset : last, kind});
            }
        }
        lost_ = lost_ || (step.events & SS_FRAMING_LOST) != 0;
    }

    Protocol protocol_;
    ss_framing framing_{};
    Stream streams_[2];
    bool lost_ = false;
    __u8 junk_ = 0; // what lies after the bytes shown must not matter
};

} // namespace framing

#endif
