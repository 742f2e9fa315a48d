// SPDX-License-Identifier: MIT
#include "daemon/episodes.h"

#include "base/clock.h"
#include "base/growth.h"

#include <algorithm>
#include <ctime>

namespace slotscope::daemon {
namespace {

constexpr std::uint64_t kYoung_ns = 6 * kSecond_ns;
constexpr std::uint64_t kScanEvery_ns = 3 * kSecond_ns;
constexpr std::uint64_t kStillScanEvery_ns = 15 * kSecond_ns; // where nothing moves
constexpr std::uint64_t kIdleRest = 600;                      // times as long as a look took
constexpr std::uint64_t kBusyRest = 50; // likewise, while there are episodes: 2 % of the time
constexpr std::uint64_t kLongestRest_ns = 5 * kSecond_ns;

constexpr std::uint64_t kIdlePoolPause_ns = kSecond_ns;

std::uint64_t sample_pause_ns(std::uint64_t age_ns)
{
    if (age_ns < kYoung_ns)
        return 400'000'000;
    if (age_ns < 60 * kSecond_ns)
        return kSecond_ns;
    return age_ns < 600 * kSecond_ns ? 2 * kSecond_ns : 5 * kSecond_ns;
}

} // namespace

bool EpisodeWatch::has_room_for(analyze::Trouble trouble) const
{
    const auto others =
        static_cast<std::size_t>(std::count_if(watched_.begin(), watched_.end(), [](const auto& each) {
            return each.second.trouble != analyze::Trouble::limit;
        }));
    return watched_.size() < kMostWatched &&
           (trouble == analyze::Trouble::limit || others < kMostWithoutLimit);
}

Watched* EpisodeWatch::watch(std::uint32_t index, analyze::Trouble trouble, std::uint64_t began_ns,
                             std::uint64_t now_ns, SystemTime at)
{
    if (const auto known = watched_.find(index); known != watched_.end())
        return &known->second;
    const auto backend = sight_.backend(index);
    if (!backend || index == kOtherBackend)
        return nullptr;
    if (!has_room_for(trouble)) {
        not_watched_ += without_place_.insert(index).second ? 1 : 0;
        return nullptr;
    }
    without_place_.erase(index);
    Watched& watched = watched_[index];
    watched.index = index;
    watched.trouble = trouble;
    watched.began_ns = std::min(began_ns, now_ns);
    watched.began = at - std::chrono::nanoseconds(now_ns - watched.began_ns);
    watched.trouble_ns = now_ns;
    watched.trouble_at = at;
    watched.at_begin = watched.last = backend->counters;
    const std::uint64_t since_ns = backend->counters.at_limit ? now_ns - watched.began_ns : 0;
    watched.at_limit_before_ns = grown(since_ns, backend->counters.time_at_limit_ns);
    watched.next_sample_ns = now_ns;
    recorder_.keep(index, true);
    freeze_baseline(watched, *backend);
    // Those who served it before the trouble began, as far as the last look goes back.
    const auto other = scan_.other_end_index(index);
    const bool inbound = backend->counters.direction == Direction::inbound;
    if (const analyze::Standing* const servers = inbound ? scan_.of(index)
                                                 : other ? scan_.of(*other)
                                                         : nullptr)
        watched.add_servers(*servers);
    return &watched;
}

void EpisodeWatch::limit_reached(std::uint32_t index, std::uint64_t at_ns, std::uint64_t now_ns,
                                 SystemTime wall)
{
    const SystemTime at = time_.note(now_ns, wall);
    Watched* const watched = watch(index, analyze::Trouble::limit, at_ns, now_ns, at);
    if (!watched)
        return;
    if (watched->touch_passed && !watched->open && at_ns > watched->began_ns && at_ns <= now_ns) {
        watched->began += std::chrono::nanoseconds(at_ns - watched->began_ns);
        watched->began_ns = at_ns;
        watched->touch_passed = false;
    }
    if (!watched->open) { // else follow() tells
        watched->trouble_ns = now_ns;
        watched->trouble_at = at;
    }
    look_and_follow(now_ns, at);
}

void EpisodeWatch::tick(std::span<const BackendCounters> backends, std::uint64_t now_ns, SystemTime wall)
{
    stalls_.begins(now_ns, thread_cpu_ns());
    const SystemTime at = time_.note(now_ns, wall);
    recorder_.observe(backends, now_ns, at, [this](std::uint32_t index) -> std::optional<BackendCounters> {
        auto backend = sight_.backend(index);
        if (!backend)
            return std::nullopt;
        return std::move(backend->counters);
    });
    for (const BackendCounters& counters : backends)
        if (counters.at_limit) // of one that was full when the agent came, too
            in_trouble(counters.index, analyze::Trouble::limit, now_ns, at);
    find_failing(backends, now_ns, at);
    moved_ |= !stillness_.still(backends);
    look_and_follow(now_ns, at);
    stalls_.next_in(next_round_ns(now_ns));
}

bool EpisodeWatch::urgent(std::uint64_t now_ns) const
{
    return std::any_of(watched_.begin(), watched_.end(), [now_ns](const auto& each) {
        return (!each.second.open && !each.second.idle_pool) || now_ns - each.second.began_ns < kYoung_ns;
    });
}

void EpisodeWatch::step(std::uint64_t now_ns, SystemTime wall)
{
    stalls_.begins(now_ns, thread_cpu_ns());
    look_and_follow(now_ns, time_.note(now_ns, wall));
    stalls_.next_in(next_round_ns(now_ns));
}

std::uint64_t EpisodeWatch::next_round_ns(std::uint64_t now_ns) const
{
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(urgent(now_ns) ? kStep : kTick).count());
}

