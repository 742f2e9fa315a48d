// SPDX-License-Identifier: MIT
#include "serve/event_backlog.h"

#include "serve/json.h"

#include <charconv>

namespace slotscope::serve {
namespace {

std::string framed(std::string_view line, bool chunked)
{
    constexpr int kHexadecimal = 16;
    constexpr std::size_t kLineEnd = 1;
    if (!chunked)
        return std::string(line) + "\n";
    char size[2 * sizeof(std::size_t)];
    const auto [end, error] = std::to_chars(size, size + sizeof(size), line.size() + kLineEnd, kHexadecimal);
    return std::string(size, end) + "\r\n" + std::string(line) + "\n\r\n";
}

std::string dropped_line(std::uint64_t count)
{
    Event event;
    event.kind = "dropped";
    event.at = std::chrono::system_clock::now();
    event.numbers["count"] = count;
    event.text = std::to_string(count) + " events were dropped here: this client reads too slowly";
    return text(event_json(event));
}

} // namespace

EventBacklog::EventBacklog(std::size_t most_bytes, bool chunked)
    : most_bytes_(most_bytes)
    , chunked_(chunked)
{
}

void EventBacklog::add(std::string_view line)
{
    tell_dropped();
    // While a loss is untold nothing may overtake it, or the client could not tell where the gap is.
    if (dropped_ > 0 || !append(line))
        ++dropped_;
}

std::string_view EventBacklog::next()
{
    if (sent_ == sending_.size()) {
        sending_.clear();
        sent_ = 0;
        sending_.swap(waiting_);
    }
    return std::string_view(sending_).substr(sent_);
}

void EventBacklog::sent(std::size_t bytes)
{
    sent_ += bytes;
    if (size_bytes() == 0)
        tell_dropped();
}

bool EventBacklog::append(std::string_view line)
{
    const std::string frame = framed(line, chunked_);
    if (size_bytes() + frame.size() > most_bytes_)
        return false;
    waiting_ += frame;
    return true;
}

void EventBacklog::tell_dropped()
{
    if (dropped_ > 0 && append(dropped_line(dropped_)))
        dropped_ = 0;
}

} // namespace slotscope::serve
