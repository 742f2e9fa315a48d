// SPDX-License-Identifier: MIT
#include "daemon/episode_archive.h"

#include "daemon/state_directory.h"

#include <algorithm>
#include <set>
#include <spdlog/spdlog.h>

namespace slotscope::daemon {
namespace {

// By their numbers: the clock may have been set between two of them.
bool newer(const Episode& left, const Episode& right)
{
    return left.id > right.id;
}

} // namespace

store::Bounds history_bounds(const Configuration& configuration)
{
    store::Bounds bounds;
    bounds.most_bytes = std::uint64_t{configuration.history_megabytes} * 1024 * 1024;
    bounds.longest = std::chrono::days(configuration.history_days);
    return bounds;
}

EpisodeArchive::EpisodeArchive(const std::string& directory, const store::Bounds& bounds,
                               std::chrono::system_clock::time_point now)
{
    if (const auto made = make_state_directory(directory); !made)
        spdlog::warn("{}", made.error().message);
    history_ = store::History::open(directory, bounds, now);
    tell_warnings();
}

// A warning that stays is one line in the log, not one for each save.
void EpisodeArchive::tell_warnings()
{
    std::vector<std::string> warnings = history_->warnings();
    for (const std::string& each : warnings)
        if (std::find(told_.begin(), told_.end(), each) == told_.end())
            spdlog::warn("{}", each);
    told_ = std::move(warnings);
}

void EpisodeArchive::save(const Episode& episode, std::chrono::system_clock::time_point now)
{
    shelf_.show(episode);
    (void)history_->save(episode, now); // what went wrong is among the warnings
    tell_warnings();
}

std::vector<Episode> EpisodeArchive::list(const EpisodeQuery& query) const
{
    std::vector<Episode> list = shelf_.list(query);
    if (query.active) // the history has none: those that lasted when an agent ended were cut off
        return list;
    std::set<std::uint64_t> known;
    for (const Episode& each : list)
        known.insert(each.id);
    auto stored = history_->list(query);
    if (!stored)
        spdlog::error("the history cannot be read: {}", stored.error().message);
    else
        for (Episode& each : *stored)
            if (!known.contains(each.id))
                list.push_back(std::move(each));
    std::sort(list.begin(), list.end(), newer);
    if (list.size() > query.count)
        list.resize(query.count);
    return list;
}

std::optional<Episode> EpisodeArchive::find(std::uint64_t id) const
{
    if (const Episode* const newest = shelf_.find(id))
        return *newest;
    auto stored = history_->find(id);
    if (stored)
        return std::move(*stored);
    spdlog::error("episode {} cannot be read from the history: {}", id, stored.error().message);
    return std::nullopt;
}

void EpisodeArchive::trim(std::chrono::system_clock::time_point now, std::uint64_t now_ns)
{
    (void)history_->trim(now, now_ns);
    tell_warnings();
}

} // namespace slotscope::daemon
