// SPDX-License-Identifier: MIT
// A client of the agent's API that shares no code with it: HTTP/1.1 over a Unix stream socket.
#pragma once

#include "base/fd.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace slotscope::live {

struct HttpAnswer {
    int status = 0; // 0: no answer that could be read
    std::string head;
    std::string body; // chunks joined

    // The body; a discarded value where it is not JSON.
    nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
};

// A connection to `path`; invalid (with errno set) where that fails.
Fd connect_unix(const std::string& path);

// All that comes until the other side closes or nothing came for `quiet`.
std::string read_all(const Fd& fd, std::chrono::milliseconds quiet);

// Sends `request` as it stands and reads the answer.
HttpAnswer http_raw(const std::string& path, const std::string& request);

// GET with "Connection: close".
HttpAnswer http_get(const std::string& path, const std::string& target);

// Splits head and body and joins chunks.
HttpAnswer parse_answer(const std::string& bytes);

// The stream of /v1/events. Connected once the constructor returns: it has read the line "subscribed".
class EventStream {
  public:
    explicit EventStream(const std::string& path);

    // The next event of `kind` ("" any) about `backend` ("" any), or nothing within `deadline`.
    std::optional<nlohmann::json> next(const std::string& kind, const std::string& backend,
                                       std::chrono::milliseconds deadline);

  private:
    std::optional<nlohmann::json> line(std::chrono::steady_clock::time_point end);

    Fd fd_;
    std::string buffer_;
};

} // namespace slotscope::live
