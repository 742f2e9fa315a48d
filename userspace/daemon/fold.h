// SPDX-License-Identifier: MIT
// Folding: the record of a backend that nobody has used for long is given back; what it counted is added up.
#pragma once

#include "kernel/session.h"
#include "model/backend.h"

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace slotscope::daemon {

class Folder {
  public:
    explicit Folder(kernel::Session& session)
        : session_(session)
    {
    }

    // Takes two steps, a tick apart: first the address is taken away, so that no new connection finds the
    // record; then, once no program can still be on its way to it, its counts are moved. If a connection came
    // in between, the address is given back. Returns the records that are free now.
    std::vector<std::uint32_t> tick(std::span<const std::uint32_t> idle);

    // What those that were folded had counted, in both directions: a part of `other`.
    const BackendCounters& folded() const { return folded_; }

  private:
    struct Leaving {
        std::vector<ss_backend_key> keys;
        std::uint64_t opened = 0;
    };
    bool finish(std::uint32_t index, const Leaving& leaving);

    kernel::Session& session_;
    std::map<std::uint32_t, Leaving> leaving_;
    BackendCounters folded_;
};

} // namespace slotscope::daemon
