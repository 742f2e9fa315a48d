// SPDX-License-Identifier: MIT
// Passes events on to those who asked for them.
#pragma once

#include "model/event.h"

#include <slotscope/api/contract.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

namespace slotscope::serve {

class EventStream;
struct TakenConnection;

struct EventLimits {
    std::size_t backlog_bytes = api::kLargestEventBacklog; // of one subscriber
    std::size_t subscribers = api::kMostClients / 2;       // the other places stay for short requests
    std::chrono::milliseconds stall_timeout = std::chrono::seconds(30); // without a byte taken by the client
};

// For the event loop's thread alone. A subscriber that is behind by more than its backlog loses events, and
// the next line that it gets says how many: publish() neither blocks nor grows.
class EventHub {
  public:
    explicit EventHub(EventLimits limits = {});
    ~EventHub(); // ends every stream
    EventHub(const EventHub&) = delete;
    EventHub& operator=(const EventHub&) = delete;

    void publish(const Event& event);

    // Starts a stream on a connection whose response header was sent. Its first line is the event
    // "subscribed".
    void subscribe(TakenConnection connection);

    std::size_t subscribers() const;
    bool full() const { return subscribers() >= limits_.subscribers; }

  private:
    EventLimits limits_;
    std::vector<std::weak_ptr<EventStream>> streams_;
};

} // namespace slotscope::serve
