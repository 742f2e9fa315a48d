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
    const std::uint64_t now_ns = monotonic_ns();
    const bool over = sampler_.slice_is_over(now_ns);
    const auto backends = read_backends(now_ns, over);
    const auto pause = sampler_.look(backends, now_ns);
    if (over)
        sampler_.end_slice(backends, now_ns);
    return pause;
}

Result<CallsPage> Agent::calls(const CallsQuery& query)
{
    return sampler_.calls(query, snapshot()->backends, monotonic_ns());
}

} // namespace slotscope::daemon
