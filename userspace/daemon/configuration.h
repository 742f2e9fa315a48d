// SPDX-License-Identifier: MIT
// What the agent can be told, its defaults, and which values are right. Where it was told:
// configuration_file.h and command_line.h.
#pragma once

#include "base/result.h"
#include "model/limit.h"
#include "model/slow_calls.h"

#include <slotscope/api/contract.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope::daemon {

struct Configuration {
    std::string socket{api::kDefaultSocket};   // path of the API's Unix socket
    std::string metrics{api::kDefaultMetrics}; // ADDR:PORT of the Prometheus endpoint, or "off"
    std::string state{api::kDefaultState};     // directory
    std::string log_level = "info";            // one of kLogLevels
    std::vector<Limit> limits; // those of the file in its order, then those of the command line

    std::uint32_t max_connections = 262'144; // records in the connection table; always a power of two
    std::uint32_t max_backends = 4096;       // records in the backend table
    std::uint32_t fold_idle_seconds =
        900; // a backend without a limit and without connections for so long is folded
    std::uint32_t audit_seconds = 5;      // between two audits, at least; 0: none
    std::uint32_t history_megabytes = 64; // of the file of past episodes
    std::uint32_t history_days = 90;      // an episode is kept for so long after its end
    std::uint32_t capture_bytes =
        256; // of each request that are kept to name its call; 0: none, and calls have no names
    SlowCallSettings slow_calls;
    bool discovery = true; // look for limits in the files of the products that run here
};

inline constexpr std::array<std::string_view, 4> kLogLevels = {"error", "warn", "info", "debug"};

// The least and the most of a number.
struct Range {
    std::uint32_t least;
    std::uint32_t most;
};
inline constexpr Range kMaxConnections = {1024, 16'777'216};
inline constexpr Range kMaxBackends = {16, 65'536};
inline constexpr Range kFoldIdleSeconds = {1, 604'800};
inline constexpr Range kCaptureBytes = {0, 256};
inline constexpr Range kSlowCallMilliseconds = {1, 86'400'000};
inline constexpr Range kPercentOfP99 = {1, 10'000};
inline constexpr Range kAuditSeconds = {0, 86'400};
inline constexpr Range kHistoryMegabytes = {2, 65'536};
inline constexpr Range kHistoryDays = {1, 3650};

// The connection table's size is a power of two: what is asked for is rounded up, to at most 16777216.
std::uint32_t rounded_connections(std::uint32_t asked_for);

// Each gives an Error that says what is wrong with the value and what is right, but not where it was written.
Result<void> check_socket(std::string_view path);     // 1 to 107 bytes, no control character
Result<void> check_metrics(std::string_view address); // "off" or as parse_address has it
Result<void> check_state(std::string_view path);      // 1 to 4095 bytes, no control character
Result<void> check_log_level(std::string_view level);

// `--limit` overrides the file: a limit of FROM_FILE that has the name of one of GIVEN holds no more in the
// directions that the given one counts. The rest of the file's, then the given ones.
std::vector<Limit> override_limits(std::vector<Limit> from_file, const std::vector<Limit>& given);

} // namespace slotscope::daemon
