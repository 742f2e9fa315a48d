// SPDX-License-Identifier: MIT
#include "serve/json.h"

#include <slotscope/api/contract.h>

namespace slotscope::serve {
namespace {

std::string_view name_of(LastIo last_io)
{
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

Json process_json(const std::optional<Process>& process)
{
    if (!process)
        return nullptr;
    Json json;
    json["pid"] = process->pid;
    json["tid"] = process->tid;
    json["name"] = process->name;
    json["unit"] = process->unit.empty() ? Json(nullptr) : Json(process->unit);
    return json;
}

Json waits_for_json(const std::optional<WaitsFor>& waits_for)
{
    if (!waits_for)
        return nullptr;
    Json json;
    json["backend"] = waits_for->backend;
    json["address"] = to_string(waits_for->address);
    json["call"] = waits_for->call.empty() ? Json(nullptr) : Json(waits_for->call);
    json["age_seconds"] = number(waits_for->age_seconds);
    json["process"] = process_json(waits_for->process);
    json["certain"] = waits_for->certain;
    return json;
}

} // namespace

// By assignment, which costs half of what an initializer list does: a page has up to 10,000 of them.
Json holder_json(const Holder& holder)
{
    Json json;
    json["backend"] = holder.backend;
    json["direction"] = to_string(holder.direction);
    const bool is_call = holder.slot == SlotKind::calls;
    json["slot"] = is_call ? "call" : "connection";
    json["state"] = is_call ? to_string(holder.call.state) : to_string(holder.state);
    json["age_seconds"] = number(holder.age_seconds);
    json["age_is_lower_bound"] = holder.age_is_lower_bound;
    json["local"] = to_string(holder.local);
    json["remote"] = to_string(holder.remote);
    json["process"] = process_json(holder.process);
    json["call"] = holder.call_label.empty() ? Json(nullptr) : Json(holder.call_label);
    json["connection_state"] = to_string(holder.state);
    json["call_state"] = to_string(holder.call.state);
    json["call_age_seconds"] = holder.call_age_seconds ? number(*holder.call_age_seconds) : Json(nullptr);
    json["protocol"] =
        holder.call.protocol == Protocol::unknown ? Json(nullptr) : Json(to_string(holder.call.protocol));
    if (holder.call.protocol == Protocol::http2)
        json["streams"] = holder.call.streams;
    if (tells_of_transactions(holder.call.protocol))
        json["in_transaction"] = holder.call.in_transaction;
    json["waits_for"] = waits_for_json(holder.waits_for);
    json["bytes_sent"] = holder.bytes_sent;
    json["bytes_received"] = holder.bytes_received;
    json["last_io"] = name_of(holder.last_io);
    json["last_io_seconds"] = holder.last_io_seconds ? number(*holder.last_io_seconds) : Json(nullptr);
    if (holder.accepted)
        json["accepted"] = *holder.accepted;
    return json;
}

std::string holders_text(const Snapshot& snapshot, std::chrono::system_clock::time_point at,
                         const HolderPage& page, const HolderQuery& query)
{
    Json json = answer(api::kHoldersSchema, at, snapshot);
    json["total"] = page.total;
    json["offset"] = query.offset;
    json["returned"] = page.holders.size();
    if (page.captured_seconds_ago)
        json["captured_seconds_ago"] = number(*page.captured_seconds_ago);
    if (page.captured_in_use)
        json["captured_in_use"] = *page.captured_in_use;

    // Holder by holder, so that a large page never is one large tree.
    std::string written = text(json);
    written.back() = ',';
    written += "\"holders\":[";
    for (std::size_t i = 0; i < page.holders.size(); ++i) {
        if (i > 0)
            written += ',';
        written += text(holder_json(page.holders[i]));
    }
    return written + "]}";
}

} // namespace slotscope::serve
