// SPDX-License-Identifier: MIT
#include "serve/json.h"

#include "base/clock.h"
#include "model/histogram.h"

#include <map>
#include <slotscope/api/contract.h>

namespace slotscope::serve {
namespace {

Json seconds(std::uint64_t ns)
{
    return number(seconds_of(ns));
}

Json slots_json(const Backend& backend)
{
    const BackendCounters& counters = backend.counters;
    const SlotUse slots = counters.slots();
    return {{"kind", to_string(slots.kind)},
            {"in_use", slots.in_use},
            {"limit", slots.limit == 0 ? Json(nullptr) : Json(slots.limit)},
            {"peak", slots.peak},
            {"limit_hits", counters.limit_hits},
            {"time_at_limit_seconds", seconds(counters.time_at_limit_ns)},
            {"at_limit", counters.at_limit},
            {"limit_source", text_or_null(backend.limit_source)}};
}

Json connections_json(const BackendCounters& counters)
{
    Json failed = Json::object();
    for (std::size_t reason = 0; reason < kFailureReasons; ++reason)
        failed[std::string(to_string(static_cast<Failure>(reason)))] = counters.failed[reason];
    return {{"open", counters.open()},   {"connecting", counters.connecting()},
            {"opened", counters.opened}, {"closed", counters.closed},
            {"older", counters.older},   {"failed", std::move(failed)}};
}

Json call_counts_json(const CallCounters& calls)
{
    Json outcomes = Json::object();
    for (std::size_t outcome = 0; outcome < kCallOutcomes; ++outcome)
        outcomes[std::string(to_string(static_cast<CallOutcome>(outcome)))] = calls.outcomes[outcome];
    const auto times = [](const Histogram& histogram) {
        const auto quantile = [&](double q) {
            return number(quantile_ns(histogram, q).value_or(0) / kNanoseconds);
        };
        return Json{{"mean", number(mean_ns(histogram).value_or(0) / kNanoseconds)},
                    {"p50", quantile(0.5)},
                    {"p90", quantile(0.9)},
                    {"p99", quantile(0.99)}};
    };
    Json json = {{"in_flight", calls.in_flight},          {"started", calls.started()},
                 {"finished", calls.finished()},          {"peak", calls.peak},
                 {"by_timing", calls.by_timing},          {"outcomes", std::move(outcomes)},
                 {"slot_seconds", seconds(calls.slot_ns)}};
    if (calls.durations.total() > 0)
        json["seconds"] = times(calls.durations);
    if (calls.first_byte.total() > 0)
        json["first_byte_seconds"] = times(calls.first_byte);
    return json;
}

Json hold_json(const HoldTimes& hold)
{
    return {{"mean", number(hold.mean)},
            {"p50", number(hold.p50)},
            {"p90", number(hold.p90)},
            {"p99", number(hold.p99)},
            {"max", number(hold.max)}};
}

Json recent_json(const std::optional<RecentHolds>& recent)
{
    if (!recent)
        return nullptr;
    const auto of_some = [&](double value) { return recent->count != 0 ? number(value) : Json(nullptr); };
    return {{"seconds", number(recent->seconds)}, {"count", recent->count},
            {"mean", of_some(recent->mean)},      {"p50", of_some(recent->p50)},
            {"p90", of_some(recent->p90)},        {"p99", of_some(recent->p99)}};
}

Json accept_wait_json(const Histogram& waits)
{
    const auto quantile = [&](double q) { return number(quantile_ns(waits, q).value_or(0) / kNanoseconds); };
    return {{"count", waits.total()},
            {"mean", number(mean_ns(waits).value_or(0) / kNanoseconds)},
            {"p50", quantile(0.5)},
            {"p90", quantile(0.9)},
            {"p99", quantile(0.99)}};
}

Json backend_json(const Backend& backend)
{
    const BackendCounters& counters = backend.counters;
    Json json = {
        {"name", backend.name}, {"address", backend.address}, {"direction", to_string(counters.direction)}};
    if (!backend.members.empty())
        json["members"] = backend.members;
    if (!backend.netns.empty())
        json["namespace"] = backend.netns;
    json["slots"] = slots_json(backend);
    json["connections"] = connections_json(counters);
    json["calls"] = call_counts_json(counters.calls);
    if (counters.direction == Direction::inbound)
        json["listeners"] = counters.listeners;
    json["arrivals_per_second"] = number(backend.arrivals_per_second);
    if (backend.hold)
        json["hold_seconds"] = hold_json(*backend.hold);
    json["recent_hold_seconds"] = recent_json(backend.recent_holds);
    if (counters.direction == Direction::inbound && counters.accept_wait.total() > 0)
        json["accept_wait_seconds"] = accept_wait_json(counters.accept_wait);
    json["slot_seconds"] = seconds(counters.slots().slot_ns);
    return json;
}

Json generations_json(const std::vector<Generation>& generations)
{
    Json list = Json::array();
    for (const Generation& each : generations) {
        const auto since_epoch = std::chrono::duration_cast<std::chrono::system_clock::duration>(
            std::chrono::nanoseconds(each.started_ns));
        list.push_back({{"started_at", rfc3339(std::chrono::system_clock::time_point(since_epoch))},
                        {"pids", each.pids},
                        {"newest", each.newest},
                        {"slots", each.slots == 0 ? Json(nullptr) : Json(each.slots)},
                        {"in_use", each.in_use}});
    }
    return list;
}

// What a larger limit is written into; null where the slots are the number that is written.
Json setting_json(const LimitSetting& setting)
{
    if (setting.name.empty() && setting.slots_each == 1)
        return nullptr;
    return {{"name", text_or_null(setting.name)},
            {"value", setting.name.empty() ? Json(nullptr) : Json(setting.value)},
            {"slots_each", setting.slots_each == 0 ? Json(nullptr) : Json(setting.slots_each)}};
}

// How the limit was found; null for one that was given.
Json origin_json(const LimitOrigin& origin)
{
    if (origin.product.empty())
        return nullptr;
    return {{"product", origin.product},
            {"pid", origin.pid},
            {"rule", origin.rule},
            {"certainty", to_string(origin.certainty)},
            {"doubt", text_or_null(origin.doubt)},
            {"live", text_or_null(origin.live)},
            {"setting", setting_json(origin.setting)},
            {"generations", generations_json(origin.generations)},
            {"arithmetic", origin.arithmetic}};
}

// Of a limit: those whose `group` is its position + 1.
using ByLimit = std::multimap<std::size_t, const Backend*>;

Json limit_json(const LimitView& view, std::size_t index, const ByLimit& by_limit)
{
    const Limit& limit = view.limit;
    Json addresses = Json::array();
    for (const Endpoint& address : limit.addresses)
        addresses.push_back(to_string(address));
    Json backends = Json::array();
    const auto [first, end] = by_limit.equal_range(index + 1);
    for (auto each = first; each != end; ++each) {
        const Backend& backend = *each->second;
        backends.push_back({{"name", backend.name},
                            {"direction", to_string(backend.counters.direction)},
                            {"address", backend.address},
                            {"in_use", backend.counters.slots().in_use}});
    }
    return {{"name", limit.name},
            {"addresses", std::move(addresses)},
            {"slots", limit.slots},
            {"kind", to_string(limit.kind)},
            {"direction", limit.direction ? Json(to_string(*limit.direction)) : Json(nullptr)},
            {"source", limit.source},
            {"note", view.note},
            {"origin", origin_json(limit.origin)},
            {"backends", std::move(backends)}};
}

} // namespace

Json backends_json(const Snapshot& snapshot, std::span<const Backend* const> backends)
{
    Json json = answer(api::kBackendsSchema, snapshot.at, snapshot);
    Json& list = json["backends"] = Json::array();
    for (const Backend* backend : backends)
        list.push_back(backend_json(*backend));
    return json;
}

Json limits_json(const Snapshot& snapshot, std::span<const LimitView> limits,
                 std::span<const NotUnderstood> not_understood)
{
    Json json = answer(api::kLimitsSchema, snapshot.at, snapshot);
    ByLimit by_limit;
    for (const Backend& backend : snapshot.backends)
        by_limit.emplace(backend.counters.group, &backend);
    Json& list = json["limits"] = Json::array();
    for (std::size_t index = 0; index < limits.size(); ++index)
        list.push_back(limit_json(limits[index], index, by_limit));
    Json& rest = json["not_understood"] = Json::array();
    for (const NotUnderstood& each : not_understood)
        rest.push_back(
            {{"product", each.product}, {"source", each.source}, {"text", each.text}, {"why", each.why}});
    return json;
}

} // namespace slotscope::serve
