// SPDX-License-Identifier: MIT
#include "serve/episode_handlers.h"

#include "base/parse_time.h"
#include "serve/json.h"

#include <algorithm>
#include <charconv>
#include <slotscope/api/contract.h>

namespace slotscope::serve {
namespace {

Result<std::uint64_t> whole_number(const std::string& name, const std::string& value, std::uint64_t least,
                                   std::uint64_t most)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < least || number > most)
        return Error{"\"" + value + "\" is not a " + name + ": give a number from " + std::to_string(least) +
                     " to " + std::to_string(most)};
    return number;
}

const std::string* parameter(const Target& target, const char* name)
{
    const auto found = target.parameters.find(name);
    return found == target.parameters.end() ? nullptr : &found->second;
}

Reply no_such_episode(Provider& provider, std::uint64_t id)
{
    const auto known = provider.episodes({});
    return error_reply(
        kNotFound,
        "there is no episode " + std::to_string(id) +
            (known.empty() ? "; there was none yet" : "; the newest is " + std::to_string(known.front().id)));
}

Result<EpisodeQuery> query_of(const Target& target)
{
    EpisodeQuery query;
    query.count = api::kDefaultEpisodeCount;
    for (const auto& [name, value] : target.parameters) {
        if (name == "backend") {
            query.backend = value;
        } else if (name == "count") {
            const auto count = whole_number("count", value, 1, api::kMostEpisodeCount);
            if (!count)
                return count.error();
            query.count = *count;
        } else {
            const auto time = parse_rfc3339(value);
            if (!time)
                return Error{name + ": " + time.error().message};
            (name == "since" ? query.since : query.until) = *time;
        }
    }
    return query;
}

bool knows_backend(Provider& provider, const std::string& backend)
{
    const auto snapshot = provider.snapshot();
    return std::any_of(snapshot->backends.begin(), snapshot->backends.end(), [&](const Backend& each) {
        return each.name == backend || each.address == backend ||
               std::find(each.members.begin(), each.members.end(), backend) != each.members.end();
    });
}

// Those that say something of their own: not those whose cause lies in another one that is here, too.
std::vector<Episode> without_effects(const std::vector<Episode>& episodes)
{
    std::vector<Episode> roots;
    for (const Episode& each : episodes)
        if (each.linked_to == 0 || std::none_of(episodes.begin(), episodes.end(), [&](const Episode& other) {
                return other.id == each.linked_to;
            }))
            roots.push_back(each);
    return roots;
}

Reply why_id(Provider& provider, const std::string& text_of_id, const std::string* backend)
{
    const auto id = whole_number("number of an episode", text_of_id, 1, UINT64_MAX);
    if (!id)
        return error_reply(kBadRequest, id.error().message);
    const auto found = provider.episode(*id);
    if (!found)
        return no_such_episode(provider, *id);
    if (backend && *backend != found->backend && *backend != found->address)
        return error_reply(kNotFound, "episode " + std::to_string(*id) + " is of " + found->backend +
                                          ", not of \"" + *backend + "\"; leave the backend out");
    const std::vector<Episode> one = {*found};
    return json_reply(text(why_json(*provider.snapshot(), one, provider.episodes({}))));
}

} // namespace

Reply why(Provider& provider, const Target& target)
{
    if (const std::string* const id = parameter(target, "id"))
        return why_id(provider, *id, parameter(target, "backend"));
    EpisodeQuery query;
    if (const std::string* const backend = parameter(target, "backend"))
        query.backend = *backend;
    // Asked for by themselves: however many have come and gone since, one that lasts is told.
    query.active = true;
    const std::vector<Episode> active = provider.episodes(query);
    query.active = false;
    const std::vector<Episode> all = active.empty() ? provider.episodes(query) : active;
    if (!query.backend.empty() && all.empty() && !knows_backend(provider, query.backend))
        return error_reply(kNotFound,
                           "there is no backend \"" + query.backend +
                               "\" and no episode of it; `slotscope backends` shows what there is");
    if (active.empty() && !all.empty()) { // the newest that is over, with what belongs to it
        std::vector<Episode> shown;
        const std::vector<Episode> roots = without_effects(all);
        shown.push_back(*std::max_element(roots.begin(), roots.end(), [](const Episode& a, const Episode& b) {
            return *a.ended < *b.ended;
        }));
        return json_reply(text(why_json(*provider.snapshot(), shown, all)));
    }
    // Who asks for a backend wants its verdict, wherever the cause lies.
    const std::vector<Episode> told = without_effects(active);
    return json_reply(text(why_json(*provider.snapshot(), told, active)));
}

Reply episodes(Provider& provider, const Target& target)
{
    const auto query = query_of(target);
    if (!query)
        return error_reply(kBadRequest, query.error().message);
    return json_reply(text(episodes_json(*provider.snapshot(), provider.episodes(*query))));
}

Reply episode(Provider& provider, const Target& target)
{
    const std::string* const given = parameter(target, "id");
    if (!given)
        return error_reply(kBadRequest, "which episode? give id=N; /v1/episodes lists them");
    const auto id = whole_number("number of an episode", *given, 1, UINT64_MAX);
    if (!id)
        return error_reply(kBadRequest, id.error().message);
    const auto found = provider.episode(*id);
    if (!found)
        return no_such_episode(provider, *id);
    return json_reply(episode_text(*provider.snapshot(), *found));
}

} // namespace slotscope::serve
