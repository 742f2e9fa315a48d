// SPDX-License-Identifier: MIT
// What the HTTP server and its handlers pass each other, and the server's bounds.
#pragma once

#include "serve/query.h"

#include <slotscope/api/contract.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace slotscope::serve {

struct TakenConnection;

// Statuses that more than one answer needs.
inline constexpr unsigned kBadRequest = 400;
inline constexpr unsigned kNotFound = 404;
inline constexpr unsigned kFailed = 500;

struct Reply {
    unsigned status = 200;
    std::string content_type;
    std::string body;
    std::shared_ptr<const std::string> shared_body = nullptr; // instead of body: one that many are given
    // Where it is set, the answer has no end: once its header is sent the connection is handed over.
    std::function<void(TakenConnection)> take_over = nullptr;

    const std::string& text() const { return shared_body ? *shared_body : body; }
};

// Answers a GET; of a HEAD the server leaves the body out. Runs on the event loop, so it must not block.
using Handler = std::function<Reply(const Target&)>;

Reply json_reply(std::string body);
Reply error_reply(unsigned status, std::string_view message);

// The table's paths, for the answer to an unknown one.
template <typename Routes>
std::string paths_of(const Routes& routes)
{
    std::string paths;
    for (const auto& route : routes)
        paths += (paths.empty() ? "" : ", ") + std::string(route.path);
    return paths;
}

struct HttpLimits {
    std::size_t clients = api::kMostClients;
    std::size_t header_bytes = api::kLargestRequestHeader;
    // Of all replies that are not sent yet, together, one that many are given once; past it only replies of
    // at most small_reply_bytes are given, so that clients that do not read hold little memory and lock
    // nobody out.
    std::size_t reply_bytes = 32UL * 1024 * 1024;
    std::size_t small_reply_bytes = 64UL * 1024;
    std::chrono::milliseconds read_timeout = std::chrono::seconds(10);  // of one request
    std::chrono::milliseconds idle_timeout = std::chrono::seconds(30);  // between requests
    std::chrono::milliseconds write_timeout = std::chrono::seconds(30); // of one reply
    std::chrono::milliseconds drain_timeout = std::chrono::seconds(2);  // for the client to close first
    std::chrono::milliseconds accept_pause = std::chrono::seconds(1);   // after a failure to accept
    // Where anybody may connect: when all places are taken (or all memory for replies), whoever has asked
    // nothing, or takes its reply for longer than slow_reply, gives way to whoever comes; the longest first.
    bool newcomers_first = false;
    std::chrono::milliseconds slow_reply = std::chrono::seconds(1);
};

} // namespace slotscope::serve
