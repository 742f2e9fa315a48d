// SPDX-License-Identifier: MIT
// One subscriber: its backlog and its connection.
#pragma once

#include "serve/connection.h"
#include "serve/event_backlog.h"

#include <array>
#include <chrono>
#include <memory>

namespace slotscope::serve {

// Kept alive by its pending operations; gone once the client is.
class EventStream : public std::enable_shared_from_this<EventStream> {
  public:
    EventStream(TakenConnection connection, std::size_t backlog_bytes,
                std::chrono::milliseconds stall_timeout);

    // Starts to notice when the client leaves.
    void start();

    // Sends at once where the client keeps up, else later, else drops: never blocks.
    void send(std::string_view line);

    // Ends the stream properly where nothing is under way, and closes.
    void close();

    bool is_open() const { return open_; }

  private:
    void watch();
    void write();

    Stream stream_;
    std::shared_ptr<void> place_;
    bool chunked_;
    EventBacklog backlog_;
    std::chrono::milliseconds stall_timeout_;
    std::array<char, 64> ignored_{};
    bool writing_ = false;
    bool open_ = true;
};

} // namespace slotscope::serve
