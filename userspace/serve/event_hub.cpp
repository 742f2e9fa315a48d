// SPDX-License-Identifier: MIT
#include "serve/event_hub.h"

#include "serve/event_stream.h"
#include "serve/json.h"

#include <algorithm>

namespace slotscope::serve {
namespace {

bool is_gone(const std::weak_ptr<EventStream>& stream)
{
    const auto alive = stream.lock();
    return !alive || !alive->is_open();
}

} // namespace

EventHub::EventHub(EventLimits limits)
    : limits_(limits)
{
}

EventHub::~EventHub()
{
    for (const auto& stream : streams_)
        if (const auto alive = stream.lock())
            alive->close();
}

void EventHub::publish(const Event& event)
{
    std::erase_if(streams_, is_gone);
    if (streams_.empty())
        return;
    const std::string line = text(event_json(event));
    for (const auto& stream : streams_)
        if (const auto alive = stream.lock())
            alive->send(line);
}

void EventHub::subscribe(TakenConnection connection)
{
    Event hello;
    hello.kind = "subscribed";
    hello.at = std::chrono::system_clock::now();
    hello.text = "events follow, one JSON object a line";

    std::erase_if(streams_, is_gone);
    const auto stream =
        std::make_shared<EventStream>(std::move(connection), limits_.backlog_bytes, limits_.stall_timeout);
    streams_.push_back(stream);
    stream->start();
    stream->send(text(event_json(hello)));
}

std::size_t EventHub::subscribers() const
{
    return static_cast<std::size_t>(
        std::count_if(streams_.begin(), streams_.end(), [](const auto& stream) { return !is_gone(stream); }));
}

} // namespace slotscope::serve
