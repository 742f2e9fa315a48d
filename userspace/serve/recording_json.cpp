// SPDX-License-Identifier: MIT
#include "serve/json.h"

#include <slotscope/api/contract.h>

namespace slotscope::serve {
namespace {

Json text_or_null(const std::string& value)
{
    return value.empty() ? Json(nullptr) : Json(value);
}

Json waits_for_json(const RecordedUser& recorded)
{
    const SlotUser& user = recorded.user;
    if (user.waits_for_address.empty())
        return nullptr;
    return {{"address", user.waits_for_address},
            {"call", text_or_null(user.waits_for_call)},
            {"certain", recorded.certain}};
}

Json user_json(const RecordedUser& recorded)
{
    const SlotUser& user = recorded.user;
    return {{"process", text_or_null(user.process)},
            {"call", text_or_null(user.call)},
            {"protocol", text_or_null(std::string(to_string(user.protocol)))},
            {"state", user.state},
            {"waits_for", waits_for_json(recorded)},
            {"slot_seconds", number(recorded.slot_seconds)}};
}

Json backend_json(const RecordedBackend& backend)
{
    Json json = {{"name", backend.backend},
                 {"address", backend.address},
                 {"direction", to_string(backend.direction)},
                 {"slot_seconds", number(backend.slot_seconds)},
                 {"sampled_slot_seconds", number(backend.sampled_slot_seconds)},
                 {"other_slot_seconds", number(backend.other_slot_seconds)}};
    Json& users = json["users"] = Json::array();
    for (const RecordedUser& user : backend.users)
        users.push_back(user_json(user));
    return json;
}

} // namespace

Json recording_json(const Snapshot& snapshot, const RecordingPage& page)
{
    Json json = answer(api::kRecordingSchema, snapshot.at, snapshot);
    json["recording"] = page.began_ns;
    json["seconds"] = number(page.seconds);
    json["looks"] = page.looks;
    Json& backends = json["backends"] = Json::array();
    for (const RecordedBackend& backend : page.backends)
        backends.push_back(backend_json(backend));
    return json;
}

} // namespace slotscope::serve
