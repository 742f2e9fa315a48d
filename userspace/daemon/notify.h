// SPDX-License-Identifier: MIT
// Telling the service manager how we are: sd_notify(3)'s protocol, a datagram to $NOTIFY_SOCKET.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>

namespace slotscope::daemon {

// "READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1". Does nothing when no manager asked for it.
void notify_manager(std::string_view state);

// The time that the manager lets pass without a sign of life, in nanoseconds, from the values of
// $WATCHDOG_USEC and $WATCHDOG_PID (null: not set), as sd_watchdog_enabled(3) has them. Absent where it does
// not watch the process `self`.
std::optional<std::uint64_t> watchdog_period_ns(const char* microseconds, const char* pid, pid_t self);

// Signs of life to the manager: three in each period, so that one that comes late ends nobody.
class Watchdog {
  public:
    // Of the process's environment; without a watching manager it does nothing.
    Watchdog();
    explicit Watchdog(std::optional<std::uint64_t> period_ns)
        : period_ns_(period_ns)
    {
    }

    // The loop turns: call it every second.
    void alive(std::uint64_t now_ns);

  private:
    std::optional<std::uint64_t> period_ns_;
    std::uint64_t next_ns_ = 0;
};

} // namespace slotscope::daemon
