// SPDX-License-Identifier: MIT
// What the kernel side tells, and who held the slots when a limit was reached.
#include "base/clock.h"
#include "daemon/agent.h"

#include <spdlog/spdlog.h>

namespace slotscope::daemon {

void Agent::watch_events()
{
    kernel_events_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                              [this](const boost::system::error_code& error) {
                                  if (error)
                                      return;
                                  take_events();
                                  watch_events();
                              });
}

// Nobody is woken for samples of calls: they are taken with each look, too.
void Agent::take_events()
{
    auto result = session_->consume_events([this](auto bytes) { on_record(bytes); });
    if (!result)
        spdlog::error("events of the kernel side are lost: {}", result.error().message);
    capture();
}

void Agent::on_record(std::span<const std::byte> bytes)
{
    const auto event = decode::decode_event(bytes);
    if (!event) {
        spdlog::error("the kernel side sent something unknown: {}", event.error().message);
        return;
    }
    if (const auto* reached = std::get_if<decode::LimitReached>(&*event)) {
        limit_reached(*reached);
    } else if (const auto* call = std::get_if<decode::EndedCall>(&*event)) {
        const std::uint64_t now_ns = monotonic_ns();
        sampler_.call_ended(*call, labels_.of(*call, now_ns), now_ns);
    }
}

// Told first, captured later: a subscriber does not wait for the look through the table.
void Agent::limit_reached(const decode::LimitReached& reached)
{
    Event event;
    event.kind = "limit_reached";
    event.at = std::chrono::system_clock::now();
    event.numbers = {
        {"in_use", reached.in_use}, {"limit", reached.limit}, {"limit_hits", reached.limit_hits}};
    event.text = "limit reached: " + std::to_string(reached.in_use) + " of " + std::to_string(reached.limit) +
                 " slots in use";
    publish(std::move(event), reached.backend);
    wanted_captures_[reached.backend] = {reached.at_ns, reached.in_use};
    watch_.limit_reached(reached.backend, reached.at_ns, monotonic_ns(), std::chrono::system_clock::now());
    schedule_step();
}

// One look through the table serves all that wait, and at most a fifth of the time goes into such looks: a
// hundred backends that flap at their limits must not take the loop. A later look finds who held the slots at
// that moment, too.
void Agent::capture()
{
    if (wanted_captures_.empty() || capture_waits_)
        return;
    const std::uint64_t now_ns = monotonic_ns();
    if (now_ns < next_capture_ns_) {
        capture_waits_ = true;
        capture_timer_.expires_after(std::chrono::nanoseconds(next_capture_ns_ - now_ns));
        capture_timer_.async_wait([this](const boost::system::error_code& error) {
            capture_waits_ = false;
            if (!error)
                capture();
        });
        return;
    }
    for (const Holders::Captured& captured : holders_.capture(wanted_captures_, now_ns)) {
        Event event;
        event.kind = "holders_captured";
        event.at = std::chrono::system_clock::now();
        event.numbers = {{"in_use", captured.in_use}, {"holders_captured", captured.found}};
        event.text =
            std::to_string(captured.found) + " holders captured at the limit: slotscope holders --captured";
        publish(std::move(event), captured.index);
    }
    wanted_captures_.clear();
    const std::uint64_t end_ns = monotonic_ns();
    next_capture_ns_ = end_ns + 4 * (end_ns - now_ns);
}

void Agent::publish(Event event, std::uint32_t index)
{
    if (api_->events().subscribers() == 0)
        return;
    if (const auto backend = backend_at(index)) {
        event.backend = backend->name;
        event.direction = to_string(backend->counters.direction);
    }
    api_->events().publish(event);
}

} // namespace slotscope::daemon
