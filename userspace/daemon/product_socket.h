// SPDX-License-Identifier: MIT
// Asks running products at their own sockets, and one that fails only now and then.
#pragma once

#include "base/result.h"
#include "model/running_process.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace slotscope::daemon {

// Of one instance.
class ProductSocket {
  public:
    // The answer of the Unix socket PATH below the directory ROOT to REQUEST. Only one that INSTANCE listens
    // on is asked: its files may name any. NOW_NS: CLOCK_MONOTONIC.
    Result<std::string> ask(int root, const Instance& instance, const std::string& path,
                            std::string_view request, std::uint64_t now_ns);

  private:
    struct Failure {
        Error error;
        std::uint64_t until_ns = 0;
    };

    std::map<std::string, Failure> failures_; // by path
};

} // namespace slotscope::daemon
