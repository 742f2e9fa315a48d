// SPDX-License-Identifier: MIT
// What holders wait on, read from the holder table.
#pragma once

#include "model/holder.h"
#include "model/label.h"

#include <slotscope/abi/connection.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace slotscope::daemon {

// A hop of a chain (aggregate/chain.h) by itself, so that it can be kept.
struct NextHop {
    std::uint32_t backend = 0; // index of the outbound one that it goes to
    Address address;
    std::uint64_t since_ns = 0; // CLOCK_MONOTONIC
    std::uint32_t pid = 0;      // that serves, and makes this call
    std::uint32_t tid = 0;
    bool certain = true;
    std::string label;
};

// One look through the table, when somebody needs it.
class BusyConnections {
  public:
    // since_ns: of the earliest moment that will be asked about; absent: of now only.
    explicit BusyConnections(std::span<const ss_bucket> table,
                             std::optional<std::uint64_t> since_ns = std::nullopt)
        : table_(table)
        , since_ns_(since_ns)
    {
    }

    const std::vector<Connection>& get();

  private:
    std::span<const ss_bucket> table_;
    std::optional<std::uint64_t> since_ns_;
    std::optional<std::vector<Connection>> read_;
};

// Of each holder, as of at_ns; absent: now.
std::vector<std::optional<NextHop>> next_hops(BusyConnections& busy, std::span<const Connection> holders,
                                              std::optional<std::uint64_t> at_ns, const CallLabels& label_of);

} // namespace slotscope::daemon
