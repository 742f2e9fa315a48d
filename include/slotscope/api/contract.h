// SPDX-License-Identifier: MIT
// What daemon and client agree on: paths, schemas, sizes, exit codes. HTTP/1.1 over a Unix stream socket,
// GET only, JSON answers; `curl --unix-socket /run/slotscope/slotscope.sock http://slotscope/v1/backends`
// works.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace slotscope::api {

inline constexpr std::string_view kDefaultSocket = "/run/slotscope/slotscope.sock";
inline constexpr std::string_view kDefaultMetrics = "127.0.0.1:10048";
inline constexpr std::string_view kDefaultState = "/var/lib/slotscope";
inline constexpr std::string_view kGroup = "slotscope"; // owns the socket where it exists

// Paths.
inline constexpr std::string_view kStatusPath = "/v1/status";
inline constexpr std::string_view kBackendsPath = "/v1/backends"; // ?backend=NAME
inline constexpr std::string_view kHoldersPath =
    "/v1/holders"; // ?backend=NAME&direction=…&count=N&offset=N&captured=1
inline constexpr std::string_view kCallsPath = "/v1/calls"; // ?backend=NAME&direction=…&seconds=N
inline constexpr std::string_view kRecordingPath =
    "/v1/recording"; // ?backend=NAME&direction=…; sums since the first question, kept while questions come
inline constexpr std::string_view kLimitsPath = "/v1/limits";
inline constexpr std::string_view kWhyPath = "/v1/why"; // ?backend=NAME or ?id=N
inline constexpr std::string_view kEpisodesPath =
    "/v1/episodes"; // ?backend=NAME&since=TIME&until=TIME&count=N; TIME is RFC 3339
inline constexpr std::string_view kEpisodePath = "/v1/episode"; // ?id=N
inline constexpr std::string_view kEventsPath = "/v1/events";   // a stream, one JSON object a line

// The "schema" of each answer. Fields may be added, never renamed; a change of meaning is a new number.
inline constexpr std::string_view kStatusSchema = "slotscope.status/1";
inline constexpr std::string_view kBackendsSchema = "slotscope.backends/1";
inline constexpr std::string_view kHoldersSchema = "slotscope.holders/1";
inline constexpr std::string_view kCallsSchema = "slotscope.calls/1";
inline constexpr std::string_view kRecordingSchema = "slotscope.recording/1";
inline constexpr std::string_view kProfileSchema = "slotscope.profile/1"; // made by the client
inline constexpr std::string_view kLimitsSchema = "slotscope.limits/1";
inline constexpr std::string_view kWhySchema = "slotscope.why/1";
inline constexpr std::string_view kEpisodesSchema = "slotscope.episodes/1";
inline constexpr std::string_view kEpisodeSchema = "slotscope.episode/1";
inline constexpr std::string_view kEventSchema = "slotscope.event/1";
inline constexpr std::string_view kDoctorSchema = "slotscope.doctor/1";
inline constexpr std::string_view kCheckSchema = "slotscope.check/1";
inline constexpr std::string_view kErrorSchema =
    "slotscope.error/1"; // {"schema", "error": "what happened and what to do"}

// Sizes.
inline constexpr std::size_t kLargestRequestHeader = 8192;
inline constexpr std::size_t kMostClients = 64;
inline constexpr std::size_t kDefaultHolderCount = 1000;
inline constexpr std::size_t kMostHolderCount = 10000;  // in one answer; page with offset
inline constexpr std::uint32_t kMostCallsSeconds = 300; // the window of /v1/calls, and its default
inline constexpr std::uint32_t kMostProfileSeconds = 3600;
inline constexpr std::uint32_t kDefaultProfileSeconds = 10;
inline constexpr std::size_t kDefaultEpisodeCount = 100;
inline constexpr std::size_t kMostEpisodeCount = 10000;
inline constexpr std::size_t kLargestEventBacklog = 1'048'576; // bytes a slow subscriber may be behind

// "limit_source" of a limit that was learned from what was refused at it.
inline constexpr std::string_view kLearnedSource = "learned";

// Exit codes of both programs.
inline constexpr int kExitDone = 0;
inline constexpr int kExitError = 1;       // the agent answered with an error
inline constexpr int kExitUsage = 2;       // wrong usage (or wrong configuration)
inline constexpr int kExitUnreachable = 3; // the agent cannot be reached or may not be used

} // namespace slotscope::api
