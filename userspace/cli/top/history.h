// SPDX-License-Identifier: MIT
// How many slots each backend had in use, look by look: bounded, and forgotten with the backend.
#pragma once

#include "cli/render/rows.h"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace slotscope::cli::top {

constexpr std::size_t kHistoryLooks = 60;

class History {
  public:
    // One look. Backends that are not among the rows are forgotten.
    void add(const std::vector<BackendRow>& rows);

    // Oldest first; empty where the backend is not known.
    const std::deque<std::uint64_t>& of(const BackendRow& row) const;

    // Most in use over the last `looks`: a full backend flickers from look to look.
    std::uint64_t most(const BackendRow& row, std::size_t looks) const;

  private:
    std::map<std::string, std::deque<std::uint64_t>> by_backend_;
};

// The last `width` looks as one line, padded on the left. Full height is the limit, or without one the most
// that was seen. `utf8` false: in ASCII.
std::string sparkline(const std::deque<std::uint64_t>& looks, std::uint64_t limit, std::size_t width,
                      bool utf8);

} // namespace slotscope::cli::top