void EpisodeWatch::look_and_follow(std::uint64_t now_ns, SystemTime at)
{
    const bool due = std::any_of(watched_.begin(), watched_.end(),
                                 [now_ns](const auto& each) { return now_ns >= each.second.next_sample_ns; });
    const bool quiet = !moved_ && watched_.empty() && now_ns < scanned_ns_ + kStillScanEvery_ns;
    if ((due || (now_ns >= next_scan_ns_ && !quiet)) && now_ns >= rest_until_ns_)
        look_around(now_ns, at);
    for (auto each = watched_.begin(); each != watched_.end();) {
        Watched& watched = each->second;
        follow(watched, now_ns, at);
        const bool done = over(watched, now_ns);
        if (done && watched.open)
            close(watched, now_ns, at);
        if (!done && !watched.open && confirmed(watched, now_ns))
            open(watched, now_ns, at);
        if (done)
            recorder_.keep(each->first, false);
        each = done ? watched_.erase(each) : std::next(each);
    }
}

// One look at all connections serves every episode, and bounds what episodes cost.
void EpisodeWatch::look_around(std::uint64_t now_ns, SystemTime at)
{
    const std::uint64_t start_ns = thread_cpu_ns();
    scan_ = scanner_.look(sight_.connections, now_ns);
    askers_.note(scan_);
    scanned_ns_ = now_ns;
    moved_ = false;
    const analyze::Scan& scan = scan_;
    find_troubles(scan, now_ns, at);
    bool busy = false;
    for (auto& [index, watched] : watched_) {
        if (now_ns < watched.next_sample_ns)
            continue;
        busy = true;
        sample(watched, scan, now_ns);
        watched.next_sample_ns =
            now_ns + (watched.idle_pool ? kIdlePoolPause_ns : sample_pause_ns(now_ns - watched.began_ns));
        if (watched.open)
            judge(watched, now_ns, at);
    }
    link();
    const std::uint64_t cost_ns = thread_cpu_ns() - start_ns;
    rest_until_ns_ = now_ns + std::min(kLongestRest_ns, cost_ns * (busy ? kBusyRest : 1));
    next_scan_ns_ = now_ns + std::max(kScanEvery_ns, cost_ns * kIdleRest);
}

