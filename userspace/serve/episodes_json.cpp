// SPDX-License-Identifier: MIT
#include "serve/json.h"

#include "base/clock.h"

#include <slotscope/api/contract.h>

namespace slotscope::serve {
namespace {

Json maybe(const std::optional<double>& value)
{
    return value ? number(*value) : Json(nullptr);
}

Json maybe(const std::string& text)
{
    return text.empty() ? Json(nullptr) : Json(text);
}

Json culprits_json(const Verdict& verdict)
{
    Json list = Json::array();
    for (const Culprit& each : verdict.culprits) {
        Json json;
        json["call"] = maybe(each.call);
        json["process"] = maybe(each.process);
        json["share"] = number(each.share);
        json["state"] = each.state;
        json["oldest_seconds"] = number(each.oldest_seconds);
        if (!each.waits_for_address.empty())
            json["waits_for"] = {{"address", each.waits_for_address}, {"call", maybe(each.waits_for_call)}};
        list.push_back(std::move(json));
    }
    return list;
}

Json dependency_json(const std::optional<Dependency>& dependency)
{
    if (!dependency)
        return nullptr;
    return {{"address", dependency->address},
            {"call", maybe(dependency->call)},
            {"backend", maybe(dependency->backend)},
            {"share", number(dependency->share)},
            {"shared", dependency->shared}};
}

Json evidence_json(const Verdict& verdict)
{
    Json json = Json::object();
    for (const auto& [name, value] : verdict.evidence)
        json[name] = number(value);
    return json;
}

Json causes_json(const Verdict& verdict)
{
    Json list = Json::array();
    for (const Contribution& each : verdict.causes)
        list.push_back(
            {{"cause", to_string(each.cause)}, {"score", number(each.score)}, {"because", each.because}});
    return list;
}

Json advice_json(const Verdict& verdict)
{
    Json list = Json::array();
    for (const Advice& each : verdict.advice)
        list.push_back({{"product", maybe(each.product)}, {"change", each.change}, {"reason", each.reason}});
    return list;
}

// What an episode is besides its verdict.
void add_facts(Json& json, const Episode& episode)
{
    json["direction"] = to_string(episode.direction);
    json["address"] = episode.address;
    json["kind"] = to_string(episode.kind);
    json["limit"] = episode.limit == 0 ? Json(nullptr) : Json(episode.limit);
    json["limit_source"] = maybe(episode.limit_source);
    json["began"] = rfc3339(episode.began);
    json["ended"] = episode.ended ? Json(rfc3339(*episode.ended)) : Json(nullptr);
    json["active"] = !episode.ended;
    json["cut_off"] = episode.cut_off;
    json["peak"] = episode.peak;
    json["limit_hits"] = episode.limit_hits;
    json["refusals"] = episode.refusals;
    json["slot_seconds"] = number(episode.slot_seconds);
    json["at_limit_seconds"] = number(episode.at_limit_seconds);
    json["linked_to"] = episode.linked_to == 0 ? Json(nullptr) : Json(episode.linked_to);
}

Json window_json(const Window& window)
{
    Json json;
    json["at"] = rfc3339(window.begin);
    json["seconds"] = number(window.seconds);
    json["in_use"] = window.in_use;
    json["peak"] = window.peak;
    json["limit"] = window.limit == 0 ? Json(nullptr) : Json(window.limit);
    json["arrivals"] = window.arrivals;
    json["completions"] = window.completions;
    json["failures"] = window.failures;
    json["refusals"] = window.refusals;
    json["at_limit_seconds"] = number(window.at_limit_seconds);
    json["slot_seconds"] = number(window.slot_seconds);
    json["hold_seconds"] = {{"mean", maybe(window.hold_mean_seconds)},
                            {"p50", maybe(window.hold_p50_seconds)},
                            {"p95", maybe(window.hold_p95_seconds)}};
    return json;
}

Json timeline_json(const Episode& episode)
{
    Json list = Json::array();
    for (const Window& window : episode.timeline)
        list.push_back(window_json(window));
    return list;
}

} // namespace

Json verdict_json(const Episode& episode)
{
    const Verdict& verdict = episode.verdict;
    Json json;
    json["backend"] = episode.backend;
    json["episode"] = episode.id;
    json["cause"] = to_string(verdict.cause);
    json["confidence"] = number(verdict.confidence);
    json["sentence"] = verdict.sentence;
    json["evidence"] = evidence_json(verdict);
    json["culprits"] = culprits_json(verdict);
    json["dependency"] = dependency_json(verdict.dependency);
    json["advice"] = advice_json(verdict);
    json["causes"] = causes_json(verdict);
    json["missing"] = verdict.missing;
    add_facts(json, episode);
    return json;
}

Json why_json(const Snapshot& snapshot, std::span<const Episode> episodes, std::span<const Episode> linked)
{
    Json json = answer(api::kWhySchema, std::chrono::system_clock::now(), snapshot);
    json["verdicts"] = Json::array();
    for (const Episode& episode : episodes) {
        Json verdict = verdict_json(episode);
        Json effects = Json::array();
        for (const Episode& each : linked)
            if (each.linked_to == episode.id)
                effects.push_back({{"episode", each.id},
                                   {"backend", each.backend},
                                   {"direction", to_string(each.direction)}});
        verdict["linked"] = std::move(effects);
        verdict["timeline"] = timeline_json(episode);
        json["verdicts"].push_back(std::move(verdict));
    }
    return json;
}

Json episodes_json(const Snapshot& snapshot, std::span<const Episode> episodes)
{
    Json json = answer(api::kEpisodesSchema, std::chrono::system_clock::now(), snapshot);
    json["episodes"] = Json::array();
    for (const Episode& episode : episodes) {
        Json row;
        row["episode"] = episode.id;
        row["backend"] = episode.backend;
        add_facts(row, episode);
        row["cause"] = to_string(episode.verdict.cause);
        row["confidence"] = number(episode.verdict.confidence);
        row["sentence"] = episode.verdict.sentence;
        json["episodes"].push_back(std::move(row));
    }
    return json;
}

std::string episode_text(const Snapshot& snapshot, const Episode& episode)
{
    Json json = answer(api::kEpisodeSchema, std::chrono::system_clock::now(), snapshot);
    json["episode"] = episode.id;
    json["verdict"] = verdict_json(episode);
    json["timeline"] = timeline_json(episode);
    json["holders_total"] = episode.holders_total;
    json["holders"] = Json::array();
    for (const Holder& holder : episode.holders)
        json["holders"].push_back(holder_json(holder));
    return text(json);
}

} // namespace slotscope::serve
