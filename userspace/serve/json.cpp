// SPDX-License-Identifier: MIT
#include "serve/json.h"

#include "base/clock.h"

#include <slotscope/api/contract.h>

#include <cmath>

namespace slotscope::serve {

Json number(double value)
{
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json text_or_null(const std::string& value)
{
    return value.empty() ? Json(nullptr) : Json(value);
}

std::string text(const Json& json)
{
    constexpr int kOneLine = -1;
    return json.dump(kOneLine, ' ', false, Json::error_handler_t::replace);
}

Json answer(std::string_view schema, std::chrono::system_clock::time_point at, const Snapshot& snapshot)
{
    const auto counts = [](const std::vector<Reason>& reasons) {
        Json json = Json::object();
        for (const Reason& loss : reasons)
            if (loss.count != 0)
                json[loss.name] = loss.count;
        return json;
    };
    Json json = {{"schema", schema},
                 {"at", rfc3339(at)},
                 {"complete", snapshot.complete()},
                 {"losses", counts(snapshot.losses)}};
    if (!snapshot.complete())
        json["losses_recent"] = counts(snapshot.losses_recent);
    return json;
}

Json event_json(const Event& event)
{
    Json json = {{"schema", api::kEventSchema}, {"at", rfc3339(event.at)}, {"event", event.kind}};
    if (!event.backend.empty())
        json["backend"] = event.backend;
    if (!event.direction.empty())
        json["direction"] = event.direction;
    json["text"] = event.text;
    // emplace leaves a key that is there: a number never hides one of the contract's own.
    for (const auto& [name, value] : event.numbers)
        json.emplace(name, value);
    if (event.seconds)
        json.emplace("seconds", number(*event.seconds));
    return json;
}

Json error_json(std::string_view message)
{
    return {{"schema", api::kErrorSchema}, {"error", message}};
}

} // namespace slotscope::serve
