// SPDX-License-Identifier: MIT
// Model values as the JSON of the contract. Times are seconds, sizes bytes; keys keep the order they are
// written in. A double that is not finite is null: unknown, never a wrong number.
#pragma once

#include "model/episode.h"
#include "model/event.h"
#include "model/holder.h"
#include "model/limit.h"
#include "model/recording.h"
#include "model/slot_shares.h"
#include "model/snapshot.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace slotscope::serve {

using Json = nlohmann::ordered_json;

// Answers of the API. Those that carry backends take the ones to show, out of the snapshot.
Json backends_json(const Snapshot& snapshot, std::span<const Backend* const> backends);
Json limits_json(const Snapshot& snapshot, std::span<const LimitView> limits,
                 std::span<const NotUnderstood> not_understood = {});
Json recording_json(const Snapshot& snapshot, const RecordingPage& page);
Json calls_json(const Snapshot& snapshot, const CallsPage& page);
Json status_json(const Snapshot& snapshot);

// The answer as text, since it may be large. `at`: when the page was read; what the snapshot lacks, the page
// lacks too.
std::string holders_text(const Snapshot& snapshot, std::chrono::system_clock::time_point at,
                         const HolderPage& page, const HolderQuery& query);

Json holder_json(const Holder& holder);

// The verdicts of `episodes`; `linked` are those among which what has its cause in one of them is looked for.
Json why_json(const Snapshot& snapshot, std::span<const Episode> episodes, std::span<const Episode> linked);
Json verdict_json(const Episode& episode);
Json episodes_json(const Snapshot& snapshot, std::span<const Episode> episodes);
std::string episode_text(const Snapshot& snapshot, const Episode& episode);

Json event_json(const Event& event);
Json error_json(std::string_view message);

// An answer's common head: schema, at, complete, losses.
Json answer(std::string_view schema, std::chrono::system_clock::time_point at, const Snapshot& snapshot);

// The value, or null where it is not finite.
Json number(double value);
Json text_or_null(const std::string& value); // null where it is empty

// One line without its end. Bytes that are not UTF-8 become U+FFFD.
std::string text(const Json& json);

} // namespace slotscope::serve
