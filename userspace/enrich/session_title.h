// SPDX-License-Identifier: MIT
// What a session of PostgreSQL says of itself: each has a process, which keeps its title up to date
// (update_process_title, on by default): "postgres: 15/main: app shop 10.0.0.7(41234) UPDATE waiting".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace slotscope::enrich {

enum class SessionDoing : std::uint8_t {
    unknown,             // no session of PostgreSQL, or it has gone
    other,               // idle, or at work
    idle_in_transaction, // it keeps what it has locked
    waits_for_lock,      // that another session has
};

// By the title, as proc_pid_cmdline(5) has it.
SessionDoing session_doing(std::string_view title);

class SessionTitles {
  public:
    explicit SessionTitles(std::string proc = "/proc")
        : proc_(std::move(proc))
    {
    }

    SessionDoing look(std::uint32_t pid) const;

  private:
    std::string proc_;
};

} // namespace slotscope::enrich