std::map<std::uint32_t, std::uint64_t> EpisodeWatch::left_open() const
{
    std::map<std::uint32_t, std::uint64_t> left_open;
    for (const auto& [index, standing] : scan_.backends)
        if (standing.left_open != 0)
            left_open.emplace(index, standing.left_open);
    return left_open;
}

void EpisodeWatch::open(Watched& watched, std::uint64_t now_ns, SystemTime at)
{
    const auto backend = sight_.backend(watched.index);
    if (!backend)
        return;
    watched.open = true;
    if (watched.touched_before) // these are part of what is usual
        freeze_baseline(watched, *backend);
    Episode& episode = watched.episode;
    episode.id = sink_.next_id();
    episode.backend = backend->name;
    episode.address = backend->address;
    episode.direction = backend->counters.direction;
    episode.kind = backend->counters.slots().kind;
    episode.limit = backend->counters.slots().limit;
    episode.limit_source = backend->limit_source;
    episode.began = watched.began;
    constexpr std::size_t kMostHolders = 256;
    HolderQuery query{episode.backend, episode.direction, watched.trouble == analyze::Trouble::limit, 0,
                      kMostHolders};
    auto page = sight_.holders(query);
    if (query.captured && (!page || page->holders.empty())) { // full before the agent came
        query.captured = false;
        page = sight_.holders(query);
    }
    if (page) {
        episode.holders = std::move(page->holders);
        episode.holders_total = page->total;
    }
    tell(watched, "episode_began", "an episode of " + episode.backend + " began", at);
    judge(watched, now_ns, at);
    link();
}

void EpisodeWatch::close(Watched& watched, std::uint64_t now_ns, SystemTime at)
{
    watched.episode.ended = watched.trouble_at;
    if (watched.limit_is_gone) // what is counted now is something else
        store(watched.episode, at);
    else
        judge(watched, now_ns, at);
    ended_[watched.index] = watched.trouble_at;
    tell(watched, "episode_ended",
         "the episode of " + watched.episode.backend + " is over; it was " +
             std::string(to_string(watched.episode.verdict.cause)),
         at);
}

void EpisodeWatch::forget(std::uint32_t index)
{
    recorder_.forget(index);
    ended_.erase(index);
    one_at_a_time_.erase(index);
    left_open_.forget(index);
    askers_.forget(index);
    without_place_.erase(index);
}

void EpisodeWatch::cut_off(std::uint64_t now_ns, SystemTime wall)
{
    const SystemTime at = time_.note(now_ns, wall);
    for (auto& [index, watched] : watched_)
        if (watched.open) {
            watched.episode.ended = at;
            watched.episode.cut_off = true;
            store(watched.episode, at);
        }
    watched_.clear();
}

void EpisodeWatch::tell(const Watched& watched, const char* kind, std::string text, SystemTime at) const
{
    const Episode& episode = watched.episode;
    Event event;
    event.kind = kind;
    event.at = time_.shown(at);
    event.backend = episode.backend;
    event.direction = to_string(episode.direction);
    event.text = std::move(text);
    event.numbers = {{"episode", episode.id}, {"limit", episode.limit}};
    if (episode.ended)
        event.seconds = std::chrono::duration<double>(*episode.ended - episode.began).count();
    sight_.publish(std::move(event));
}

void EpisodeWatch::show(const Episode& episode)
{
    if (time_.is_ahead())
        sink_.show(time_.shown(episode));
    else
        sink_.show(episode);
}

void EpisodeWatch::store(const Episode& episode, SystemTime at)
{
    if (time_.is_ahead())
        sink_.save(time_.shown(episode), time_.shown(at));
    else
        sink_.save(episode, at);
}

} // namespace slotscope::daemon
