// SPDX-License-Identifier: MIT
// What HAProxy's stats socket answers (management manual, 9.1 "CSV format" and 9.3).
#pragma once

#include "base/result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slotscope::limits::haproxy {

// All that is sent; `user` is a level that may. 7: frontends, backends and servers of all proxies.
inline constexpr std::string_view kAskLimits = "show info;show stat -1 7 -1\n";
inline constexpr std::string_view kAskAddresses = "show servers state\n";

enum class RowType { frontend, backend, server };

struct StatRow {
    RowType type = RowType::server;
    std::string proxy;
    std::string name;                              // of the server; FRONTEND or BACKEND
    std::uint32_t sessions = 0;                    // now; of a backend with those that wait
    std::optional<std::uint32_t> limit;            // maxconn of a frontend or a server, fullconn of a backend
    std::optional<std::uint32_t> throttle_percent; // while a server starts slowly
    bool maintenance = false;                      // a server of a template without an address, for one
    bool http = false;
};

struct Told {
    std::uint32_t pid = 0;                // as its own namespace has it
    bool stopping = false;                // an old worker, which lets its connections end
    std::optional<std::uint32_t> maxconn; // of the whole process
    std::vector<StatRow> rows;
};

// The answer to kAskLimits. An Error where it is not one.
Result<Told> parse_told(std::string_view answer);

// (proxy, server) -> "ADDRESS", "PORT" from the answer to kAskAddresses; lines that are not understood are
// left out.
using ServerAddresses = std::map<std::pair<std::string, std::string>, std::pair<std::string, std::string>>;
ServerAddresses parse_addresses(std::string_view answer);

// The most sessions that a server may have at this moment. MINCONN 0: the limit does not move
// (srv_dynamic_maxconn in src/server.c or queue.c).
std::uint32_t limit_of_the_moment(std::uint32_t maxconn, std::uint32_t minconn, std::uint32_t fullconn,
                                  std::uint32_t sessions_of_the_backend);

} // namespace slotscope::limits::haproxy
