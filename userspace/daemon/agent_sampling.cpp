// SPDX-License-Identifier: MIT
// Looking at the holders at the sampler's pace.
#include "base/clock.h"
#include "daemon/agent.h"

namespace slotscope::daemon {

void Agent::schedule_look(std::chrono::nanoseconds pause)
{
    look_timer_.expires_after(pause);
    look_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error)
            schedule_look(look());
    });
}

std::chrono::nanoseconds Agent::look()
{
    take_events();
    const std::uint64_t now_ns = monotonic_ns();
    const bool over = sampler_.slice_is_over(now_ns);
    const auto backends = read_backends(now_ns, over);
    for (const BackendCounters& counters : backends)
        if (!sampler_.has_slow(counters.index))
            if (const auto backend = backend_at(counters.index)) // new
                sampler_.set_slow(counters.index,
                                  aggregate::slow_from_ns(configuration_.slow_calls, backend->name, {}));
    const auto pause = sampler_.look(backends, now_ns);
    for (aggregate::Happening& each : sampler_.happenings(std::chrono::system_clock::now()))
        publish(std::move(each.event), each.index);
    if (over) {
        sampler_.end_slice(backends, now_ns);
        set_slow_calls();
    }
    return pause;
}

// By the names that the backends have in answers, once in a slice: the p99 moves slowly.
void Agent::set_slow_calls()
{
    for (const Backend& backend : snapshot()->backends)
        sampler_.set_slow(backend.counters.index,
                          aggregate::slow_from_ns(configuration_.slow_calls, backend.name,
                                                  backend.counters.calls.durations));
}

Result<CallsPage> Agent::calls(const CallsQuery& query)
{
    take_events();
    return sampler_.calls(query, snapshot()->backends, monotonic_ns());
}

// Its first look is made as soon as the question is answered, not after the pause of a quiet host.
Result<RecordingPage> Agent::recording(const CallsQuery& query)
{
    auto page = sampler_.recording(query, snapshot()->backends);
    if (page && sampler_.ask_recording(monotonic_ns())) {
        page = sampler_.recording(query, snapshot()->backends);
        schedule_look(std::chrono::nanoseconds(0));
    }
    return page;
}

} // namespace slotscope::daemon
