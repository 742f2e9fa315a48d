// SPDX-License-Identifier: MIT
#include "daemon/episode_shelf.h"

#include <algorithm>

namespace slotscope::daemon {
namespace {

bool asked_for(const Episode& episode, const EpisodeQuery& query)
{
    if (!query.backend.empty() && query.backend != episode.backend && query.backend != episode.address)
        return false;
    if (query.active && episode.ended)
        return false;
    if (query.until && episode.began > *query.until)
        return false;
    return !query.since || !episode.ended || *episode.ended >= *query.since;
}

} // namespace

void EpisodeShelf::show(const Episode& episode)
{
    episodes_.insert_or_assign(episode.id, episode);
    while (episodes_.size() > kMost) {
        const auto ended = std::find_if(episodes_.begin(), episodes_.end(),
                                        [](const auto& each) { return each.second.ended.has_value(); });
        episodes_.erase(ended == episodes_.end() ? episodes_.begin() : ended);
    }
}

std::vector<Episode> EpisodeShelf::list(const EpisodeQuery& query) const
{
    std::vector<Episode> list;
    for (auto each = episodes_.rbegin(); each != episodes_.rend() && list.size() < query.count; ++each)
        if (asked_for(each->second, query))
            list.push_back(each->second);
    return list;
}

const Episode* EpisodeShelf::find(std::uint64_t id) const
{
    const auto found = episodes_.find(id);
    return found == episodes_.end() ? nullptr : &found->second;
}

std::vector<const Episode*> EpisodeShelf::active() const
{
    std::vector<const Episode*> list;
    for (const auto& [id, episode] : episodes_)
        if (!episode.ended)
            list.push_back(&episode);
    return list;
}

} // namespace slotscope::daemon
