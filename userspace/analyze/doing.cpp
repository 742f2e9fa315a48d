// SPDX-License-Identifier: MIT
// What a slot is doing, as far as its connection shows.
#include "analyze/tally.h"

#include <algorithm>

namespace slotscope::analyze {
namespace {

constexpr double kStalledSeconds = 1;
constexpr double kUploadSeconds = 1;
constexpr double kLeftOpen_seconds = 1; // what its peer has just closed is closed here in a moment
constexpr double kBetween_seconds = 0.3;
constexpr double kBetweenOfTransaction_seconds = 0.1; // its client has the rest of it at hand
constexpr double kReadWithin_seconds = 0.2;
constexpr double kOwnerWithin_seconds = 1.5;

// Where no messages are seen, the side that did something last tells whose turn it is.
Doing guessed(const Holder& holder)
{
    // A worker may have accepted it, or nobody: too young to say.
    if (holder.direction == Direction::inbound && !holder.accepted && !holder.process &&
        holder.bytes_received == 0)
        return Doing::unseen;
    if (holder.bytes_sent + holder.bytes_received == 0)
        return Doing::idle;
    const LastIo asks = holder.direction == Direction::outbound ? LastIo::sent : LastIo::received;
    if (holder.last_io == LastIo::none)
        return Doing::unseen;
    return holder.last_io == asks ? Doing::waiting : Doing::idle;
}

// By timing a call waits from its first byte on; one that goes on being sent is a request still.
bool by_timing_still_sent(const Holder& holder)
{
    const LastIo asks = holder.direction == Direction::outbound ? LastIo::sent : LastIo::received;
    return holder.call.protocol == Protocol::timing && holder.call.state == CallState::waiting &&
           holder.last_io == asks && holder.last_io_seconds.value_or(kStalledSeconds) < kStalledSeconds &&
           holder.call_age_seconds.value_or(0) >= kUploadSeconds + kStalledSeconds;
}

// Where no hook sees accepts, whoever has accepted has read what came, or was found among the open files.
bool waits_to_be_accepted(const Holder& holder)
{
    if (holder.accepted || holder.direction == Direction::outbound)
        return holder.accepted == false;
    const double patience_seconds = holder.call.holds_slot() ? kReadWithin_seconds : kOwnerWithin_seconds;
    return !holder.process && holder.bytes_received == 0 && holder.age_seconds >= patience_seconds;
}

} // namespace

double age_of(const Holder& holder)
{
    return holder.call_age_seconds.value_or(holder.age_seconds);
}

std::string_view to_string(Doing doing)
{
    constexpr std::array<std::string_view, kDoings> kWords = {
        "connecting", "not accepted", "left open", "idle", "between calls",       "request", "uploading",
        "waiting",    "response",     "stalled",   "open", "idle in transaction", "upgraded"};
    return kWords[static_cast<std::size_t>(doing)];
}

// Redis: "Blocking commands" and Pub/Sub of its manual.
bool waits_for_news(Protocol protocol, std::string_view call)
{
    constexpr std::string_view kCommands[] = {
        "BLPOP",    "BRPOP",  "BRPOPLPUSH", "BLMOVE",     "BLMPOP",     "BZPOPMIN",
        "BZPOPMAX", "BZMPOP", "SUBSCRIBE",  "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR",
    };
    return protocol == Protocol::redis && std::find(std::begin(kCommands), std::end(kCommands),
                                                    call.substr(0, call.find(' '))) != std::end(kCommands);
}

Doing doing_of(const Holder& holder)
{
    if (holder.state == ConnectionState::connecting)
        return Doing::connecting;
    if (waits_to_be_accepted(holder))
        return Doing::not_accepted;
    const CallState call = by_timing_still_sent(holder) ? CallState::request : holder.call.state;
    if (holder.state == ConnectionState::peer_closed && !holder.call.holds_slot() &&
        holder.last_io_seconds.value_or(holder.age_seconds) >= kLeftOpen_seconds)
        return Doing::left_open;
    if (call != CallState::none && waits_for_news(holder.call.protocol, holder.call_label))
        return Doing::idle;
    switch (call) {
    case CallState::request:
        return age_of(holder) >= kUploadSeconds &&
                       holder.last_io_seconds.value_or(kStalledSeconds) < kStalledSeconds
                   ? Doing::uploading
                   : Doing::request;
    case CallState::waiting:
        return Doing::waiting;
    case CallState::response:
        if (holder.call.upgraded)
            return Doing::upgraded;
        return holder.last_io_seconds.value_or(0) >= kStalledSeconds ? Doing::stalled : Doing::response;
    case CallState::answered:
    case CallState::none:
        break;
    }
    if (holder.call.protocol == Protocol::unknown && call == CallState::none)
        return guessed(holder);
    const double between_seconds =
        holder.call.in_transaction ? kBetweenOfTransaction_seconds : kBetween_seconds;
    if (holder.call.began_ns != 0 && holder.last_io_seconds.value_or(between_seconds) < between_seconds)
        return Doing::between;
    return holder.call.in_transaction ? Doing::in_transaction : Doing::idle;
}

AcceptQueue leave_out_queue(std::vector<Holder>& holders, std::uint64_t& total)
{
    // Where accepting is not seen, also those that came a moment ago: that nobody has them yet is enough
    // here.
    const auto is_queued = [](const Holder& holder) {
        return doing_of(holder) == Doing::not_accepted ||
               (holder.direction == Direction::inbound && !holder.accepted && !holder.process &&
                holder.bytes_received == 0);
    };
    const std::size_t looked_at = holders.size();
    const auto queued = static_cast<std::size_t>(std::count_if(holders.begin(), holders.end(), is_queued));
    if (queued == 0 || queued == looked_at)
        return {};
    AcceptQueue queue;
    queue.length = total * queued / looked_at;
    for (const Holder& each : holders)
        if (is_queued(each))
            queue.oldest_seconds = std::max(queue.oldest_seconds, each.age_seconds);
    std::erase_if(holders, is_queued);
    total -= queue.length;
    return queue;
}

} // namespace slotscope::analyze
