// SPDX-License-Identifier: MIT
// Asks the agent: HTTP/1.1 over its Unix socket.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace slotscope::cli {

constexpr std::size_t kLargestAnswer = std::size_t{256} * 1024 * 1024;
constexpr std::size_t kLongestEvent = std::size_t{1024} * 1024;

// An Error's code is the program's exit code: api::kExitError where the agent answered with an error (its own
// message), api::kExitUnreachable where no answer of it can be had (the message says why and what to do).
class Client {
  public:
    explicit Client(std::string socket_path, std::chrono::milliseconds timeout = std::chrono::seconds(10))
        : socket_path_(std::move(socket_path))
        , timeout_(timeout)
    {
    }

    // The body of a 200 answer to GET `target`. The whole exchange has the time-out.
    Result<std::string> get(const std::string& target) const;

    // Calls `on_line` for each line of a stream, as it comes, until it returns false or the user interrupts
    // (SIGINT, SIGTERM): both are success. The time-out is for the first line of the answer only.
    Result<void> follow(const std::string& target,
                        const std::function<bool(std::string_view)>& on_line) const;

  private:
    std::string socket_path_;
    std::chrono::milliseconds timeout_;
};

// "/v1/backends" and {"backend", "app 1"} -> "/v1/backends?backend=app%201". Empty values are left out.
std::string target_of(std::string_view path,
                      std::initializer_list<std::pair<std::string_view, std::string>> parameters);

} // namespace slotscope::cli
