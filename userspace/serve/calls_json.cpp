// SPDX-License-Identifier: MIT
#include "serve/json.h"

#include <slotscope/api/contract.h>

namespace slotscope::serve {
namespace {

Json waits_for_json(const SlotShare& share)
{
    if (share.user.waits_for_address.empty())
        return nullptr;
    return {{"address", share.user.waits_for_address},
            {"call", text_or_null(share.user.waits_for_call)},
            {"certain", share.certain}};
}

Json share_json(const SlotShare& share, double sampled_seconds)
{
    return {{"call", text_or_null(share.user.call)},
            {"process", text_or_null(share.user.process)},
            {"protocol", text_or_null(std::string(to_string(share.user.protocol)))},
            {"state", share.user.state},
            {"slot_seconds", number(share.slot_seconds)},
            {"share", number(share.share)},
            {"average_in_use", number(sampled_seconds > 0 ? share.slot_seconds / sampled_seconds : 0)},
            {"oldest_seconds", number(share.oldest_seconds)},
            {"waits_for", waits_for_json(share)}};
}

Json optional_json(const std::optional<double>& value)
{
    return value ? number(*value) : Json(nullptr);
}

Json named_json(const NamedCalls& calls)
{
    return {{"call", text_or_null(calls.call)},
            {"process", text_or_null(calls.process)},
            {"protocol", text_or_null(std::string(to_string(calls.protocol)))},
            {"slot_seconds", number(calls.slot_seconds)},
            {"share", number(calls.share)},
            {"count", calls.count},
            {"mean_seconds", optional_json(calls.mean_seconds)},
            {"p99_seconds", optional_json(calls.p99_seconds)}};
}

Json backend_json(const BackendCalls& calls)
{
    Json json = {{"name", calls.backend},
                 {"address", calls.address},
                 {"direction", to_string(calls.direction)},
                 {"kind", to_string(calls.kind)},
                 {"limit", calls.limit == 0 ? Json(nullptr) : Json(calls.limit)},
                 {"seconds", number(calls.seconds)},
                 {"slot_seconds", number(calls.slot_seconds)},
                 {"average_in_use", number(calls.seconds > 0 ? calls.slot_seconds / calls.seconds : 0)},
                 {"calls",
                  {{"started", calls.calls_started},
                   {"finished", calls.calls_finished},
                   {"in_flight", calls.calls_in_flight},
                   {"mean_seconds", optional_json(calls.mean_seconds)},
                   {"p99_seconds", optional_json(calls.p99_seconds)}}},
                 {"sampled_seconds", number(calls.sampled_seconds)},
                 {"sampled_slot_seconds", number(calls.sampled_slot_seconds)},
                 {"other_slot_seconds", number(calls.other_slot_seconds)}};
    Json& shares = json["shares"] = Json::array();
    for (const SlotShare& share : calls.shares)
        shares.push_back(share_json(share, calls.sampled_seconds));
    json["counted"] = {{"exact", calls.counts_exact},
                       {"calls", calls.calls_told},
                       {"lost", calls.calls_lost},
                       {"nameless", calls.nameless_count}};
    Json& by_call = json["by_call"] = Json::array();
    for (const NamedCalls& each : calls.by_call)
        by_call.push_back(named_json(each));
    return json;
}

} // namespace

Json calls_json(const Snapshot& snapshot, const CallsPage& page)
{
    Json json = answer(api::kCallsSchema, snapshot.at, snapshot);
    json["window_seconds"] = page.seconds;
    json["looks"] = page.looks;
    Json& backends = json["backends"] = Json::array();
    for (const BackendCalls& calls : page.backends)
        backends.push_back(backend_json(calls));
    return json;
}

} // namespace slotscope::serve
