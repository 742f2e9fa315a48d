// SPDX-License-Identifier: MIT
#include "daemon/steady_time.h"

namespace slotscope::daemon {
namespace {

constexpr std::chrono::nanoseconds kLeastStep = std::chrono::milliseconds(500);

} // namespace

SteadyTime::Time SteadyTime::note(std::uint64_t now_ns, Time wall)
{
    if (!begun_) {
        begun_ = true;
        began_ = wall;
        began_ns_ = now_ns;
    }
    const auto passed_ns = static_cast<std::int64_t>(now_ns - began_ns_); // of an event, it may be before
    const Time steady = began_ + std::chrono::nanoseconds(passed_ns);
    const std::chrono::nanoseconds ahead = wall - steady;
    if (std::chrono::abs(ahead - ahead_) >= kLeastStep)
        ahead_ = ahead;
    return steady;
}

Episode SteadyTime::shown(Episode episode) const
{
    episode.began = shown(episode.began);
    if (episode.ended)
        episode.ended = shown(*episode.ended);
    for (Window& each : episode.timeline)
        each.begin = shown(each.begin);
    return episode;
}

} // namespace slotscope::daemon
