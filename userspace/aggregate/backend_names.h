// SPDX-License-Identifier: MIT
// One name for each backend, kept for as long as it lives.
#pragma once

#include "model/backend.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace slotscope::aggregate {

// Two backends of one direction never share a name: Prometheus would see one series twice. A second one of
// the same limit or address (in another network namespace) becomes NAME@NAMESPACE, a third
// NAME@NAMESPACE#INDEX.
class BackendNames {
  public:
    // `wanted`: the limit's name, else the address. `netns`: the name of its namespace. The answer stays the
    // same until the wanted name of this record changes or the record is forgotten.
    const std::string& name(const BackendCounters& counters, std::string_view wanted, std::string_view netns);

    void forget(std::uint32_t index);

  private:
    struct Given {
        std::string wanted;
        std::string name;
        Direction direction;
    };
    std::map<std::uint32_t, Given> given_;
    std::set<std::pair<Direction, std::string>> taken_;
};

} // namespace slotscope::aggregate
