// SPDX-License-Identifier: MIT
// Answers as the agent gives them.
#pragma once

#include "cli/json.h"

#include <string>
#include <utility>
#include <vector>

namespace slotscope::cli::test {

// What answers take their elements as. Not Json: compilers do not agree whether {element} is then a list of
// one or the element itself.
using JsonList = std::vector<Json>;

inline Json envelope(const char* schema)
{
    return Json{{"schema", schema},
                {"at", "2026-01-31T08:15:30.250Z"},
                {"complete", true},
                {"losses", Json::object()}};
}

inline Json backend(const std::string& name, const std::string& address, std::uint64_t in_use, Json limit,
                    const std::string& direction = "outbound")
{
    const bool full = limit.is_number() && in_use >= limit.get<std::uint64_t>();
    return Json{{"name", name},
                {"address", address},
                {"direction", direction},
                {"slots",
                 {{"kind", "connections"},
                  {"in_use", in_use},
                  {"limit", limit},
                  {"peak", in_use},
                  {"limit_hits", full ? 2 : 0},
                  {"time_at_limit_seconds", full ? 0.41 : 0.0},
                  {"limit_source", nullptr},
                  {"at_limit", full}}},
                {"connections",
                 {{"open", in_use},
                  {"connecting", 0},
                  {"opened", 100},
                  {"closed", 95},
                  {"older", 0},
                  {"failed", {{"refused", 1}, {"timed_out", 2}}}}},
                {"arrivals_per_second", 12.5},
                {"hold_seconds", {{"mean", 0.24}, {"p50", 0.2}, {"p90", 0.4}, {"p99", 1.9}, {"max", 3.1}}},
                {"slot_seconds", 215.8}};
}

inline Json idle_backend(const std::string& address)
{
    Json idle = backend(address, address, 0, nullptr);
    idle["arrivals_per_second"] = 0;
    return idle;
}

inline Json backends(JsonList list)
{
    Json answer = envelope("slotscope.backends/1");
    answer["backends"] = std::move(list);
    return answer;
}

inline Json holder(double age, const std::string& process, const std::string& name = "app1")
{
    Json who = nullptr;
    if (!process.empty())
        who = Json{{"pid", 812}, {"tid", 812}, {"name", process}, {"unit", nullptr}};
    return Json{{"backend", name},
                {"direction", "outbound"},
                {"slot", "connection"},
                {"state", "established"},
                {"age_seconds", age},
                {"age_is_lower_bound", false},
                {"local", "127.0.0.1:41234"},
                {"remote", "127.0.0.1:8081"},
                {"process", who},
                {"call", nullptr},
                {"waits_for", nullptr},
                {"bytes_sent", 118},
                {"bytes_received", 0},
                {"last_io", "sent"},
                {"last_io_seconds", 3.2}};
}

inline Json holders(JsonList list)
{
    Json answer = envelope("slotscope.holders/1");
    const std::size_t size = list.size();
    answer["holders"] = std::move(list);
    answer["total"] = size;
    answer["offset"] = 0;
    answer["returned"] = size;
    return answer;
}

inline Json share(double slot_seconds, Json call, const std::string& state = "waiting",
                  Json waits_for = nullptr)
{
    return Json{{"call", call},
                {"process", "haproxy"},
                {"protocol", state == "idle" ? Json(nullptr) : Json("http")},
                {"state", state},
                {"slot_seconds", slot_seconds},
                {"share", slot_seconds / 100},
                {"average_in_use", slot_seconds / 50},
                {"oldest_seconds", 3.2},
                {"waits_for", std::move(waits_for)}};
}

inline Json waits_for(const std::string& address, Json call = nullptr, bool certain = true)
{
    return Json{{"address", address}, {"call", std::move(call)}, {"certain", certain}};
}

inline Json named(Json call, std::uint64_t count, double mean_seconds = 0.5, double p99_seconds = 1.9)
{
    return Json{{"call", std::move(call)},
                {"process", "haproxy"},
                {"protocol", "http"},
                {"slot_seconds", 1.0},
                {"share", 0.01},
                {"count", count},
                {"mean_seconds", mean_seconds},
                {"p99_seconds", p99_seconds}};
}

inline Json with_counts(Json backend, JsonList by_call, bool exact = true)
{
    backend["counted"] = {{"exact", exact}, {"calls", 500}, {"lost", exact ? 0 : 7}, {"nameless", 0}};
    backend["by_call"] = std::move(by_call);
    return backend;
}

inline Json calls_of(const std::string& name, JsonList shares, Json limit = 8)
{
    return Json{{"name", name},
                {"address", "127.0.0.1:8081"},
                {"direction", "outbound"},
                {"kind", "calls"},
                {"limit", std::move(limit)},
                {"seconds", 300.0},
                {"slot_seconds", 215.8},
                {"average_in_use", 0.72},
                {"calls",
                 {{"started", 900},
                  {"finished", 897},
                  {"in_flight", 3},
                  {"mean_seconds", 0.24},
                  {"p99_seconds", 1.9}}},
                {"sampled_seconds", 50.0},
                {"sampled_slot_seconds", 100.0},
                {"other_slot_seconds", 0.0},
                {"shares", std::move(shares)}};
}

inline Json calls(JsonList list)
{
    Json answer = envelope("slotscope.calls/1");
    answer["window_seconds"] = 300;
    answer["looks"] = 300;
    answer["backends"] = std::move(list);
    return answer;
}

inline Json limit(const std::string& name, const std::string& note = "")
{
    return Json{{"name", name},         {"addresses", {"127.0.0.1:8081"}},
                {"slots", 8},           {"kind", "connections"},
                {"direction", nullptr}, {"source", "slotscope.toml:12"},
                {"note", note},         {"backends", Json::array()}};
}

inline Json limits(JsonList list)
{
    Json answer = envelope("slotscope.limits/1");
    answer["limits"] = std::move(list);
    return answer;
}

inline Json lossy(Json answer)
{
    answer["complete"] = false;
    answer["losses"] = Json{{"connections_full", 12}};
    return answer;
}

} // namespace slotscope::cli::test
