// SPDX-License-Identifier: MIT
// The names of calls: what the kernel side has kept of their requests, read, named, and forgotten again.
#pragma once

#include "decode/event.h"
#include "kernel/session.h"
#include "model/holder.h"
#include "protocol/templates.h"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace slotscope::daemon {

class Labels {
  public:
    explicit Labels(kernel::Session& session)
        : session_(session)
    {
    }

    // Of the call on the connection; of the last one where it has ended since. Empty: not known. A system
    // call for each call that was not asked about before.
    std::string of(const Connection& connection, std::uint64_t now_ns);

    // Of one that is over.
    std::string of(const decode::EndedCall& call, std::uint64_t now_ns);

  private:
    struct Known {
        std::uint64_t began_ns = 0;
        std::string label;
    };
    std::string read_stream(const Connection& connection, std::uint64_t now_ns);
    std::string read(const Connection& connection, std::uint64_t now_ns);

    kernel::Session& session_;
    protocol::Templates templates_;
    std::unordered_map<std::uint64_t, Known> known_; // by the connection's cookie
};

} // namespace slotscope::daemon
