// SPDX-License-Identifier: MIT
// Whether a touch of the limit is an episode, whether that goes on, and when it is over.
#include "base/clock.h"
#include "base/growth.h"
#include "daemon/episode_common.h"
#include "daemon/episodes.h"

#include <algorithm>

namespace slotscope::daemon {
namespace {

// A limit that is touched for a moment is no episode: a healthy burst does that. It is one after so much time
// at the limit, or when a good part of the time since the touch was spent there (a saturated limit flickers).
constexpr std::uint64_t kConfirmed_ns = 1'100'000'000;
constexpr std::uint64_t kFlickers_ns = 1'500'000'000;
constexpr std::uint64_t kFlickers_hits = 8;
constexpr double kMostly_share = 0.5;
// Or when all slots but one are held all the while, and the last one is given away again and again: whoever
// comes second is refused, though it is full for moments only.
constexpr std::uint64_t kLastSlot_hits = 3;
constexpr std::uint64_t kLastSlot_limit = 4; // of fewer slots traffic takes all but one every day
constexpr double kTroubledShare = 0.1;       // of a second, to keep an episode open
constexpr std::uint64_t kAgain_ns = 4 * kSecond_ns;
constexpr std::uint64_t kStill_ns = 400'000'000;
constexpr std::uint64_t kRefusals = 3;
constexpr std::uint64_t kTouchOver_ns = kSecond_ns;
constexpr std::uint64_t kTouchesAnew_ns = 3 * kSecond_ns; // touches that became no episode by then
constexpr std::uint64_t kOver_ns = 10 * kSecond_ns;       // clear of it for so long

// Since it is watched.
std::uint64_t at_limit_ns(const Watched& watched)
{
    const std::uint64_t now_ns = watched.last.time_at_limit_ns;
    return grown(watched.at_limit_before_ns, now_ns);
}

// Since the last sample, or before it where that was a moment ago: what was full earlier may be a burst that
// has ended.
bool full_lately(const Watched& watched, std::uint64_t now_ns)
{
    const std::uint64_t length_ns = grown(watched.sampled_ns, now_ns);
    const double share = length_ns < kMoment_ns
                             ? watched.sampled_full_share
                             : seconds_of(grown(watched.sampled_at_limit_ns, watched.last.time_at_limit_ns)) /
                                   seconds_of(length_ns);
    return share >= flickers_share(watched.last);
}

bool only_last_slot_is_left(const Watched& watched, std::uint64_t age_ns)
{
    const SlotUse then = watched.at_begin.slots();
    const SlotUse now = watched.last.slots();
    if (now.limit < kLastSlot_limit || then.kind != now.kind ||
        watched.last.limit_hits < watched.at_begin.limit_hits + kLastSlot_hits)
        return false;
    const double in_use = seconds_of(grown(then.slot_ns, now.slot_ns)) / seconds_of(age_ns);
    return in_use >= static_cast<double>(now.limit - 1);
}

// Told once a second.
bool fills_its_second(Watched& watched, const BackendCounters& now, std::uint64_t now_ns)
{
    const std::uint64_t length_ns = grown(watched.second_ns, now_ns);
    if (length_ns < kSecond_ns)
        return false;
    const std::uint64_t full_ns = grown(watched.second_at_limit_ns, now.time_at_limit_ns);
    watched.second_ns = now_ns;
    watched.second_at_limit_ns = now.time_at_limit_ns;
    return static_cast<double>(full_ns) >= kTroubledShare * static_cast<double>(length_ns);
}

} // namespace

// Is it at its limit still, or again? A touch keeps no episode open: a good part of the last second does.
void EpisodeWatch::follow(Watched& watched, std::uint64_t now_ns, SystemTime at)
{
    const auto counters = sight_.counters(watched.index);
    if (!counters || counters->created_ns != watched.last.created_ns)
        return; // gone: it is over when its time has come
    if (counters->slots().kind != watched.last.slots().kind)
        count_anew(watched, *counters, at);
    if (watched.limit_is_gone)
        return;
    bool full = counters->at_limit || counters->time_at_limit_ns > watched.last.time_at_limit_ns ||
                counters->limit_hits > watched.last.limit_hits;
    if (watched.open) // a pool that stays at its size is no trouble by that
        full = fills_its_second(watched, *counters, now_ns) && !watched.idle_pool;
    const bool refused = unavailable(*counters) > unavailable(watched.last);
    watched.last = *counters;
    if (!full && !(refused && watched.open))
        return;
    const bool again = now_ns - watched.trouble_ns >= kAgain_ns;
    watched.trouble_ns = now_ns;
    watched.trouble_at = at;
    if (full)
        watched.trouble = analyze::Trouble::limit;
    if (again && watched.open && !watched.baseline.known())
        begin_anew(watched, at);
}

// It began without anything to compare with; the pause is that.
void EpisodeWatch::begin_anew(Watched& watched, SystemTime at)
{
    const auto backend = sight_.backend(watched.index);
    if (!backend)
        return;
    watched.began = at - std::chrono::seconds(1);
    watched.forget_samples();
    freeze_baseline(watched, *backend);
}

bool EpisodeWatch::confirmed(const Watched& watched, std::uint64_t now_ns) const
{
    if (watched.trouble != analyze::Trouble::limit)
        return true;
    if (watched.idle_pool)
        return false;
    const std::uint64_t full_ns = at_limit_ns(watched);
    const std::uint64_t age_ns = now_ns - watched.began_ns;
    if (full_ns >= kConfirmed_ns || unavailable(watched.last) >= unavailable(watched.at_begin) + kRefusals)
        return true;
    if (age_ns >= kFlickers_ns && now_ns - watched.trouble_ns < kTouchOver_ns &&
        only_last_slot_is_left(watched, age_ns))
        return true;
    const bool still = now_ns - watched.trouble_ns < kStill_ns && full_lately(watched, now_ns);
    const double share =
        static_cast<double>(full_ns) / static_cast<double>(std::max<std::uint64_t>(1, age_ns));
    const bool again_and_again = watched.last.limit_hits >= watched.at_begin.limit_hits + kFlickers_hits;
    return still && age_ns >= kFlickers_ns &&
           (share >= kMostly_share || (share >= flickers_share(watched.last) && again_and_again));
}

bool EpisodeWatch::over(const Watched& watched, std::uint64_t now_ns) const
{
    if (watched.limit_is_gone)
        return true;
    if (watched.open)
        return now_ns - watched.trouble_ns > kOver_ns;
    if (now_ns - watched.trouble_ns > kTouchOver_ns)
        return true;
    // A limit that normal traffic touches now and then: what comes later begins anew, with a baseline of its
    // own.
    const std::uint64_t age_ns = now_ns - watched.began_ns;
    return watched.trouble == analyze::Trouble::limit && age_ns >= kTouchesAnew_ns &&
           static_cast<double>(at_limit_ns(watched)) <
               flickers_share(watched.last) * static_cast<double>(age_ns);
}

} // namespace slotscope::daemon
