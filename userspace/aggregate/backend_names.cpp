// SPDX-License-Identifier: MIT
#include "aggregate/backend_names.h"

namespace slotscope::aggregate {

const std::string& BackendNames::name(const BackendCounters& counters, std::string_view wanted,
                                      std::string_view netns)
{
    const auto known = given_.find(counters.index);
    if (known != given_.end() && known->second.wanted == wanted &&
        known->second.direction == counters.direction)
        return known->second.name;
    forget(counters.index);

    std::string name(wanted);
    if (taken_.contains({counters.direction, name}) && !netns.empty())
        name += "@" + std::string(netns);
    if (taken_.contains({counters.direction, name}))
        name += "#" + std::to_string(counters.index);
    taken_.insert({counters.direction, name});
    const auto [place, added] =
        given_.insert({counters.index, Given{std::string(wanted), std::move(name), counters.direction}});
    return place->second.name;
}

void BackendNames::forget(std::uint32_t index)
{
    const auto known = given_.find(index);
    if (known == given_.end())
        return;
    taken_.erase({known->second.direction, known->second.name});
    given_.erase(known);
}

} // namespace slotscope::aggregate
