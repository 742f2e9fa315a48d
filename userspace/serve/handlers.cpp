// SPDX-License-Identifier: MIT
#include "serve/handlers.h"

#include "serve/connection.h"
#include "serve/episode_handlers.h"
#include "serve/event_hub.h"
#include "serve/json.h"

#include <algorithm>
#include <charconv>
#include <span>

namespace slotscope::serve {
namespace {

struct Context {
    Provider& provider;
    EventHub& events;
};

constexpr unsigned kTooMany = 503;

Reply status(Context& context, const Target&)
{
    return json_reply(text(status_json(*context.provider.snapshot())));
}

// For a name that no backend has. One of a limit is not wrong: nobody has connected to its addresses yet, or
// they are others.
Reply no_backend(const Context& context, const std::string& name, const std::string& otherwise)
{
    for (const LimitView& view : context.provider.limits()) {
        if (view.limit.name != name)
            continue;
        std::string addresses;
        for (const Endpoint& each : view.limit.addresses)
            addresses += (addresses.empty() ? "" : ", ") + to_string(each);
        return error_reply(kNotFound, "no connection of \"" + name + "\" has been seen yet; its limit (" +
                                          view.limit.source + ") is of " + addresses);
    }
    return error_reply(kNotFound, otherwise);
}

bool is_known(const Snapshot& snapshot, const std::string& name)
{
    return std::any_of(snapshot.backends.begin(), snapshot.backends.end(),
                       [&](const Backend& each) { return each.name == name; });
}

Reply not_found(const Context& context, const std::string& name, const Error& error)
{
    if (is_known(*context.provider.snapshot(), name))
        return error_reply(kNotFound, error.message);
    return no_backend(context, name, error.message);
}

Reply backends(Context& context, const Target& target)
{
    const auto snapshot = context.provider.snapshot();
    const auto wanted = target.parameters.find("backend");
    std::vector<const Backend*> shown;
    for (const Backend& backend : snapshot->backends)
        if (wanted == target.parameters.end() || backend.name == wanted->second ||
            backend.address == wanted->second)
            shown.push_back(&backend);
    if (wanted != target.parameters.end() && shown.empty())
        return no_backend(context, wanted->second,
                          "there is no backend \"" + wanted->second +
                              "\"; known: " + known_names(snapshot->backends));
    return json_reply(text(backends_json(*snapshot, shown)));
}

Result<std::size_t> number_between(const std::string& name, const std::string& value, std::size_t least,
                                   std::size_t most)
{
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < least || number > most)
        return Error{name + " is \"" + value + "\": give a number from " + std::to_string(least) + " to " +
                     std::to_string(most)};
    return number;
}

Result<void> set_parameter(HolderQuery& query, const std::string& name, const std::string& value)
{
    if (name == "backend") {
        query.backend = value;
    } else if (name == "direction") {
        if (value != to_string(Direction::outbound) && value != to_string(Direction::inbound))
            return Error{"\"" + value + "\" is not a direction: give outbound or inbound"};
        query.direction = value == to_string(Direction::outbound) ? Direction::outbound : Direction::inbound;
    } else if (name == "captured") {
        if (value != "0" && value != "1")
            return Error{"captured is 1 (the holders at the last limit hit) or 0 (those of now), not \"" +
                         value + "\""};
        query.captured = value == "1";
    } else {
        const bool is_count = name == "count";
        const auto number = is_count ? number_between(name, value, 1, api::kMostHolderCount)
                                     : number_between(name, value, 0, SIZE_MAX);
        if (!number)
            return Error{number.error().message + (is_count ? "; page with offset" : "")};
        (is_count ? query.count : query.offset) = *number;
    }
    return {};
}

Reply holders(Context& context, const Target& target)
{
    HolderQuery query;
    query.count = api::kDefaultHolderCount;
    for (const auto& [name, value] : target.parameters)
        if (const auto set = set_parameter(query, name, value); !set)
            return error_reply(kBadRequest, set.error().message);

    const auto page = context.provider.holders(query);
    if (!page &&
        page.error().code != 0) // an errno: reading failed, else the query asked for what there is not
        return error_reply(kFailed, page.error().message);
    if (!page)
        return not_found(context, query.backend, page.error());
    return json_reply(
        holders_text(*context.provider.snapshot(), std::chrono::system_clock::now(), *page, query));
}

Result<CallsQuery> calls_query(const Target& target)
{
    CallsQuery query;
    query.seconds = api::kMostCallsSeconds;
    for (const auto& [name, value] : target.parameters) {
        if (name == "seconds") {
            const auto seconds = number_between(name, value, 1, api::kMostCallsSeconds);
            if (!seconds)
                return seconds.error();
            query.seconds = static_cast<std::uint32_t>(*seconds);
            continue;
        }
        HolderQuery same; // names and values are checked alike
        if (const auto set = set_parameter(same, name, value); !set)
            return set.error();
        if (name == "backend")
            query.backend = same.backend;
        else
            query.direction = same.direction;
    }
    return query;
}

Reply calls(Context& context, const Target& target)
{
    const auto query = calls_query(target);
    if (!query)
        return error_reply(kBadRequest, query.error().message);
    const auto page = context.provider.calls(*query);
    if (!page)
        return not_found(context, query->backend, page.error());
    return json_reply(text(calls_json(*context.provider.snapshot(), *page)));
}

Reply recording(Context& context, const Target& target)
{
    const auto query = calls_query(target);
    if (!query)
        return error_reply(kBadRequest, query.error().message);
    const auto page = context.provider.recording(*query);
    if (!page)
        return not_found(context, query->backend, page.error());
    return json_reply(text(recording_json(*context.provider.snapshot(), *page)));
}

Reply limits(Context& context, const Target&)
{
    return json_reply(text(limits_json(*context.provider.snapshot(), context.provider.limits(),
                                       context.provider.not_understood())));
}

Reply why_slots_ran_out(Context& context, const Target& target)
{
    return why(context.provider, target);
}

Reply list_episodes(Context& context, const Target& target)
{
    return episodes(context.provider, target);
}

Reply one_episode(Context& context, const Target& target)
{
    return episode(context.provider, target);
}

Reply events(Context& context, const Target&)
{
    if (context.events.full())
        return error_reply(kTooMany, "all " + std::to_string(context.events.subscribers()) +
                                         " places for event streams are taken; end one of them");
    Reply reply;
    reply.content_type = "application/x-ndjson";
    reply.take_over = [&hub = context.events](TakenConnection connection) {
        hub.subscribe(std::move(connection));
    };
    return reply;
}

constexpr std::string_view kCallsParameters[] = {"backend", "direction", "seconds"};
constexpr std::string_view kRecordingParameters[] = {"backend", "direction"};
constexpr std::string_view kBackendsParameters[] = {"backend"};
constexpr std::string_view kHoldersParameters[] = {"backend", "direction", "count", "offset", "captured"};

constexpr std::string_view kWhyParameters[] = {"backend", "id"};
constexpr std::string_view kEpisodesParameters[] = {"backend", "since", "until", "count"};
constexpr std::string_view kEpisodeParameters[] = {"id"};

struct Route {
    std::string_view path;
    Reply (*answer)(Context&, const Target&);
    std::span<const std::string_view> parameters;
};

constexpr Route kRoutes[] = {
    {api::kStatusPath, status, {}},
    {api::kBackendsPath, backends, kBackendsParameters},
    {api::kHoldersPath, holders, kHoldersParameters},
    {api::kCallsPath, calls, kCallsParameters},
    {api::kRecordingPath, recording, kRecordingParameters},
    {api::kLimitsPath, limits, {}},
    {api::kWhyPath, why_slots_ran_out, kWhyParameters},
    {api::kEpisodesPath, list_episodes, kEpisodesParameters},
    {api::kEpisodePath, one_episode, kEpisodeParameters},
    {api::kEventsPath, events, {}}, // a stream
};

Result<void> check_parameters(const Route& route, const Target& target)
{
    for (const auto& [name, value] : target.parameters) {
        if (std::find(route.parameters.begin(), route.parameters.end(), name) != route.parameters.end())
            continue;
        std::string known;
        for (const std::string_view parameter : route.parameters)
            known += (known.empty() ? "" : ", ") + std::string(parameter);
        return Error{"unknown parameter \"" + name + "\" of " + std::string(route.path) + "; it takes " +
                     (known.empty() ? "none" : known)};
    }
    return {};
}

Reply answer_api(Context& context, const Target& target)
{
    for (const Route& route : kRoutes) {
        if (route.path != target.path)
            continue;
        if (const auto checked = check_parameters(route, target); !checked)
            return error_reply(kBadRequest, checked.error().message);
        return route.answer(context, target);
    }
    return error_reply(kNotFound, "there is no \"" + target.path + "\" here; there are " + paths_of(kRoutes));
}

} // namespace

Handler api_handler(Provider& provider, EventHub& events)
{
    return [context = Context{provider, events}](const Target& target) mutable {
        return answer_api(context, target);
    };
}

} // namespace slotscope::serve
