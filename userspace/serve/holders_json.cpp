// SPDX-License-Identifier: MIT
#include "serve/json.h"

#include <slotscope/api/contract.h>

namespace slotscope::serve {
namespace {

std::string_view name_of(LastIo last_io) {
    switch (last_io) {
    case LastIo::none:
        return "none";
    case LastIo::sent:
        return "sent";
    case LastIo::received:
        return "received";
    }
    return "none";
}

Json process_json(const std::optional<Process>& process) {
    if (!process)
        return nullptr;
    return {{"pid", process->pid},
            {"tid", process->tid},
            {"name", process->name},
            {"unit", process->unit.empty() ? Json(nullptr) : Json(process->unit)}};
}

Json holder_json(const Holder& holder) {
    Json json = {
        {"backend", holder.backend},
        {"direction", to_string(holder.direction)},
        {"slot", "connection"},
        {"state", to_string(holder.state)},
        {"age_seconds", number(holder.age_seconds)},
        {"age_is_lower_bound", holder.age_is_lower_bound},
        {"local", to_string(holder.local)},
        {"remote", to_string(holder.remote)},
        {"process", process_json(holder.process)},
        {"call", nullptr},
        {"waits_for", nullptr},
        {"bytes_sent", holder.bytes_sent},
        {"bytes_received", holder.bytes_received},
        {"last_io", name_of(holder.last_io)},
        {"last_io_seconds", holder.last_io_seconds ? number(*holder.last_io_seconds) : Json(nullptr)}};
    if (holder.accepted)
        json["accepted"] = *holder.accepted;
    return json;
}

} // namespace

Json holders_json(const Snapshot& snapshot, std::chrono::system_clock::time_point at, const HolderPage& page,
                  const HolderQuery& query) {
    Json json = answer(api::kHoldersSchema, at, snapshot);
    json["total"] = page.total;
    json["offset"] = query.offset;
    json["returned"] = page.holders.size();
    if (page.captured_seconds_ago)
        json["captured_seconds_ago"] = number(*page.captured_seconds_ago);
    if (page.captured_in_use)
        json["captured_in_use"] = *page.captured_in_use;
    Json& list = json["holders"] = Json::array();
    for (const Holder& holder : page.holders)
        list.push_back(holder_json(holder));
    return json;
}

} // namespace slotscope::serve
